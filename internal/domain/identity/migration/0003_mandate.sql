-- Who may act for whom: given by the person, for some services or all, for a
-- time, and ended by them at once. An organisation's helpers, or one person.
create table identity_mandate (
	id text primary key,
	principal text not null,
	agency text not null,
	person text not null,
	services text not null,
	given text not null,
	given_by text not null,
	state text not null,
	made_at bigint not null,
	until_at bigint not null,
	ended_at bigint not null
);
create index identity_mandate_principal on identity_mandate (principal, made_at);
create index identity_mandate_person on identity_mandate (person, state) where person <> '';
create index identity_mandate_agency on identity_mandate (agency, state) where agency <> '';
