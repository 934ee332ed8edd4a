-- Whether others use the device after its person.
alter table actor_session add column kiosk boolean not null default false;
