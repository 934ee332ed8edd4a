-- Callbacks that the agency's system has not taken: how often it was told, what
-- it answered last (0 for nothing), and when it was given up (0 while it is
-- told again). What was taken has no row, nor has a message that was destroyed.
create table notice_told (
	notification text not null primary key,
	service      text not null,
	tries        bigint not null,
	status       bigint not null,
	error        text not null,
	tried_at     bigint not null,
	ended_at     bigint not null
);
create index notice_told_service on notice_told (service, tried_at);
