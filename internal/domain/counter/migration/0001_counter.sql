-- Each look for a person at a counter, found or not.
create table counter_find (
	id text primary key,
	officer text not null,
	post text not null,
	person text not null,
	seen text not null,
	reason text not null,
	found_at bigint not null
);
create index counter_find_officer on counter_find (officer, found_at);

-- The time in which an officer serves a person.
create table counter_visit (
	id text primary key,
	officer text not null,
	post text not null,
	person text not null,
	seen text not null,
	began_at bigint not null,
	ends_at bigint not null,
	ended_at bigint not null
);
create index counter_visit_officer on counter_visit (officer, began_at);
