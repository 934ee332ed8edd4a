-- One row a certificate; what is certified is the payload and never changes.
create table certificate_certificate (
	code        text primary key,
	case_ref    text not null,
	applicant   text not null,
	agency      text not null,
	type        text not null,
	number      text not null,
	payload     text not null,
	subjects    text not null,
	state       text not null,
	reason      text not null,
	replaced_by text not null,
	issued_at   bigint not null,
	ended_at    bigint not null,
	sha256      text not null,
	size        bigint not null,
	ready_at    bigint not null
);
create index certificate_by_case on certificate_certificate (case_ref, issued_at);
create index certificate_by_applicant on certificate_certificate (applicant, issued_at);
