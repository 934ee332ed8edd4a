-- What is asked of an authenticator goes with the browser, sealed; kept is only
-- which of it was answered, until it is too old anyway.
drop table identity_ceremony;
create table identity_answered (
	id text primary key, -- the challenge, hashed
	expires_at bigint not null
);
create index identity_answered_expiry on identity_answered (expires_at);
