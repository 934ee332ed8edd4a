-- A key of an agency's own system. api_key and webhook_secret are kept as they
-- are, since a signature can only be checked with the secret itself; webhook is
-- where events go, off_at when that address said that it is gone for good.
create table backoffice_key (
	id text primary key,
	agency text not null,
	api_key text not null,
	webhook_secret text not null,
	webhook text not null,
	bearer bigint not null,
	made_at bigint not null,
	revoked_at bigint not null,
	off_at bigint not null
);
create index backoffice_key_agency on backoffice_key (agency) where revoked_at = 0;
create unique index backoffice_key_api on backoffice_key (api_key);

-- A case that an agency keeps in its own system, as it was handed in last.
create table backoffice_case (
	ref text primary key,
	agency text not null,
	their_ref text not null,
	person text not null,
	title_ms text not null,
	title_en text not null,
	service text not null,
	state text not null,
	status_ms text not null,
	status_en text not null,
	question_ms text not null,
	question_en text not null,
	submitted_on text not null,
	due_on text not null,
	link text not null,
	version bigint not null,
	their_at bigint not null,
	answered_at bigint not null,
	withdrawn_at bigint not null,
	made_at bigint not null,
	changed_at bigint not null,
	acts bigint not null
);
create unique index backoffice_case_theirs on backoffice_case (agency, their_ref);
create index backoffice_case_person on backoffice_case (person, changed_at);

-- What happened in a case, in order: handed in or changed, a message either
-- way, a document, a withdrawal. their_id is the sender's own id for it.
create table backoffice_act (
	id text primary key,
	ref text not null,
	n bigint not null,
	kind text not null,
	their_id text not null,
	state text not null,
	text_ms text not null,
	text_en text not null,
	at bigint not null,
	leaf text not null,
	by_name text not null,
	digest text not null
);
create unique index backoffice_act_order on backoffice_act (ref, n);
create unique index backoffice_act_theirs on backoffice_act (ref, kind, their_id);

create table backoffice_document (
	id text primary key,
	ref text not null,
	title_ms text not null,
	title_en text not null,
	type text not null,
	sha text not null,
	size bigint not null,
	at bigint not null
);
create index backoffice_document_case on backoffice_document (ref, at);

-- What an agency's system holds about a person, as the agency said last.
create table backoffice_holding (
	agency text not null,
	person text not null,
	name text not null,
	label_ms text not null,
	label_en text not null,
	value_ms text not null,
	value_en text not null,
	as_of text not null,
	basis_ms text not null,
	basis_en text not null,
	changed_at bigint not null,
	disputed_at bigint not null,
	primary key (agency, person, name)
);
create index backoffice_holding_person on backoffice_holding (person);

-- An answer that was given, so that the same request gets it again.
create table backoffice_request (
	key_id text not null,
	request text not null,
	digest text not null,
	status bigint not null,
	answer text not null,
	at bigint not null,
	primary key (key_id, request)
);
create index backoffice_request_at on backoffice_request (at);

-- How often in an hour a key named a person whom nobody knows.
create table backoffice_unknown (
	key_id text not null,
	hour bigint not null,
	times bigint not null,
	primary key (key_id, hour)
);

-- What an agency's system is told; seq counts for each agency.
create table backoffice_event (
	id text primary key,
	agency text not null,
	seq bigint not null,
	kind text not null,
	ref text not null,
	their_ref text not null,
	body text not null,
	at bigint not null
);
create unique index backoffice_event_seq on backoffice_event (agency, seq);

-- An event on its way to one address.
create table backoffice_delivery (
	id text primary key,
	event text not null,
	agency text not null,
	url text not null,
	state text not null,
	attempts bigint not null,
	status bigint not null,
	error text not null,
	at bigint not null,
	changed_at bigint not null
);
create index backoffice_delivery_agency on backoffice_delivery (agency, at);
create index backoffice_delivery_event on backoffice_delivery (event);
