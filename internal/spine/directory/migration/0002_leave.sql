-- An officer away from a post during [from_at, until_at), and who stands in.
-- A leave that is called off or cut short ends earlier; none is deleted.
create table directory_leave (
	id           text primary key,
	person       text not null,
	post         text not null,
	stand_in     text not null,
	from_at      bigint not null,
	until_at     bigint not null,
	recorded_at  bigint not null
);
create index directory_leave_person on directory_leave (person, until_at);
create index directory_leave_stand_in on directory_leave (stand_in, until_at);
create index directory_leave_post on directory_leave (post, until_at);
