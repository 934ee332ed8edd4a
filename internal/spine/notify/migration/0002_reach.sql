-- A notice that is not worth a sheet of paper.
alter table notify_message add column minor bigint not null default 0;

-- How a person wants to be told; without a row the state's default holds.
create table notify_choice (
	person   text not null primary key,
	channels text not null, -- "mail text letter", those that are on
	lang     text not null,
	made_at  bigint not null
);

-- How each message went out. A message that could go nowhere waits.
create table notify_delivery (
	message  text not null,
	channel  text not null, -- mail, text, letter; '' while it waits
	person   text not null,
	case_ref text not null,
	state    text not null, -- queued, sent, failed, waiting
	reason   text not null,
	at       bigint not null,
	primary key (message, channel)
);
create index notify_delivery_person on notify_delivery (person, state);
create index notify_delivery_waiting on notify_delivery (person, message) where state = 'waiting';

-- An address that did not work. Another address of the same person may.
create table notify_dead (
	person  text not null,
	channel text not null,
	address text not null,
	reason  text not null,
	at      bigint not null,
	primary key (person, channel, address)
);

-- The text message of a message, as it was rendered; at most one for each.
create table notify_text (
	message text not null primary key,
	person  text not null,
	phone   text not null,
	lang    text not null,
	body    text not null,
	made_at bigint not null,
	sent_at bigint not null
);
