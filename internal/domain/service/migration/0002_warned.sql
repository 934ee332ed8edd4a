-- When the person was told that a draft will end; 0 until then.
alter table service_draft add column warned_at bigint not null default 0;
