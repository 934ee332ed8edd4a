create table register_person (
	id text primary key,
	id_number text not null,
	name text not null,
	sex text not null,
	born_on text not null,
	citizenship text not null,
	address text not null,
	postcode text not null,
	city text not null,
	state text not null,
	phone text not null,
	mail text not null,
	occupation text not null,
	lang text not null,
	mother text not null,
	father text not null,
	household text not null,
	status text not null,
	version bigint not null,
	as_of_at bigint not null
);
create unique index register_person_id_number on register_person (id_number) where id_number <> '';
create index register_person_mother on register_person (mother);
create index register_person_father on register_person (father);
create index register_person_household on register_person (household);
create table register_marriage (
	id text primary key,
	number text not null unique,
	husband text not null,
	wife text not null,
	married_on text not null,
	ended_on text not null,
	version bigint not null,
	as_of_at bigint not null
);
create index register_marriage_husband on register_marriage (husband);
create index register_marriage_wife on register_marriage (wife);
create table register_birth_notice (
	number text primary key,
	mother text not null,
	mother_name text not null,
	mother_id_number text not null,
	born_on text not null,
	born_at text not null,
	sex text not null,
	weight_g bigint not null,
	hospital text not null,
	state text not null,
	plurality bigint not null,
	birth_order bigint not null,
	status text not null,
	entry text not null,
	version bigint not null,
	as_of_at bigint not null
);
create index register_birth_notice_mother on register_birth_notice (mother, status);
create table register_birth (
	entry text primary key,
	number text not null unique,
	child text not null unique,
	mother text not null,
	father text not null,
	father_name text not null,
	place text not null,
	born_at text not null,
	weight_g bigint not null,
	state text not null,
	notice text not null,
	case_ref text not null,
	registered_on text not null,
	status text not null,
	version bigint not null,
	as_of_at bigint not null
);
create index register_birth_mother on register_birth (mother);
create index register_birth_father on register_birth (father);
create index register_birth_case on register_birth (case_ref);
create table register_household (
	id text primary key,
	monthly_income_cents bigint not null,
	members bigint not null,
	children bigint not null,
	as_of text not null,
	version bigint not null,
	as_of_at bigint not null
);
create table register_payee (
	person text primary key,
	bank text not null,
	account text not null,
	version bigint not null,
	as_of_at bigint not null
);
create table register_aid (
	entry text primary key,
	number text not null unique,
	child text not null,
	payee text not null,
	monthly_cents bigint not null,
	bank text not null,
	account_tail text not null,
	case_ref text not null,
	started_on text not null,
	status text not null,
	version bigint not null,
	as_of_at bigint not null
);
create index register_aid_child on register_aid (child);
create index register_aid_case on register_aid (case_ref);
create table register_version (
	entry text not null,
	field text not null,
	version bigint not null,
	value text not null,
	from_at bigint not null,
	until_at bigint not null,
	case_ref text not null,
	basis text not null,
	primary key (entry, version)
);
create table register_use (
	entry text not null,
	field text not null,
	case_ref text not null,
	agency text not null,
	version bigint not null,
	used_at bigint not null,
	primary key (entry, field, case_ref)
);
create table register_counter (
	name text primary key,
	value bigint not null
);
