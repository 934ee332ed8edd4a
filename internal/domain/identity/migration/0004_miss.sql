-- A name and a number that are not of one person, typed to let somebody act:
-- few in a quarter of an hour, so that no number is found by trying.
create table identity_miss (
	id text primary key,
	person text not null,
	missed_at bigint not null
);
create index identity_miss_person on identity_miss (person, missed_at);
