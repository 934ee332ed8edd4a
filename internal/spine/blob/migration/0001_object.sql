-- Files of a hall over PostgreSQL that has no bucket: any process finds them.
create table blob_object (
	sha  text not null primary key,
	data bytes not null
);
