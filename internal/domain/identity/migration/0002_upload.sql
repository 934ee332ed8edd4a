-- Files of an import between its preview and its confirmation.
create table identity_upload (
	id         text primary key,
	person     text not null,
	files      bytes not null,
	expires_at bigint not null
);
create index identity_upload_expiry on identity_upload (expires_at);
