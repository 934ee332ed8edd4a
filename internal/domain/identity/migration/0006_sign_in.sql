-- A key whose counter went back may have been copied: it opens nothing until
-- its owner has removed it.
alter table identity_passkey add column locked_at bigint not null default 0;
-- Who has had a way of signing in: an activation code lets nobody in again.
create table identity_enrolled (
	person text primary key,
	at     bigint not null
);
-- Who may not sign in, by any means: kind is person or staff.
create table identity_suspension (
	id     text not null,
	kind   text not null,
	at     bigint not null,
	primary key (id, kind)
);
