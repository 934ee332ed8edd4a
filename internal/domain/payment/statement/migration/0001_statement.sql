-- An account whose statements are read, from its first one on.
create table statement_account (
	agency text not null,
	live boolean not null,
	account text not null,
	base_day text not null, -- its first statement's first day
	base bigint not null, -- and what it opened with
	at bigint not null,
	primary key (agency, live, account)
);

-- What was read: one row a page.
create table statement_statement (
	id text primary key,
	agency text not null,
	live boolean not null,
	account text not null,
	kind text not null, -- camt.052 | camt.053 | camt.054; an MT940 is a camt.053
	ident text not null, -- the bank's id of it
	page bigint not null,
	is_last boolean not null,
	sequence bigint not null, -- as the bank counts; 0 where it does not
	digest text not null, -- of the file
	source text not null, -- bank | api | file
	person text not null, -- who brought it, "" where nobody did
	from_day text not null,
	day text not null, -- of its closing balance, or of its last line
	has_opening boolean not null,
	opening bigint not null,
	has_closing boolean not null,
	closing bigint not null,
	entries bigint not null,
	lines bigint not null,
	fresh bigint not null, -- lines that were on none before
	matched bigint not null, -- of those
	state text not null, -- reading | done
	at bigint not null,
	done_at bigint not null
);
create unique index statement_statement_of on statement_statement (agency, live, account, kind, ident, page);
create index statement_statement_day on statement_statement (agency, live, day);

-- One movement of an account. What the payer wrote and their name are kept while
-- it waits for a person.
create table statement_line (
	id text primary key, -- of what the bank says of it
	agency text not null,
	live boolean not null,
	account text not null,
	statement text not null, -- on which it came first
	n bigint not null, -- its place there
	day text not null,
	amount bigint not null,
	is_credit boolean not null,
	is_reversal boolean not null,
	bank_ref text not null,
	end_to_end text not null,
	batch text not null, -- the bank's id of the batch that it was booked in
	text text not null,
	party text not null,
	state text not null, -- matched | waiting | decided
	rule text not null, -- by which it was matched
	subject text not null, -- attempt, refund or batch that it is of
	printed text not null, -- the statement with balances on which it is
	at bigint not null
);
create index statement_line_day on statement_line (agency, live, day, n);
create index statement_line_waiting on statement_line (agency, live, day, id) where state = 'waiting';
create index statement_line_batch on statement_line (agency, live, batch) where batch <> '';
create index statement_line_unprinted on statement_line (agency, live, day) where printed = '';

-- What moved on a day: the settlement. It is closed by the day's last statement.
create table statement_day (
	agency text not null,
	live boolean not null,
	account text not null,
	day text not null,
	collected bigint not null,
	refunds bigint not null,
	fees bigint not null,
	payouts bigint not null,
	other bigint not null, -- signed: what waits or waited for a person
	net bigint not null, -- signed: by how much the account changed
	lines bigint not null,
	matched bigint not null,
	statement text not null, -- that closed it
	closed_at bigint not null,
	primary key (agency, live, account, day)
);

-- What a person wants done with a line, and who agreed.
create table statement_decision (
	id text primary key,
	line text not null,
	agency text not null,
	live boolean not null,
	action text not null, -- match | back | keep | charge
	subject text not null, -- the payment, or the refund that it became
	amount bigint not null,
	note text not null,
	state text not null, -- asked | done | refused
	asked_by text not null,
	asked_at bigint not null,
	decided_by text not null,
	decided_at bigint not null
);
create unique index statement_decision_line on statement_decision (line) where state in ('asked', 'done');
create index statement_decision_agency on statement_decision (agency, live, asked_at);
