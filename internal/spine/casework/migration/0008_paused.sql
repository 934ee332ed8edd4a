-- How often a case's clock was stopped. Of a case whose clock never was, the due
-- date follows from the calendar, the budget and the receipt alone, so that a
-- million of them are looked through by this index when a gazette comes.
alter table casework_case add column paused bigint not null default 0;

update casework_case set paused = (select count(*) from casework_span s where s.ref = casework_case.ref and s.end_at > 0);

create index casework_case_promise on casework_case (calendar, budget_days, due_at, received_at) where paused = 0 and work <> '' and work <> 'audit';
create index casework_case_paused on casework_case (ref) where paused > 0 and work <> '' and work <> 'audit';
