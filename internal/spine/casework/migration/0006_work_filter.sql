-- What a desk filters by, so that a filter which little passes is as quick as
-- one which all pass. Each index holds only what the filter finds.
alter table casework_case add column unpaid boolean not null default false;
alter table casework_case add column helped boolean not null default false;
update casework_case set unpaid = (fee_cents > 0 and fee_receipt = ''), helped = (acted_by <> '');

create index casework_case_work_kind on casework_case (work_role, work_any, work, calendar, kind, queue_at, ref) where work <> '';
create index casework_case_unit_kind on casework_case (unit, work, calendar, kind, queue_at, ref) where work <> '';
create index casework_case_work_free on casework_case (assignee, work_role, work_any, work, calendar, queue_at, ref) where work <> '' and assignee = '';
create index casework_case_unit_free on casework_case (assignee, unit, work, calendar, queue_at, ref) where work <> '' and assignee = '';
create index casework_case_unpaid on casework_case (unpaid, work, calendar, work_role, work_any, queue_at, ref, unit) where work <> '' and unpaid = true;
create index casework_case_helped on casework_case (helped, work, calendar, work_role, work_any, queue_at, ref, unit) where work <> '' and helped = true;
-- Who decided how much, for the head of a branch.
create index casework_act_post on casework_act (post, done_at) where post <> '' and post <> 'system';
