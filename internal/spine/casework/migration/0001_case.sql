create table casework_case (
	ref            text primary key,
	kind           text not null,
	release        text not null,
	title_ms       text not null,
	title_en       text not null,
	applicant      text not null,
	acted_by       text not null,
	agency         text not null,
	unit           text not null,
	calendar       text not null,
	state          text not null,
	version        bigint not null,
	plan           text not null,
	step           text not null,
	role           text not null,
	other_branch   boolean not null,
	checked_by     text not null,
	decided_by     text not null,
	received_at    bigint not null,
	due_at         bigint not null,
	decided_at     bigint not null,
	closed_at      bigint not null,
	budget_days    bigint not null,
	parent         text not null,
	appeal         text not null,
	automatic      boolean not null,
	fee_cents      bigint not null,
	fee_receipt    text not null,
	audit          text not null,
	audit_role     text not null,
	audit_other    boolean not null,
	audit_due_at   bigint not null,
	answer_due_at  bigint not null,
	outcome        text not null,
	certificate    text not null,
	basis          text not null,
	queue_at       bigint not null
);

create index casework_case_role on casework_case (role, queue_at, ref) where role <> '';
create index casework_case_audit on casework_case (audit_role, queue_at, ref) where audit_role <> '';
create index casework_case_applicant on casework_case (applicant, received_at);

create table casework_act (
	ref       text not null,
	n         bigint not null,
	id        text not null,
	kind      text not null,
	done_at   bigint not null,
	person    text not null,
	post      text not null,
	agency    text not null,
	title_ms  text not null,
	title_en  text not null,
	data      text not null,
	leaf      text not null,
	state     text not null,
	primary key (ref, n)
);

create index casework_act_officer on casework_act (person, ref) where post <> '' and post <> 'system';

create table casework_span (
	ref       text not null,
	n         bigint not null,
	start_at  bigint not null,
	end_at    bigint not null,
	primary key (ref, n)
);

-- Others whom a case concerns; the applicant is in the case.
create table casework_subject (
	ref     text not null,
	person  text not null,
	primary key (ref, person)
);
