-- A draft that somebody began; page is the last one they were seen on.
create table insight_draft (
	draft text primary key,
	service text not null,
	release bigint not null,
	started_at bigint not null,
	page text not null,
	seen_at bigint not null,
	sent_at bigint not null
);
create index insight_draft_release on insight_draft (service, release, sent_at, seen_at);
-- One answered page; event is the id of the event's job, so that hearing it twice counts once.
create table insight_page (
	event text primary key,
	draft text not null,
	service text not null,
	release bigint not null,
	page text not null,
	typed bigint not null,
	ms bigint not null
);
create index insight_page_release on insight_page (service, release, page, draft);
-- An application and what became of it; the two halves arrive in any order.
create table insight_case (
	ref text primary key,
	service text not null,
	release bigint not null,
	draft text not null,
	screens bigint not null,
	typed bigint not null,
	held bigint not null,
	seconds bigint not null,
	sent_at bigint not null,
	automatic boolean not null,
	decided_at bigint not null,
	outcome text not null,
	audit text not null,
	actions bigint not null
);
create index insight_case_release on insight_case (service, release, sent_at);
create table insight_rating (
	ref text primary key,
	service text not null,
	release bigint not null,
	level bigint not null,
	text text not null,
	at bigint not null
);
create index insight_rating_release on insight_rating (service, release, at);
