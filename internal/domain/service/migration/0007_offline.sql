-- A pack that was taken along to a counter without a network.
create table service_pack (
	id text primary key,
	service text not null,
	number bigint not null,
	unit text not null,
	entries bigint not null,
	made_at bigint not null,
	until_at bigint not null
);

-- An entry of a pack's log, once for each key. What was typed is kept only
-- until it is settled.
create table service_offline (
	pack text not null,
	key text not null,
	number text not null,
	state text not null,
	content text not null,
	person text not null,
	ref text not null,
	other text not null,
	why text not null,
	by_person text not null,
	at bigint not null,
	settled boolean not null,
	primary key (pack, key)
);
create index service_offline_open on service_offline (at) where not settled;
