-- The device and program that a session was begun with, as its person knows it.
alter table actor_session add column device text not null default '';
