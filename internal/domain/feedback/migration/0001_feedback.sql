-- What somebody said of the hall, and its answer. mail is '' where none was
-- given, or where it has been forgotten.
create table feedback_entry (
	ref text primary key,
	kind text not null,
	content text not null,
	mail text not null,
	lang text not null,
	answer text not null,
	answered_by text not null,
	at bigint not null,
	answered_at bigint not null
);
create index feedback_entry_at on feedback_entry (at);
create index feedback_entry_answered on feedback_entry (answered_at);
