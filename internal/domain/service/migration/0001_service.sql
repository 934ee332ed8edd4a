-- A released definition: a zip of its files as they were, never changed.
create table service_release (
	service text not null,
	number bigint not null,
	digest text not null,
	files bytes not null,
	notes text not null,
	answers text not null,
	by_person text not null,
	released_at bigint not null,
	primary key (service, number)
);

-- What a citizen has filled in but not sent. At most one is open for each
-- person and service.
create table service_draft (
	id text primary key,
	person text not null,
	service text not null,
	number bigint not null,
	state text not null,
	version bigint not null,
	answers text not null,
	disputed text not null,
	files text not null,
	held_seen boolean not null,
	screens bigint not null,
	typed bigint not null,
	ref text not null,
	created_at bigint not null,
	updated_at bigint not null,
	expires_at bigint not null
);
create unique index service_draft_open on service_draft (person, service) where state = 'open';
create index service_draft_expires on service_draft (expires_at) where state = 'open';

-- What was sent: answers that counted, facts as they were read, the trace.
create table service_application (
	ref text primary key,
	service text not null,
	number bigint not null,
	person text not null,
	variant text not null,
	verdict text not null,
	automatic boolean not null,
	subject text not null,
	answers text not null,
	facts text not null,
	accepted text not null,
	disputed text not null,
	files text not null,
	trace text not null,
	ignored text not null,
	certificate text not null,
	entry text not null,
	child text not null,
	code text not null,
	draft text not null,
	sent_at bigint not null,
	open boolean not null
);
-- One thing is applied for once at a time: a birth notice, a child.
create unique index service_application_subject on service_application (service, subject) where open;
create index service_application_person on service_application (person, sent_at);
create index service_application_child on service_application (child);

-- A key that a client sent makes one case, however often it is sent.
create table service_key (
	person text not null,
	key text not null,
	body text not null,
	ref text not null,
	receipt text not null,
	at bigint not null,
	primary key (person, key)
);

create table service_offer (
	id text primary key,
	person text not null,
	service text not null,
	subject text not null,
	from_ref text not null,
	state text not null,
	ref text not null,
	created_at bigint not null
);
create unique index service_offer_subject on service_offer (person, service, subject);

create table service_rating (
	ref text primary key,
	person text not null,
	service text not null,
	number bigint not null,
	level bigint not null,
	text text not null,
	at bigint not null
);

-- "This is wrong": a case with the register's owner about one value.
create table service_dispute (
	ref text primary key,
	person text not null,
	field text not null,
	label_ms text not null,
	label_en text not null,
	entry text not null,
	stated text not null,
	claimed text not null,
	reason text not null,
	about text not null,
	at bigint not null
);
create index service_dispute_person on service_dispute (person, field);
