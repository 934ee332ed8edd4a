-- When a program last asked for an answer by telephone, as often as it may.
alter table op_request add column polled_at bigint not null default 0;
