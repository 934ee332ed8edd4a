-- Whose a phrase is: an agency's, or the officer's who keeps it where agency is
-- ''. For which step it is offered, and for one service or, where '', for all.
alter table desk_phrase add column agency text not null default '';
alter table desk_phrase add column offered_for text not null default '';
alter table desk_phrase add column service text not null default '';

create index desk_phrase_agency on desk_phrase (agency, created_at) where agency <> '';
