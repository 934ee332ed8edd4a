-- What was paid at a counter no bank can send back, and the payment says so.
alter table payment_payment add column is_cash boolean not null default false;
update payment_payment set is_cash = true where attempt in (select id from payment_attempt where method = 'counter' and status = 'paid');
