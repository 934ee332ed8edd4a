create table directory_agency (
	id text primary key,
	name_ms text not null,
	name_en text not null,
	level text not null,
	state text not null,
	site text not null
);
create table directory_unit (
	id text primary key,
	agency text not null,
	name_ms text not null,
	name_en text not null,
	state text not null
);
create index directory_unit_agency on directory_unit (agency, state);
create table directory_post (
	id text primary key,
	unit text not null,
	role text not null,
	title_ms text not null,
	title_en text not null
);
create index directory_post_unit on directory_post (unit);
create index directory_post_role on directory_post (role);
create table directory_person (
	id text primary key,
	name text not null,
	mail text not null
);
create table directory_holding (
	post text not null,
	person text not null,
	from_at bigint not null,
	until_at bigint not null,
	primary key (post, from_at)
);
create index directory_holding_person on directory_holding (person);
