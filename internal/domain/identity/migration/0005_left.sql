-- Whether the session that a token opened was ended by its person: whoever
-- sends a form with it afterwards may be somebody else at the same device.
alter table identity_seen add column left_at bigint not null default 0;
-- Whether a kept form is asked about before it is sent.
alter table identity_stash add column doubtful boolean not null default false;
