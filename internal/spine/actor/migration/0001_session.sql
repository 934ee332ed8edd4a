create table actor_session (
	id text primary key,
	person text not null,
	name text not null,
	post text not null,
	method text not null,
	created_at bigint not null,
	expires_at bigint not null
);
create index actor_session_person on actor_session (person);
create index actor_session_expires on actor_session (expires_at);
