package db

import (
	"strings"
	"testing"
)

func TestStatements(t *testing.T) {
	text := `-- a table; it's here
create table "a" (
	text text not null default 'text; -- not a comment', -- trailing
	bytes bytes, n bigint check (n > 0 and text <> 'it''s'),
	d double, b boolean, primary key (text, bytes)
);
create index a_i on a (text, n) where b;
alter table a add column more text;
insert into a (text, n) values (cast(1 as text), 2);
`
	want := map[string][]string{
		"sqlite": {
			`create table "a" ( text text not null default 'text; -- not a comment', bytes blob, n integer check (n > 0 and text <> 'it''s'), d real, b integer, primary key (text, bytes) ) strict`,
			`create index a_i on a (text, n) where b`,
			`alter table a add column more text`,
			`insert into a (text, n) values (cast(1 as text), 2)`,
		},
		"postgres": {
			`create table "a" ( text text collate "C" not null default 'text; -- not a comment', bytes bytea, n bigint check (n > 0 and text <> 'it''s'), d double precision, b boolean, primary key (text, bytes) )`,
			`create index a_i on a (text, n) where b`,
			`alter table a add column more text collate "C"`,
			`insert into a (text, n) values (cast(1 as text), 2)`,
		},
	}
	for engine, list := range want {
		got := statements(text, engine)
		for i := range max(len(got), len(list)) {
			if i >= len(got) || i >= len(list) || strings.Join(strings.Fields(got[i]), " ") != list[i] {
				t.Fatalf("%s: got %q, want %q", engine, got, list)
			}
		}
	}
}

func TestIn(t *testing.T) {
	if In(3, 2) != "$3,$4" || In(1, 0) != "null" || Tuples(2, 3) != "($1,$2,$3),($4,$5,$6)" {
		t.Error(In(3, 2), In(1, 0), Tuples(2, 3))
	}
}

func TestUnnamed(t *testing.T) {
	for q, want := range map[string]string{
		`select 1`: `select 1`,
		`a in ($1,$2) and b = '$9''$1' and "$8"=$3`: `a in (?,?) and b = '$9''$1' and "$8"=?`,
		`a = $1 or b = $1`:                          `a = $1 or b = $1`,
		`a = $2 and b = $1`:                         `a = $2 and b = $1`,
		`a = $1 and b = ?`:                          `a = $1 and b = ?`,
		`/* by value */ select $1`:                  `/* by value */ select $1`,
		"select $1 -- it's $2\n, $2":                "select $1 -- it's $2\n, $2",
		`select $01`:                                `select $01`,
		`values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`:   `values (?,?,?,?,?,?,?,?,?,?)`,
	} {
		if got := unnamed(q); got != want {
			t.Errorf("%s: %s", q, got)
		}
	}
}
