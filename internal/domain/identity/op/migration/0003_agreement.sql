-- What a person lets a client know without being asked again, of themself or of
-- whom they act for (principal).
create table op_agreement (
	person text not null,
	client text not null,
	principal text not null,
	scopes text not null,
	made_at bigint not null,
	until_at bigint not null,
	primary key (person, client, principal)
);
insert into op_agreement (person, client, principal, scopes, made_at, until_at)
	select person, client, person, scopes, made_at, until_at from op_consent;
drop table op_consent;
