-- When the bank took back what paid a payment; unix microseconds, 0 where it did not.
alter table payment_payment add column taken_back_at bigint not null default 0;
update payment_payment set taken_back_at = (select coalesce(min(e.at), payment_payment.ended_at) from payment_exception e join payment_attempt a on a.id = e.attempt and a.bank_ref = e.bank_ref
	where e.kind = 'reversed' and a.id = payment_payment.attempt)
	where status = 'success' and exists (select 1 from payment_attempt a join payment_debit d on d.agency = a.agency and d.live = a.live and d.bank_ref = a.bank_ref
		where a.id = payment_payment.attempt and d.is_reversed);
