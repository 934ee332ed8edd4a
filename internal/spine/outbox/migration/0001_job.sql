-- One row per piece of work: a job of its own, or one consumer's copy of an event.
-- state: scheduled | available | running | retryable | completed | discarded | cancelled
create table outbox_job (
	id text primary key,
	kind text not null,
	event text not null,
	args text not null,
	state text not null,
	attempt bigint not null,
	run_at bigint not null,
	lease_at bigint not null,
	made_at bigint not null,
	ended_at bigint not null,
	error text not null
);
create index outbox_job_runnable on outbox_job (run_at, id) where state in ('scheduled', 'available', 'retryable');
create index outbox_job_lease on outbox_job (lease_at) where state = 'running';
create index outbox_job_ended on outbox_job (ended_at) where state in ('completed', 'cancelled');
create index outbox_job_state on outbox_job (state);
create table outbox_schedule (
	name text primary key,
	next_at bigint not null
);
