create table app_setting (
	name text primary key,
	value text not null
);
