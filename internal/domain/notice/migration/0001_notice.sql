-- An agency as a sender.
create table notice_service (
	id      text not null primary key,
	agency  text not null,
	made_at bigint not null
);
create unique index notice_service_agency on notice_service (agency);

-- The keys of its systems. HS256 needs the secret itself.
create table notice_key (
	id         text not null primary key,
	service    text not null,
	name       text not null,
	kind       text not null, -- normal, team, test
	secret     text not null,
	guests     text not null, -- to whom a team key may send, one a line
	made_at    bigint not null,
	revoked_at bigint not null
);
create index notice_key_service on notice_key (service, id);
create unique index notice_key_name on notice_key (service, name) where revoked_at = 0;

-- Every version of every template; the newest has the highest number.
create table notice_template (
	id       text not null,
	version  bigint not null,
	agency   text not null,
	slug     text not null, -- appointment-email, appointment-email-en
	lang     text not null,
	type     text not null,
	name     text not null,
	subject  text not null,
	body     text not null,
	links    text not null, -- placeholders that may hold an address, one a line
	made_at  bigint not null,
	ended_at bigint not null, -- when it left the catalogue
	primary key (id, version)
);
create index notice_template_agency on notice_template (agency, slug, version);

create table notice_notification (
	id          text not null primary key,
	service     text not null,
	key_id      text not null,
	kind        text not null,
	type        text not null,
	template    text not null,
	version     bigint not null,
	name        text not null,
	lang        text not null,
	reference   text not null,
	recipient   text not null,
	subject     text not null,
	body        text not null,
	status      text not null,
	unsubscribe text not null,
	postage     text not null,
	sha256      text not null,
	pages       bigint not null,
	made_at     bigint not null,
	run_at      bigint not null,
	sent_at     bigint not null,
	ended_at    bigint not null,
	erased_at   bigint not null
);
create index notice_notification_service on notice_notification (service, kind, id);
create index notice_notification_reference on notice_notification (service, reference, id) where reference <> '';
create index notice_notification_content on notice_notification (made_at) where erased_at = 0;

-- What each process may send, taken from the limits in small lots.
create table notice_lot (
	id      text not null primary key,
	service text not null,
	kind    text not null,
	at      bigint not null,
	n       bigint not null
);
create index notice_lot_service on notice_lot (service, kind, at);

create table notice_day (
	service text not null,
	day     text not null,
	n       bigint not null,
	primary key (service, day)
);
