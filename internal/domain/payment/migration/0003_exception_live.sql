-- A note is of real money or of tests, as what it is about. One of before is what
-- its attempt, its payment or its debit is; where none is known, it is of real
-- money if its agency takes any: nothing of that drops off the desk.
alter table payment_exception add column live boolean not null default false;
update payment_exception set live = case
	when exists (select 1 from payment_attempt a where a.id = payment_exception.attempt and a.agency = payment_exception.agency)
		then exists (select 1 from payment_attempt a where a.id = payment_exception.attempt and a.live)
	when exists (select 1 from payment_payment p where p.id = payment_exception.attempt and p.agency = payment_exception.agency)
		then exists (select 1 from payment_payment p where p.id = payment_exception.attempt and p.live)
	when exists (select 1 from payment_debit d where d.agency = payment_exception.agency and d.bank_ref = payment_exception.bank_ref)
		then exists (select 1 from payment_debit d where d.agency = payment_exception.agency and d.bank_ref = payment_exception.bank_ref and d.live)
	else exists (select 1 from payment_payment p where p.agency = payment_exception.agency and p.live) end;
drop index payment_exception_open;
drop index payment_exception_of;
create index payment_exception_open on payment_exception (agency, live, at) where closed_at = 0;
create unique index payment_exception_of on payment_exception (agency, live, kind, attempt, bank_ref);
