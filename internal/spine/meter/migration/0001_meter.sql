-- What each process may use, taken from limits by the minute in small lots.
create table meter_lot (
	id   text not null primary key,
	name text not null,
	at   bigint not null,
	n    bigint not null
);
create index meter_lot_name on meter_lot (name, at);

-- What was taken of a day's limit.
create table meter_day (
	name text not null,
	day  text not null,
	n    bigint not null,
	primary key (name, day)
);
