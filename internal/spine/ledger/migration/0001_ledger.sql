create table ledger_account (
	code text primary key,
	agency text not null,
	currency text not null,
	normal text not null, -- debit | credit
	floor boolean not null,
	debits_posted bigint not null,
	debits_pending bigint not null,
	debits_voided bigint not null,
	credits_posted bigint not null,
	credits_pending bigint not null,
	credits_voided bigint not null,
	made_at bigint not null
);
create index ledger_account_agency on ledger_account (agency, code);
-- What is posted together. Nothing here is ever changed or taken away.
create table ledger_group (
	id text primary key,
	agency text not null,
	reason text not null,
	ref text not null,
	day text not null,
	digest text not null,
	leaf text not null,
	at bigint not null
);
create index ledger_group_leaf on ledger_group (leaf);
create table ledger_transfer (
	grp text not null,
	n bigint not null, -- its place in the group
	id text not null, -- of a hold its name
	debit text not null,
	credit text not null,
	amount bigint not null,
	kind text not null, -- post | hold | capture | release
	hold text not null, -- the one that a capture or release ends
	until_at bigint not null,
	primary key (grp, n)
);
create unique index ledger_transfer_name on ledger_transfer (id) where kind = 'hold';
-- A hold ends once.
create unique index ledger_transfer_hold on ledger_transfer (hold) where hold <> '';
create index ledger_transfer_until on ledger_transfer (until_at, id) where until_at > 0;
