-- A password, as an argon2id hash, and the secret of an app that shows codes
-- beside it, sealed with a key of the hall's. Neither is any good alone.
create table authenticator_password (
	person    text primary key,
	hash      text not null,
	sealed    text not null,
	last_step bigint not null,
	set_at    bigint not null,
	used_at   bigint not null
);
-- Codes that are good once: recovery codes and those of a printed card.
create table authenticator_code (
	id      text primary key,
	person  text not null,
	kind    text not null,
	made_at bigint not null,
	used_at bigint not null
);
create index authenticator_code_person on authenticator_code (person, kind);
-- The card of somebody without a phone: a PIN that they chose themselves.
create table authenticator_card (
	person   text primary key,
	pin      text not null,
	given_at bigint not null
);
-- Attempts that have not turned out right.
create table authenticator_miss (
	lane    text primary key,
	misses  bigint not null,
	last_at bigint not null
);
create index authenticator_miss_last on authenticator_miss (last_at);
