-- What a passkey calls a person: random, so that an authenticator learns no id.
create table identity_handle (
	person     text primary key,
	handle     bytes not null unique
);
create table identity_passkey (
	id         text primary key,
	person     text not null,
	label      text not null,
	credential text not null,
	created_at bigint not null,
	used_at    bigint not null
);
create index identity_passkey_person on identity_passkey (person);
-- A ceremony between its two requests; taken once.
create table identity_ceremony (
	id         text primary key,
	kind       text not null,
	person     text not null,
	data       text not null,
	expires_at bigint not null
);
create index identity_ceremony_expiry on identity_ceremony (expires_at);
-- A one-time link, by the hash of its token.
create table identity_invite (
	id         text primary key,
	person     text not null,
	name       text not null,
	post       text not null,
	made_at    bigint not null,
	expires_at bigint not null,
	used_at    bigint not null
);
-- A form sent while nobody was signed in, kept for its sender.
create table identity_stash (
	id           text primary key,
	person       text not null,
	path         text not null,
	back         text not null,
	content_type text not null,
	body         bytes not null,
	expires_at   bigint not null
);
create index identity_stash_expiry on identity_stash (expires_at);
-- Whose session a token was, known after the session is over.
create table identity_seen (
	id         text primary key,
	person     text not null,
	expires_at bigint not null
);
create index identity_seen_expiry on identity_seen (expires_at);
