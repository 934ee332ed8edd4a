-- How far the daily sweep has come that gives without application.
create table service_sweep (
	service text not null,
	register text not null,
	day text not null,
	after text not null,
	done boolean not null,
	primary key (service, register)
);
