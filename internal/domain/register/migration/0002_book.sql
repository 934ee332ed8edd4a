-- Entries of the registers of which the catalogue says all. key is whom or what
-- an entry is about: a person, a household or a postcode. once is what there
-- may be only one valid entry of, or empty.
create table register_book (
	entry text primary key,
	path text not null,
	key text not null,
	once text not null,
	number text not null,
	content text not null,
	case_ref text not null,
	status text not null,
	version bigint not null,
	as_of_at bigint not null
);
create index register_book_key on register_book (path, key, status);
create index register_book_case on register_book (case_ref);
create unique index register_book_number on register_book (path, number);
create unique index register_book_once on register_book (path, key, once) where status = 'valid' and once <> '';
create index register_version_case on register_version (case_ref);
