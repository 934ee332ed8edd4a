-- Who need not use a digital-only service by themselves; across services.
create table service_exemption (
	id text primary key,
	person text not null,
	reason text not null,
	until_at bigint not null,
	by_person text not null,
	at bigint not null,
	ended_at bigint not null
);
create unique index service_exemption_one on service_exemption (person) where ended_at = 0;
