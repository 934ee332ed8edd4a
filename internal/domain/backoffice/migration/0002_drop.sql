-- An agency that puts files into the drop folder, and up to which event it was
-- told there.
create table backoffice_drop (
	agency text primary key,
	seq bigint not null
);

-- A file of the drop folder that is being read.
create table backoffice_file (
	agency text not null,
	name text not null,
	at bigint not null,
	primary key (agency, name)
);
