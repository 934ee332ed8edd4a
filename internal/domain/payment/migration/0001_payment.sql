-- An agency that takes money.
create table payment_collector (
	agency text primary key,
	account text not null, -- at the bank
	merchant text not null,
	secret text not null, -- sealed
	name text not null, -- as a QR has it
	city text not null,
	made_at bigint not null
);
create unique index payment_collector_account on payment_collector (account);
create unique index payment_collector_merchant on payment_collector (merchant);

-- The keys of agencies' systems, hashed.
create table payment_key (
	id text primary key,
	agency text not null,
	name text not null,
	hash text not null,
	live boolean not null,
	made_at bigint not null,
	revoked_at bigint not null
);
create unique index payment_key_hash on payment_key (hash);
create index payment_key_agency on payment_key (agency, id);

create table payment_payment (
	id text primary key,
	agency text not null,
	live boolean not null,
	amount bigint not null,
	currency text not null,
	reference text not null,
	description text not null,
	return_url text not null,
	language text not null,
	email text not null,
	metadata text not null,
	is_delayed boolean not null,
	origin text not null,
	origin_ref text not null,
	person text not null,
	token text not null, -- of its page, hashed
	status text not null,
	code text not null,
	attempt text not null,
	receipt text not null,
	refunded bigint not null,
	created_at bigint not null,
	expires_at bigint not null,
	look_at bigint not null, -- when its end is looked at next
	ended_at bigint not null
);
create unique index payment_payment_token on payment_payment (token);
create index payment_payment_list on payment_payment (agency, live, created_at, id);
create index payment_payment_reference on payment_payment (agency, live, reference);
create index payment_payment_origin on payment_payment (origin, origin_ref) where origin_ref <> '';
create index payment_payment_person on payment_payment (person, created_at) where person <> '';
create index payment_payment_ended on payment_payment (live, ended_at) where ended_at > 0;
create index payment_payment_due on payment_payment (look_at) where ended_at = 0;

-- A way tried; its id is the reference that the bank carries.
create table payment_attempt (
	id text primary key,
	payment text not null,
	agency text not null,
	live boolean not null,
	method text not null,
	status text not null, -- open | paid | failed | late
	amount bigint not null,
	currency text not null,
	account text not null,
	session text not null,
	bank_ref text not null,
	checks bigint not null,
	next_at bigint not null,
	opened_at bigint not null,
	ended_at bigint not null
);
create index payment_attempt_payment on payment_attempt (payment);
create index payment_attempt_transfer on payment_attempt (agency, amount) where method = 'transfer' and status = 'open';
create index payment_attempt_next on payment_attempt (next_at) where next_at > 0;

-- What a bank reference paid, once: the same debit told again is the same.
create table payment_debit (
	agency text not null,
	live boolean not null,
	bank_ref text not null,
	attempt text not null, -- "" where it belongs to none
	amount bigint not null,
	is_reversed boolean not null, -- the bank took it back
	at bigint not null,
	line text not null default '', -- of a statement on which it is, "" while it is on none
	primary key (agency, live, bank_ref)
);
create index payment_debit_attempt on payment_debit (attempt);
create index payment_debit_unprinted on payment_debit (agency, live, at) where line = '';

create table payment_event (
	id text primary key,
	payment text not null,
	status text not null,
	code text not null,
	at bigint not null
);
create index payment_event_payment on payment_event (payment, id);

create table payment_refund (
	id text primary key,
	payment text not null,
	agency text not null,
	attempt text not null,
	debit text not null, -- the bank's reference of what goes back
	amount bigint not null,
	live boolean not null,
	status text not null, -- waiting | submitted | success | error
	bank_ref text not null,
	is_unapplied boolean not null,
	created_at bigint not null,
	ended_at bigint not null,
	asked_by text not null, -- the officers, where a desk sent it
	decided_by text not null,
	line text not null default '' -- of a statement on which it is, "" while it is on none
);
create index payment_refund_payment on payment_refund (payment, id);
create index payment_refund_ended on payment_refund (agency, live, ended_at) where ended_at > 0;
create index payment_refund_bank on payment_refund (bank_ref) where bank_ref <> '';
create index payment_refund_unprinted on payment_refund (agency, live, ended_at) where line = '';

-- The numbers of receipts, without a gap: by agency and year.
create table payment_series (
	agency text not null,
	live boolean not null,
	year text not null,
	last bigint not null,
	primary key (agency, live, year)
);
create table payment_receipt (
	no text primary key,
	agency text not null,
	live boolean not null,
	year text not null,
	n bigint not null,
	payment text not null,
	attempt text not null,
	amount bigint not null,
	currency text not null,
	method text not null,
	bank_ref text not null,
	paid_at bigint not null,
	debited_at bigint not null, -- at the bank, as it says
	leaf text not null
);
create index payment_receipt_paid on payment_receipt (live, paid_at);
create unique index payment_receipt_payment on payment_receipt (payment);
create unique index payment_receipt_series on payment_receipt (agency, live, year, n);

-- A request under its own id is answered once.
create table payment_request (
	agency text not null,
	live boolean not null,
	kind text not null,
	key text not null,
	digest text not null,
	made text not null, -- the id of what it made
	at bigint not null,
	primary key (agency, live, kind, key)
);
create index payment_request_at on payment_request (at);

-- What did not fit, for a person of the agency to look at.
create table payment_exception (
	id text primary key,
	agency text not null,
	kind text not null, -- mismatch | stranger | late | twice | reversed
	attempt text not null,
	bank_ref text not null,
	amount bigint not null,
	at bigint not null,
	closed_at bigint not null,
	closed_by text not null,
	note text not null
);
create index payment_exception_open on payment_exception (agency, at) where closed_at = 0;
create unique index payment_exception_of on payment_exception (agency, kind, attempt, bank_ref);

-- Where agencies' systems are told, what they were told, and what came of it.
create table payment_endpoint (
	id text primary key,
	agency text not null,
	live boolean not null,
	url text not null,
	secret text not null, -- sealed
	made_at bigint not null,
	off_at bigint not null
);
create index payment_endpoint_agency on payment_endpoint (agency, live) where off_at = 0;
create table payment_message (
	id text primary key,
	agency text not null,
	type text not null,
	payment text not null,
	live boolean not null,
	body text not null,
	at bigint not null
);
create index payment_message_agency on payment_message (agency, at);
create table payment_delivery (
	id text primary key,
	message text not null,
	endpoint text not null,
	agency text not null,
	live boolean not null,
	state text not null, -- queued | sent | failed | off
	attempts bigint not null,
	status bigint not null,
	error text not null,
	at bigint not null,
	changed_at bigint not null
);
create index payment_delivery_agency on payment_delivery (agency, live, id);
