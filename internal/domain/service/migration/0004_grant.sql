-- What was given without application: of each thing once, and never again
-- after it was declined, unless the person takes it after all.
create table service_grant (
	service text not null,
	subject text not null,
	person text not null,
	ref text not null,
	from_ref text not null,
	state text not null,
	decline_until bigint not null,
	at bigint not null,
	primary key (service, subject)
);
create index service_grant_ref on service_grant (ref);
