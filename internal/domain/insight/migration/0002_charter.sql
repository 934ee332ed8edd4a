-- What was promised for the case and what was used of it until its first
-- decision, in working days; kept tells whether the due date was met.
alter table insight_case add column budget_days bigint not null default 0;
alter table insight_case add column used_days bigint not null default 0;
alter table insight_case add column kept bigint not null default 0;
