-- Officers who said that they know somebody in a case, and so stay out of it.
create table casework_conflict (
	ref          text not null,
	person       text not null,
	declared_at  bigint not null,
	primary key (ref, person)
);
