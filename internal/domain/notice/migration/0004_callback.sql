-- Where an agency's system is told what became of its e-mails and text
-- messages, and the token that it is shown. The token is sent, so it is kept.
create table notice_callback (
	service text not null primary key,
	url     text not null,
	token   text not null,
	set_at  bigint not null
);
