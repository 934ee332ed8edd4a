-- Who typed last for the person, as their page says it; '' the person.
alter table service_draft add column typed_by text not null default '';
