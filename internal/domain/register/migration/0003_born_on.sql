-- A counter finds who has no papers by name and day of birth.
create index register_person_born_on on register_person (born_on);
