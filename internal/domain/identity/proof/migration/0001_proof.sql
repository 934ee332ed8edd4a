-- What is known of who somebody is; the level is computed from it and kept nowhere.
create table proof_evidence (
	id text primary key,
	person text not null,
	kind text not null,
	strength bigint not null,
	channel text not null,
	verifier text not null,
	post text not null,
	agency text not null,
	detail text not null,
	made_at bigint not null,
	expires_at bigint not null,
	approved_by text not null,
	approved_at bigint not null,
	void_at bigint not null,
	enrolment text not null
);
create index proof_evidence_person on proof_evidence (person);
create index proof_evidence_enrolment on proof_evidence (enrolment) where enrolment <> '';
-- An enrolment at a counter, from the first officer to the second.
create table proof_enrolment (
	id text primary key,
	person text not null,
	role text not null,
	agency text not null,
	officer text not null,
	post text not null,
	state text not null,
	made_at bigint not null,
	decided_by text not null,
	decided_at bigint not null,
	reason text not null
);
create unique index proof_enrolment_open on proof_enrolment (person) where state = 'waiting';
create index proof_enrolment_person on proof_enrolment (person, made_at);
create index proof_enrolment_role on proof_enrolment (role, state, made_at);
-- A code that lets a person bind a device, by its hash.
create table proof_activation (
	id text primary key,
	person text not null,
	purpose text not null,
	enrolment text not null,
	salt text not null,
	hash text not null,
	tries bigint not null,
	made_at bigint not null,
	ends_at bigint not null,
	used_at bigint not null,
	void_at bigint not null
);
create unique index proof_activation_live on proof_activation (person) where used_at = 0 and void_at = 0;
create index proof_activation_ends on proof_activation (ends_at);
-- Somebody asked for a code; person is empty where what they typed is nobody's.
create table proof_request (
	id text primary key,
	person text not null,
	made_at bigint not null,
	done_at bigint not null
);
create index proof_request_person on proof_request (person, made_at);
create index proof_request_made on proof_request (made_at);
