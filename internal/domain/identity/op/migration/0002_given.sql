-- Who said yes to a request that has its code or waits to be fetched: what they
-- take back before the program comes for it is not given. given_by is another
-- where somebody acts for them.
alter table op_request add column given_of text not null default '';
alter table op_request add column given_by text not null default '';
create index op_request_given_of on op_request (given_of) where given_of <> '';
create index op_request_given_by on op_request (given_by) where given_by <> '';
