-- What waits for a server or a provider, oldest first. Letters wait for their
-- day and are not late.
create index notify_delivery_queued on notify_delivery (at) where state = 'queued' and channel <> 'letter';
