-- When a message was sent the last time: what the bank says of it is no refusal while
-- an earlier sending may still be on its way. A message that the bank did not take is
-- sent again at next_at, which one that was sent has for the next question.
alter table payout_chunk add column tried_at bigint not null default 0;
create index payout_chunk_untaken on payout_chunk (batch) where state = 'waiting' and tries > 0;
