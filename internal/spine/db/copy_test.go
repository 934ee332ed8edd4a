package db_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"pgregory.net/rapid"
)

var copied = db.Migration{Part: "copy", Blobs: []string{"copy_row.data"}, FS: fstest.MapFS{
	"migration/0001_start.sql": {Data: []byte(`create table copy_row (a text not null, n bigint not null, flag boolean, data bytes, note text, primary key (n, a));
create index copy_row_note on copy_row (note) where flag;`)},
	"migration/0002_more.sql": {Data: []byte(`alter table copy_row add column weight double; update copy_row set note = 'x'; insert into copy_row (a, n) values ('made by a migration', 0);`)},
}}

func schemaOf(t *testing.T, d *db.DB, sets ...db.Migration) (db.Table, []db.Applied) {
	t.Helper()
	applied, err := d.Applied(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	tables, err := db.Schema(applied, sets...)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 1 {
		t.Fatalf("%d tables", len(tables))
	}
	return tables[0], applied
}

// lines is a table's content, as every copy has it.
func lines(t *testing.T, d *db.DB, table db.Table) (all []byte, pages int) {
	t.Helper()
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Pages(table, nil, func(rows [][]any) (err error) {
			for _, r := range rows {
				if all, err = db.AppendRow(all, table, r); err != nil {
					return err
				}
			}
			pages++
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, pages
}

// Whatever a row holds, it comes through both engines and the text of a file
// as it was.
func TestRowsComeThrough(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table, _ := schemaOf(t, d, copied)
		text := func(label string) *rapid.Generator[any] {
			return rapid.Custom(func(r *rapid.T) any {
				return strings.ReplaceAll(strings.ToValidUTF8(rapid.String().Draw(r, label), "?"), "\x00", "")
			})
		}
		rapid.Check(t, func(r *rapid.T) {
			n := rapid.IntRange(1, 20).Draw(r, "rows")
			var rows [][]any
			seen := map[string]bool{}
			for range n {
				row := []any{text("a").Draw(r, "a"), rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 1<<53 + 1, 0})).Draw(r, "n"),
					nil, nil, nil, nil}
				if rapid.Bool().Draw(r, "full") {
					row[2], row[3], row[4] = rapid.Bool().Draw(r, "flag"), rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(r, "data"), text("note").Draw(r, "note")
					row[5] = rapid.Float64().Draw(r, "weight")
				}
				if key := fmt.Sprintf("%d %s", row[1], row[0]); !seen[key] {
					seen[key] = true
					rows = append(rows, row)
				}
			}
			slices.SortFunc(rows, func(x, y []any) int {
				if x[1] != y[1] {
					if x[1].(int64) < y[1].(int64) {
						return -1
					}
					return 1
				}
				return strings.Compare(x[0].(string), y[0].(string))
			})
			var want []byte
			for _, row := range rows {
				line, err := db.AppendRow(nil, table, row)
				if err != nil {
					t.Fatal(err)
				}
				again, err := db.ParseRow(table, line)
				if err != nil {
					t.Fatal(err)
				}
				if second, _ := db.AppendRow(nil, table, again); !bytes.Equal(line, second) {
					t.Fatalf("%s became %s", line, second)
				}
				want = append(want, line...)
			}
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				if err := tx.Empty(table); err != nil {
					return err
				}
				return tx.Insert(table, rows)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := lines(t, d, table); !bytes.Equal(got, want) {
				t.Fatalf("in:\n%s\nout:\n%s", want, got)
			}
		})
	}, copied)
}

// Many rows that are alike in some columns, for a while or throughout, come through
// as they were.
func TestAlikeRowsComeThrough(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		table, _ := schemaOf(t, d, copied)
		for name, differ := range map[string]func(i int, row []any){
			"but for the key": func(int, []any) {},
			"but for a flag":  func(i int, row []any) { row[2] = i%2 == 0 },
			"but for one":     func(i int, row []any) { row[4] = map[bool]any{true: "other", false: "note"}[i == 700] },
			"bytes and null":  func(i int, row []any) { row[3], row[5] = []byte{1, 2}, nil },
			"at first":        func(i int, row []any) { row[4] = fmt.Sprint(max(0, i-300)) },
		} {
			for _, n := range []int{1, 15, 16, 17, 160, 161, 1500} {
				var rows [][]any
				var want []byte
				for i := range n {
					row := []any{"a", int64(i), true, []byte("data"), "note", 0.5}
					differ(i, row)
					line, err := db.AppendRow(nil, table, row)
					if err != nil {
						t.Fatal(err)
					}
					rows, want = append(rows, row), append(want, line...)
				}
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					if err := tx.Empty(table); err != nil {
						return err
					}
					return tx.Insert(table, rows)
				})
				if err != nil {
					t.Fatal(name, n, err)
				}
				if got, _ := lines(t, d, table); !bytes.Equal(got, want) {
					t.Errorf("%d rows alike %s did not come through", n, name)
				}
			}
		}
	}, copied)
}

// A table of several pages, one of them of very long rows, is read whole, and
// from any row on.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		table, _ := schemaOf(t, d, copied)
		var rows [][]any
		for n := range int64(9000) {
			row := []any{"a", n, true, []byte{}, nil, nil}
			if n > 500 && n < 510 {
				row[3] = bytes.Repeat([]byte{byte(n)}, 1<<20)
			}
			rows = append(rows, row)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Empty(table); err != nil {
				return err
			}
			return tx.Insert(table, rows)
		})
		if err != nil {
			t.Fatal(err)
		}
		all, pages := lines(t, d, table)
		if n := bytes.Count(all, []byte("\n")); n != 9000 || pages < 5 {
			t.Errorf("%d rows in %d pages", n, pages)
		}
		next := int64(506)
		err = d.Read(ctx, func(tx *db.Tx) error {
			return tx.Pages(table, []any{int64(505), "a"}, func(page [][]any) error {
				size := 0
				for _, row := range page {
					if row[1] != next {
						t.Fatalf("row %v, not %d", row[1], next)
					}
					size += len(row[3].([]byte))
					next++
				}
				if size > 5<<20 {
					t.Errorf("a page of %d bytes", size)
				}
				return nil
			})
		})
		if err != nil || next != 9000 {
			t.Error(next, err)
		}
	}, copied)
}

// A copy begins with the tables as they were in the other database, and what a
// later migration does, it does to the rows.
func TestMigrateTo(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			d := dbtest.Open(t, engine)
			first := []db.Applied{{Part: "copy", Number: 1, Name: "0001_start", Digest: digestOf(t, "0001_start")}}
			if err := d.MigrateTo(ctx, first, copied); err != nil {
				t.Fatal(err)
			}
			table, applied := schemaOf(t, d, copied)
			if len(applied) != 1 || len(table.Columns) != 5 || len(table.Blobs) != 1 || table.Columns[2] != (db.Column{Name: "flag", Type: "boolean"}) {
				t.Fatalf("%+v %+v", applied, table)
			}
			err := d.Write(ctx, func(tx *db.Tx) error { return tx.Insert(table, [][]any{{"a", int64(1), true, nil, "old"}}) })
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Migrate(ctx, copied); err != nil {
				t.Fatal(err)
			}
			table, _ = schemaOf(t, d, copied)
			if got, _ := lines(t, d, table); string(got) != "[\"made by a migration\",0,null,null,null,null]\n[\"a\",1,true,null,\"x\",null]\n" {
				t.Errorf("%s", got)
			}
			first[0].Digest = "other"
			if err := d.MigrateTo(ctx, first, copied); err == nil {
				t.Error("a migration that is another one here was taken")
			}
			first[0].Number = 9
			if err := d.MigrateTo(ctx, first, copied); err == nil {
				t.Error("a migration that is not known here was taken")
			}
		})
	}
}

// digestOf is how a migration is told, read from a database that has it.
func digestOf(t *testing.T, name string) string {
	_, applied := schemaOf(t, dbtest.Open(t, "sqlite", copied), copied)
	for _, a := range applied {
		if a.Name == name {
			return a.Digest
		}
	}
	t.Fatal(name)
	return ""
}

// How far a copy is stands in the database that is filled, with its mark.
func TestMarkAndProgress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		table, _ := schemaOf(t, d, copied)
		if m, err := d.Marked(ctx); m != nil || err != nil {
			t.Fatal(m, err)
		}
		want := db.Mark{State: db.Filling, Other: "elsewhere", At: 7, ID: "x"}
		if err := d.SetMark(ctx, &want); err != nil {
			t.Fatal(err)
		}
		if m, err := d.Marked(ctx); err != nil || *m != want {
			t.Fatal(m, err)
		}
		err := d.Write(ctx, func(tx *db.Tx) error {
			if p, err := tx.ProgressOf(table); err != nil || p.Rows != 0 || p.Done || p.After != nil {
				t.Errorf("%+v %v", p, err)
			}
			return tx.SetProgress(table, db.Progress{Rows: 3, After: []any{int64(math.MaxInt64), "a\"b"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			p, err := tx.ProgressOf(table)
			if err != nil || p.Rows != 3 || len(p.After) != 2 || p.After[0] != int64(math.MaxInt64) || p.After[1] != "a\"b" {
				t.Errorf("%+v %v", p, err)
			}
			foreign, err := d.Foreign(tx, []db.Table{table})
			if err != nil || len(foreign) != 0 {
				t.Error(foreign, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.SetMark(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if m, err := d.Marked(ctx); m != nil || err != nil {
			t.Fatal(m, err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return tx.Drop([]db.Table{table}) }); err != nil {
			t.Fatal(err)
		}
		if applied, err := d.Applied(ctx); len(applied) != 0 || err != nil {
			t.Error(applied, err)
		}
	}, copied)
}

func TestParseRowRefuses(t *testing.T) {
	table := db.Table{Name: "t", Columns: []db.Column{{Name: "n", Type: "bigint"}, {Name: "f", Type: "boolean"}, {Name: "d", Type: "bytes"}, {Name: "s", Type: "text"}, {Name: "w", Type: "double"}}}
	for _, line := range []string{"", "{}", "[]", `[1,true,"","","",""]`, `[1.5,true,"","","3ff8000000000000"]`, `["1",true,"","","3ff8000000000000"]`, `[9223372036854775808,true,"","","3ff8000000000000"]`,
		`[1,1,"","","3ff8000000000000"]`, `[1,true,"=","","3ff8000000000000"]`, `[1,true,"",7,"3ff8000000000000"]`, `[1,true,"","\u0000","3ff8000000000000"]`, `[1,true,"","",1.5]`} {
		if row, err := db.ParseRow(table, []byte(line)); err == nil {
			t.Errorf("%s: %v", line, row)
		}
	}
	if _, err := db.ParseRow(table, []byte(`[1,true,"","","3ff8000000000000"]`)); err != nil {
		t.Error(err)
	}
}
