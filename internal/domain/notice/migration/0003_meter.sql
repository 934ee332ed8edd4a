-- Limits are counted by the spine's meter. What was taken today is forgotten
-- once, with these.
drop table notice_lot;
drop table notice_day;
