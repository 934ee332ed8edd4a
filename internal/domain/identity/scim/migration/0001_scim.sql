-- Keys of agencies' directories of staff, by the hash of each.
create table scim_key (
	id text primary key,
	agency text not null,
	hash text not null unique,
	made_at bigint not null,
	revoked_at bigint not null
);
create index scim_key_agency on scim_key (agency);
-- What an agency's directory calls somebody of its staff. Their name and posts
-- are the hall's directory's.
create table scim_user (
	agency text not null,
	person text not null,
	user_name text not null,
	folded text not null,
	external_id text not null,
	active boolean not null,
	made_at bigint not null,
	changed_at bigint not null,
	gone_at bigint not null,
	primary key (agency, person)
);
create unique index scim_user_name on scim_user (agency, folded) where gone_at = 0;
create index scim_user_person on scim_user (person);
