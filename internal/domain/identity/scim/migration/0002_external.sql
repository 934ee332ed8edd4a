-- An agency's directory asks for people by its own number before it makes them.
create index scim_user_external on scim_user (agency, external_id) where external_id <> '';
