-- By what right the session acts for somebody: "KIND:ID" of a visit or a
-- mandate, or "".
alter table actor_session add column acting text not null default '';
