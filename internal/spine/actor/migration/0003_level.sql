-- How strongly the person proved who they are, by what means (RFC 8176, words
-- apart by spaces), and when they last did: 0 is when the session began.
alter table actor_session add column aal bigint not null default 1;
alter table actor_session add column amr text not null default '';
alter table actor_session add column proved_at bigint not null default 0;
