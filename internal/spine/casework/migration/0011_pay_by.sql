-- Until when a fee can be paid; then the case lapses. 0 where nothing is owed, or
-- from before there was such a day.
alter table casework_case add column pay_by_at bigint not null default 0;
