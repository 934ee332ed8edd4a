-- A day of the hall: minutes noted, and those of them in which something was
-- wrong. first_at and last_at bound the day's part in which it was to be there.
create table operating_day (
	day      text not null primary key, -- 2026-11-29, Malaysian time
	noted    bigint not null,
	troubled bigint not null,
	first_at bigint not null,
	last_at  bigint not null
);
