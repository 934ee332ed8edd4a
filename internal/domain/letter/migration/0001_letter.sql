-- A letter: one sheet for all that a person is told of one case until it is
-- posted or handed over. Name and address are as they were on that day.
create table letter_letter (
	code     text not null primary key,
	person   text not null,
	case_ref text not null,
	lang     text not null,
	state    text not null, -- queued, posted, handed, returned
	made_at  bigint not null,
	day      text not null, -- of the batch that has it, or ''
	place    bigint not null, -- in that batch, from 1
	name     text not null,
	line     text not null,
	postcode text not null,
	city     text not null,
	region   text not null,
	pages    bigint not null,
	sha256   text not null,
	ended_at bigint not null,
	reason   text not null
);
create index letter_letter_queued on letter_letter (made_at, code) where state = 'queued';
create index letter_letter_case on letter_letter (case_ref, code);
create index letter_letter_person on letter_letter (person, case_ref) where state = 'queued';
create index letter_letter_day on letter_letter (day, place) where day <> '';

-- What a letter tells of: the messages that it carries, each in one letter.
create table letter_notice (
	message  text not null primary key,
	letter   text not null,
	text_key text not null,
	args     text not null,
	made_at  bigint not null
);
create index letter_notice_letter on letter_notice (letter, message);

-- The post of a day. It is open from the moment that its letters are chosen
-- until their files are kept.
create table letter_batch (
	day     text not null primary key,
	state   text not null, -- open, done
	made_at bigint not null,
	done_at bigint not null,
	letters bigint not null,
	pages   bigint not null,
	sha256  text not null
);
