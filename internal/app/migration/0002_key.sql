-- The keys that sign for the hall, so that every process over this database
-- signs alike. Empty where the operator keeps them in a folder.
create table app_key (
	name text not null primary key, -- the file's name in the folder key
	body text not null
);
