-- The address as it is looked for, in small letters.
alter table directory_person add column folded text not null default '';
update directory_person set folded = lower(mail);
create index directory_person_folded on directory_person (folded) where folded <> '';
