-- What nobody owed is looked for by the debit that brought it: who pays a sen a thousand
-- times with an edited QR gets it back, and would have all of it gone through each time.
create index payment_refund_debit on payment_refund (debit, payment, id) where is_unapplied;
create index payment_exception_stranger on payment_exception (agency, live, bank_ref) where kind = 'stranger';
