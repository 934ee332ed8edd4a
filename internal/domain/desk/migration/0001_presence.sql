-- When an officer last opened a case, and what they had seen of it by then. A
-- sitting is a row that is renewed; before_version is what was seen in the
-- sitting before.
create table desk_presence (
	ref             text not null,
	person          text not null,
	name            text not null,
	title_ms        text not null,
	title_en        text not null,
	since_at        bigint not null,
	renewed_at      bigint not null,
	seen_version    bigint not null,
	before_version  bigint not null,
	before_at       bigint not null,
	primary key (ref, person)
);

-- Phrases that an officer keeps for themselves.
create table desk_phrase (
	id          text primary key,
	person      text not null,
	text_ms     text not null,
	text_en     text not null,
	created_at  bigint not null,
	deleted_at  bigint not null
);

create index desk_phrase_person on desk_phrase (person, created_at);
