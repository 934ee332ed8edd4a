-- Registers that were told of what a yes changed.
alter table service_application add column told text not null default '[]';
