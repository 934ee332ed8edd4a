-- An officer may look for a whole name.
create index register_person_name on register_person (upper(name));
