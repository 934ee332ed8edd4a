-- A file that a mail leads to. Its bytes stand here and not among the blobs,
-- so that they are gone when their time is over. token is the SHA-256 of what
-- the mail's address ends in.
create table notice_file (
	token        text not null primary key,
	notification text not null,
	service      text not null,
	name         text not null,
	type         text not null,
	data         bytes not null,
	receiver     text not null, -- the address that its reader has to name; '' where none is asked for
	misses       bigint not null,
	made_at      bigint not null,
	ends_at      bigint not null
);
create index notice_file_ends on notice_file (ends_at);
