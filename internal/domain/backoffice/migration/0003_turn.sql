-- Which reading of a file its jobs belong to: one that was given up is begun
-- anew, and what is left of the old one writes nothing more. Files that are
-- being read now are read again from their first row; their rows count once.
delete from backoffice_file;
alter table backoffice_file add column turn text not null default '';
