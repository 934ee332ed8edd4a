-- What banks declined, and payers cancelled there, is counted by the overview.
create index payment_event_refused on payment_event (at) where code <> '' and status in ('started', 'submitted');
