create table bank_account (
	code text primary key,
	name text not null,
	kind text not null, -- person | company | merchant | bank
	owner text not null, -- of a merchant's account: its id
	balance bigint not null, -- sen: credits less debits
	opened_at bigint not null
);
-- The books: nothing here is ever changed or taken away. A booking is all entries
-- of one number.
create table bank_entry (
	no bigint not null,
	line bigint not null,
	booking text not null, -- the bank's reference
	account text not null,
	side text not null, -- debit | credit
	amount bigint not null,
	kind text not null, -- opening | qr | fpx | card | refund | transfer | payout | settled | returned | reversal
	day text not null, -- booked, in Asia/Kuala_Lumpur
	value_day text not null,
	e2e text not null, -- the end-to-end reference
	info text not null,
	party text not null,
	party_account text not null,
	batch text not null, -- entries of one account, day and batch are one line of a statement
	reverses text not null, -- the booking that it takes back
	reason text not null,
	at bigint not null,
	primary key (no, line)
);
create index bank_entry_account on bank_entry (account, day, side, amount);
create index bank_entry_newest on bank_entry (account, no, line);
create index bank_entry_booking on bank_entry (booking);
create index bank_entry_reverses on bank_entry (reverses) where reverses <> '';
create table bank_counter (
	name text primary key,
	value bigint not null
);
create table bank_merchant (
	id text primary key,
	name text not null,
	city text not null,
	account text not null,
	callback_url text not null,
	secret text not null,
	enrolled_at bigint not null
);
create table bank_payment (
	bank_reference text primary key,
	no bigint not null,
	merchant text not null,
	reference text not null,
	method text not null, -- qr | fpx | card
	payer text not null,
	payer_name text not null,
	payee text not null,
	amount bigint not null,
	state text not null, -- paid | failed | reversed
	reason text not null,
	refunded bigint not null,
	once text not null, -- of the form that paid
	reverse_at bigint not null, -- when a fault takes it back; 0 never
	at bigint not null
);
create index bank_payment_reference on bank_payment (merchant, reference, no);
create unique index bank_payment_once on bank_payment (once) where once <> '';
create index bank_payment_reverse on bank_payment (reverse_at) where reverse_at > 0;
create table bank_session (
	id text primary key,
	merchant text not null,
	reference text not null,
	amount bigint not null,
	method text not null, -- fpx | card
	return_url text not null,
	description text not null,
	state text not null, -- open | checking | paid | failed
	reason text not null,
	account text not null,
	maker text not null,
	bank_reference text not null,
	made_at bigint not null,
	until_at bigint not null
);
create unique index bank_session_reference on bank_session (merchant, reference);
-- What a merchant asked for once, and what it was answered: refunds and transfers.
create table bank_order (
	merchant text not null,
	kind text not null, -- refund | transfer
	reference text not null,
	digest text not null,
	state text not null, -- paid | failed
	reason text not null,
	bank_reference text not null,
	at bigint not null,
	primary key (merchant, kind, reference)
);
-- Orders to pay people, by the merchant's own message id.
create table bank_payout (
	merchant text not null,
	message text not null,
	digest text not null,
	count bigint not null,
	total text not null, -- as the order says it
	reason text not null, -- why all of it was refused
	settle_at bigint not null, -- 0 once it is settled, or refused
	made_at bigint not null,
	primary key (merchant, message)
);
create index bank_payout_due on bank_payout (settle_at) where settle_at > 0;
create table bank_payout_part (
	merchant text not null,
	message text not null,
	part bigint not null,
	id text not null, -- the payment information's
	account text not null,
	booking text not null, -- '' where nothing was paid
	primary key (merchant, message, part)
);
create index bank_payout_part_booking on bank_payout_part (booking) where booking <> '';
create table bank_payout_line (
	merchant text not null,
	message text not null,
	part bigint not null,
	line bigint not null,
	instruction text not null,
	e2e text not null,
	name text not null,
	account text not null,
	amount bigint not null,
	info text not null,
	state text not null, -- accepted | settled | rejected | returned
	reason text not null, -- ISO 20022's code
	return_at bigint not null, -- 0 never
	primary key (merchant, message, part, line)
);
create index bank_payout_line_return on bank_payout_line (return_at) where return_at > 0;
create table bank_callback (
	id text not null,
	copy bigint not null, -- a fault sends a second one
	merchant text not null,
	body text not null,
	state text not null, -- waiting | done | dropped | given_up
	tries bigint not null,
	next_at bigint not null,
	made_at bigint not null,
	primary key (id, copy)
);
create index bank_callback_due on bank_callback (next_at) where state = 'waiting';
create table bank_dial (
	id bigint primary key,
	body text not null
);
