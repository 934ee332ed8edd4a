-- What is due is the number of a working day in the calendar of the case's
-- office, and the day is looked up: a gazette about days to come moves every
-- promise and writes none of them. due_at is the date of a case that is decided,
-- which stands. A hall of before gets its numbers when it is opened; nothing reads
-- queue_at any more.
alter table casework_case add column due_no bigint not null default 0;
alter table casework_case add column queue_no bigint not null default 0;

drop index casework_case_work;
drop index casework_case_unit;
drop index casework_case_assignee;
drop index casework_case_every;
drop index casework_case_work_kind;
drop index casework_case_unit_kind;
drop index casework_case_work_free;
drop index casework_case_unit_free;
drop index casework_case_unpaid;
drop index casework_case_helped;
drop index casework_case_promise;
drop index casework_case_stops;

create index casework_case_work on casework_case (work_role, work_any, work, calendar, queue_no, ref, kind, assignee) where work <> '';
create index casework_case_unit on casework_case (unit, work, calendar, queue_no, ref, kind, assignee) where work <> '';
create index casework_case_assignee on casework_case (assignee, work, calendar, queue_no, ref) where assignee <> '';
create index casework_case_every on casework_case (work, calendar, queue_no, ref) where work <> '';
create index casework_case_work_kind on casework_case (work_role, work_any, work, calendar, kind, queue_no, ref) where work <> '';
create index casework_case_unit_kind on casework_case (unit, work, calendar, kind, queue_no, ref) where work <> '';
create index casework_case_work_free on casework_case (assignee, work_role, work_any, work, calendar, queue_no, ref) where work <> '' and assignee = '';
create index casework_case_unit_free on casework_case (assignee, unit, work, calendar, queue_no, ref) where work <> '' and assignee = '';
create index casework_case_unpaid on casework_case (unpaid, work, calendar, work_role, work_any, queue_no, ref, unit) where work <> '' and unpaid = true;
create index casework_case_helped on casework_case (helped, work, calendar, work_role, work_any, queue_no, ref, unit) where work <> '' and helped = true;
create index casework_case_promise on casework_case (calendar, budget_days, due_no, received_at) where paused = 0 and work <> '' and work <> 'audit';
create index casework_case_stops on casework_case (calendar, budget_days, due_no, stops) where paused > 0 and work <> '' and work <> 'audit';

-- The working days that a state was last known to have, so that a gazette is
-- told of once.
create table casework_calendar (
	state text primary key,
	digest text not null,
	seen_at bigint not null
);
