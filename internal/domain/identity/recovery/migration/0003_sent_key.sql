-- Each row has a name, so that a copy of the hall keeps them in order. What was
-- counted before is a day's at most.
drop table recovery_sent;
create table recovery_sent (
	attempt text not null,
	person  text not null,
	at      bigint not null,
	primary key (attempt, at)
);
create index recovery_sent_person on recovery_sent (person, at);
