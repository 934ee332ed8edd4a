-- What the hall has to tell a person: a text key and its arguments, printed in
-- the reader's language when it is read.
create table notify_message (
	id       text not null primary key,
	person   text not null,
	case_ref text not null,
	text_key text not null,
	args     text not null,
	made_at  bigint not null,
	read_at  bigint not null
);
create index notify_message_person on notify_message (person, id);
create index notify_message_unread on notify_message (person) where read_at = 0;
create index notify_message_case on notify_message (case_ref, id) where case_ref <> '';

-- The mail of a message, as it was rendered; at most one for each message.
create table notify_mail (
	message text not null primary key,
	person  text not null,
	address text not null,
	lang    text not null,
	subject text not null,
	body    text not null,
	made_at bigint not null,
	sent_at bigint not null
);
