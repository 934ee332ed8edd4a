-- Who has the case in hand, '' where it lies in its role's queue. It is about
-- the step at hand and ends with it.
alter table casework_case add column assignee text not null default '';
alter table casework_case add column assignee_post text not null default '';
-- What a desk lists, in one place: todo, waiting or audit, for which role, and
-- whether an officer of any state may take it. Nothing waits where work is ''.
alter table casework_case add column work text not null default '';
alter table casework_case add column work_role text not null default '';
alter table casework_case add column work_any boolean not null default false;

update casework_case set work_role = case when role <> '' then role else audit_role end,
	work = case when role = '' and audit_role = '' then '' when role = '' then 'audit' when state = 'waiting' then 'waiting' else 'todo' end,
	work_any = case when role <> '' then other_branch else audit_other end;
-- What waits for an applicant comes behind what is due, by when the answer is.
update casework_case set queue_at = 4611686018427387904 + answer_due_at where state = 'waiting' and due_at = 0 and answer_due_at > 0;

drop index casework_case_role;
drop index casework_case_audit;
create index casework_case_work on casework_case (work_role, work_any, work, calendar, queue_at, ref, kind, assignee) where work <> '';
create index casework_case_work_new on casework_case (work_role, work_any, work, calendar, received_at, ref) where work <> '';
create index casework_case_unit on casework_case (unit, work, calendar, queue_at, ref, kind, assignee) where work <> '';
create index casework_case_unit_new on casework_case (unit, work, calendar, received_at, ref) where work <> '';
create index casework_case_assignee on casework_case (assignee, work, calendar, queue_at, ref) where assignee <> '';
create index casework_case_every on casework_case (work, calendar, queue_at, ref) where work <> '';
create index casework_case_newest on casework_case (received_at, ref);
