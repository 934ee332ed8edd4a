-- A file of payments to people, and where it stands.
create table payout_batch (
	id text primary key,
	agency text not null,
	live boolean not null,
	source text not null, -- json | csv | pain.001 | again
	reference text not null,
	description text not null,
	account text not null, -- that pays
	message text not null, -- a pain.001's own id, or ""
	request_key text not null, -- of the request that brought it, or ""
	request_sum text not null,
	lines bigint not null,
	total bigint not null, -- sen
	repeats bigint not null,
	fresh bigint not null,
	content text not null, -- digest of the lines
	hash text not null, -- what is approved
	state text not null, -- loading | received | submitted | approved | sent | done | refused | cancelled | stopped
	maker text not null,
	maker_post text not null,
	approver text not null,
	leaf text not null, -- of the approval
	reason text not null,
	corrects text not null, -- the batch whose lines it pays again, or ""
	freed_at bigint not null, -- from then on its file may come again; 0: never
	made_at bigint not null,
	submitted_at bigint not null,
	decided_at bigint not null,
	ended_at bigint not null,
	touched_at bigint not null
);
create index payout_batch_agency on payout_batch (agency, live, made_at, id);
create index payout_batch_open on payout_batch (state, touched_at) where state = 'loading';
create unique index payout_batch_message on payout_batch (agency, live, message) where message <> '' and freed_at = 0;
create unique index payout_batch_content on payout_batch (agency, live, content) where content <> '' and freed_at = 0;
create unique index payout_batch_request on payout_batch (agency, live, request_key) where request_key <> '';

-- What goes to the bank in one message, and what became of it.
create table payout_chunk (
	batch text not null,
	no bigint not null,
	first bigint not null,
	last bigint not null,
	total bigint not null,
	digest text not null,
	state text not null, -- waiting | sent | settled | dropped
	tries bigint not null,
	checks bigint not null,
	next_at bigint not null,
	settled_at bigint not null,
	paid bigint not null,
	rejected bigint not null,
	returned bigint not null,
	paid_sum bigint not null,
	rejected_sum bigint not null,
	returned_sum bigint not null,
	primary key (batch, no)
);
create index payout_chunk_due on payout_chunk (next_at) where next_at > 0;

-- One amount to one person. A reference is one payment's of an agency, until that
-- payment was refused, came back or was never sent.
create table payout_line (
	batch text not null,
	n bigint not null,
	agency text not null,
	live boolean not null,
	reference text not null,
	bank text not null,
	account text not null,
	name text not null,
	note text not null,
	amount bigint not null,
	is_repeat boolean not null,
	state text not null, -- waiting | paid | rejected | returned | dropped
	reason text not null,
	bank_ref text not null,
	freed_at bigint not null,
	primary key (batch, n)
);
create unique index payout_line_reference on payout_line (agency, live, reference) where freed_at = 0;
create index payout_line_back on payout_line (reference, agency, live) where freed_at > 0;
create index payout_line_account on payout_line (account, agency, live);
create index payout_line_bad on payout_line (batch, n) where state in ('rejected', 'returned');

-- Money that was put into an agency's fund.
create table payout_fund (
	id text primary key,
	agency text not null,
	live boolean not null,
	amount bigint not null,
	reference text not null,
	by_person text not null,
	at bigint not null
);
create unique index payout_fund_reference on payout_fund (agency, live, reference);
