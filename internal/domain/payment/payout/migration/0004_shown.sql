-- The day and the statement on which a bank showed that a payment came back.
alter table payout_line add column shown_day text not null default '';
alter table payout_line add column shown_on text not null default '';
