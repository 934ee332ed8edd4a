-- One row per act. position is null until the sequencer gives the leaf its
-- place in the log; salt and record are null when they were destroyed.
create table journal_leaf (
	leaf       text not null primary key,
	position   bigint,
	commitment bytes not null,
	salt       bytes,
	record     text
);
create unique index journal_leaf_position on journal_leaf (position) where position is not null;
create index journal_leaf_pending on journal_leaf (leaf) where position is null;

-- Whom a leaf concerns, newest first by the leaf's time-ordered id.
create table journal_subject (
	person text not null,
	leaf   text not null,
	primary key (person, leaf)
);

-- The tree's hashes, laid out as they are served: up to 256 of 32 bytes.
create table journal_tile (
	level bigint not null,
	n     bigint not null,
	data  bytes not null,
	primary key (level, n)
);

-- Every head ever signed.
create table journal_head (
	size      bigint not null primary key,
	signed_at bigint not null,
	note      text not null
);

-- Which looks were written in which quarter of an hour.
create table journal_look (
	quarter  bigint not null,
	person   text not null,
	post     text not null,
	case_ref text not null,
	subject  text not null,
	primary key (quarter, person, post, case_ref, subject)
);
