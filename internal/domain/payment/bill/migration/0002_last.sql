-- The last four digits of the number that a bill was made to: with them its
-- holder finds it, whether the register knows the number or not. Bills of before
-- have none, and are compared with what the register says.
alter table bill_bill add column last_four text not null default '';
-- Who looks a bill up types its number in whatever case.
create index bill_bill_typed on bill_bill (agency, live, lower(number));
