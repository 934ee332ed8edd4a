-- A relying party: an agency's program that asks who somebody is. data is the
-- rest of it as JSON; version grows with each change.
create table op_client (
	id text primary key,
	agency text not null,
	profile text not null,
	state text not null,
	version bigint not null,
	data text not null,
	made_at bigint not null,
	changed_at bigint not null
);
create index op_client_agency on op_client (agency, id);
-- A request on its way: pushed, in front of its person, or waiting with a code.
-- Each of the names is kept as its hash, '' where the request has none; pushed
-- becomes opened when the first browser comes with it.
-- person is whom a call centre asks to agree by telephone, until they answer.
create table op_request (
	id text primary key,
	realm text not null,
	client text not null,
	pushed text not null,
	opened text not null,
	callback text not null,
	code text not null,
	backchannel text not null,
	person text not null,
	data text not null,
	expires_at bigint not null
);
create unique index op_request_pushed on op_request (pushed) where pushed <> '';
create unique index op_request_callback on op_request (callback) where callback <> '';
create unique index op_request_code on op_request (code) where code <> '';
create unique index op_request_backchannel on op_request (backchannel) where backchannel <> '';
create index op_request_person on op_request (person) where person <> '';
create index op_request_expiry on op_request (expires_at);
-- What a client was given: for a person, or for itself ('' as person). sign_in
-- is the sign-in that it came from; refresh and code are hashes.
create table op_grant (
	id text primary key,
	realm text not null,
	client text not null,
	person text not null,
	delegate text not null,
	sign_in text not null,
	refresh text not null,
	code text not null,
	data text not null,
	made_at bigint not null,
	expires_at bigint not null
);
create unique index op_grant_refresh on op_grant (refresh) where refresh <> '';
create index op_grant_code on op_grant (code) where code <> '';
create index op_grant_person on op_grant (person) where person <> '';
create index op_grant_delegate on op_grant (delegate) where delegate <> '';
create index op_grant_sign_in on op_grant (sign_in) where sign_in <> '';
create index op_grant_client on op_grant (client);
create index op_grant_expiry on op_grant (expires_at);
create table op_token (
	id text primary key,
	given text not null,
	data text not null,
	expires_at bigint not null
);
create index op_token_given on op_token (given);
create index op_token_expiry on op_token (expires_at);
-- What may be used once: an assertion, a proof of possession.
create table op_once (
	id text primary key,
	expires_at bigint not null
);
create index op_once_expiry on op_once (expires_at);
-- The providers' keys, sealed with the hall's.
create table op_key (
	id text primary key,
	realm text not null,
	alg text not null,
	state text not null,
	sealed bytes not null,
	made_at bigint not null,
	until_at bigint not null
);
create index op_key_realm on op_key (realm, state);
-- What a person lets a party know without being asked again.
create table op_consent (
	person text not null,
	client text not null,
	scopes text not null,
	made_at bigint not null,
	until_at bigint not null,
	primary key (person, client)
);
