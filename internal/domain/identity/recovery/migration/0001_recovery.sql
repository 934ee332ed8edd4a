-- A recovery on its way, by the hash of the token that its browser has. person
-- is empty where nobody was known by the number: nothing fits then.
create table recovery_attempt (
	id         text primary key,
	account    text not null,
	person     text not null,
	shown      text not null,
	code       text not null,
	code_at    bigint not null,
	expires_at bigint not null,
	done_at    bigint not null
);
create index recovery_attempt_expiry on recovery_attempt (expires_at);
-- Until when payments and mandates wait after a recovery, and the session that
-- may still add what was lost.
create table recovery_hold (
	person   text primary key,
	session  text not null,
	until_at bigint not null
);
