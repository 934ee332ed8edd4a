-- Who made a key: what is moved with it, they do not confirm.
alter table payment_key add column made_by text not null default '';
