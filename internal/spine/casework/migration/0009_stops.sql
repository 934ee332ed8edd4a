-- The days, counted from 1970-01-01, as of which a case's clock started, stopped
-- and started again: '20770-20771,20773'. What comes after office hours, 17:00,
-- counts as of the next day. '' where the clock never was stopped. Of cases with
-- one calendar, budget, due date and these days, one tells of all, so that none
-- of them is read when a gazette comes.
alter table casework_case add column stops text not null default '';

update casework_case set stops = (select string_agg(cast((s.start_at + 53999999999) / 86400000000 as text)
	|| case when s.end_at > 0 then '-' || cast((s.end_at + 53999999999) / 86400000000 as text) else '' end, ',' order by s.n)
	from casework_span s where s.ref = casework_case.ref) where paused > 0;

create index casework_case_stops on casework_case (calendar, budget_days, due_at, stops) where paused > 0 and work <> '' and work <> 'audit';
drop index casework_case_paused;
