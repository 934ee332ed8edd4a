-- One service, newest first: without it a rare service reads the whole queue.
create index casework_case_work_kind_new on casework_case (work_role, work_any, work, calendar, kind, received_at, ref) where work <> '';
create index casework_case_unit_kind_new on casework_case (unit, work, calendar, kind, received_at, ref) where work <> '';
