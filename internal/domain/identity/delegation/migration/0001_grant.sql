-- Who may act for whom, by what right, for what, and until when. principal is
-- whose matters they are: a person, or a company ("ssm:" and its number).
-- services and claims are JSON lists, null for all; evidence is what the right
-- stands on. What a register says, who is whose child and who has which
-- company, has no row.
create table delegation_grant (
	id text primary key,
	principal text not null,
	kind text not null,
	agency text not null,
	person text not null,
	services text not null,
	claims text not null,
	evidence text not null,
	given text not null,
	given_by text not null,
	state text not null,
	made_at bigint not null,
	from_at bigint not null,
	until_at bigint not null,
	ended_at bigint not null,
	ended_by text not null
);
create index delegation_grant_principal on delegation_grant (principal, made_at);
create index delegation_grant_person on delegation_grant (person, state) where person <> '';
create index delegation_grant_state on delegation_grant (state, kind);
create index delegation_grant_agency on delegation_grant (agency, state) where agency <> '';
-- A name and a number that are not of one person, typed to let somebody act:
-- few in a quarter of an hour, so that no number is found by trying.
create table delegation_miss (
	id text primary key,
	person text not null,
	missed_at bigint not null
);
create index delegation_miss_person on delegation_miss (person, missed_at);
