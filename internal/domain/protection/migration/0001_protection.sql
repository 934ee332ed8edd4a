-- An order that keeps where a person is from others.
create table protection_order (
	id text primary key,
	person text not null,
	kind text not null,
	against text not null,
	court text not null,
	reason text not null,
	by_person text not null,
	by_post text not null,
	made_at bigint not null,
	until_at bigint not null,
	lifted_at bigint not null
);
create index protection_order_person on protection_order (person) where lifted_at = 0;

-- A request to see a case of a protected person, and what became of it.
create table protection_opening (
	id text primary key,
	case_ref text not null,
	officer text not null,
	post text not null,
	agency text not null,
	title_ms text not null,
	title_en text not null,
	reason text not null,
	state text not null,
	answer text not null,
	asked_at bigint not null,
	decided_at bigint not null,
	until_at bigint not null,
	by_person text not null,
	by_post text not null
);
create index protection_opening_case on protection_opening (case_ref, officer);
create index protection_opening_asked on protection_opening (asked_at) where state = 'asked';
