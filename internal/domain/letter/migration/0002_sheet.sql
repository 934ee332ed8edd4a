-- A letter that an agency's own system had written. It is nobody's in
-- particular: name and address are the system's, and stand in letter_letter.
create table letter_sheet (
	letter  text not null primary key,
	sender  text not null, -- the sender's own id of it
	agency  text not null,
	lang    text not null,
	lines   text not null, -- of the address, joined by line ends
	subject text not null,
	body    text not null,
	file    text not null -- SHA-256 of a PDF that is posted as it is, or ''
);
create unique index letter_sheet_sender on letter_sheet (sender);
