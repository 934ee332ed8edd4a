-- Codes that went to a contact for a recovery: nobody is sent them without end.
create table recovery_sent (
	attempt text not null,
	person  text not null,
	at      bigint not null
);
create index recovery_sent_person on recovery_sent (person, at);
