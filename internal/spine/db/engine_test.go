package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

func TestNestedTransactionPanics(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		nothing := func(*db.Tx) error { return nil }
		for name, inner := range map[string]func(tx *db.Tx) error{
			"write": func(tx *db.Tx) error { return d.Write(tx.Context(), nothing) },
			"read":  func(tx *db.Tx) error { return d.Read(tx.Context(), nothing) },
		} {
			if err := d.Write(context.Background(), inner); err == nil || !strings.Contains(err.Error(), "a "+name+" inside a transaction") {
				t.Errorf("%s in a write: %v", name, err)
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s in a read did not panic", name)
					}
				}()
				d.Read(context.Background(), inner)
			}()
		}
		if err := d.Write(context.Background(), nothing); err != nil {
			t.Fatal(err)
		}
	}, thing)
}

func TestTxIsRefusedAfterItsEndAndWhileRowsAreOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var kept *db.Tx
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			kept = tx
			for i := range 3 {
				if _, err := tx.Exec("insert into thing_thing (id, n) values ($1, 1)", fmt.Sprint(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Exec("delete from thing_thing"); err == nil {
			t.Error("an ended Tx ran a statement")
		}
		err = d.Write(context.Background(), func(tx *db.Tx) error {
			rows, err := tx.Query("select id from thing_thing")
			if err != nil {
				return err
			}
			rows.Next()
			tx.Exec("delete from thing_thing")
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "still being read") {
			t.Error(err)
		}
		count(t, d, 3)
		err = d.Read(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec("delete from thing_thing")
			return err
		})
		if err == nil {
			t.Error("a read deleted rows")
		}
		count(t, d, 3)
	}, thing)
}

func TestReadIsASnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		look := func(tx *db.Tx) (n int64) {
			if err := tx.QueryRow("select count(*) from thing_thing").Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			before := look(tx)
			if err := write(t, d, "insert into thing_thing (id, n) values ('a', 1)"); err != nil {
				t.Error(err)
			}
			if after := look(tx); before != 0 || after != 0 {
				t.Errorf("%d, then %d rows", before, after)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		count(t, d, 1)
		ctx, leave := context.WithCancel(context.Background())
		err = d.Read(ctx, func(tx *db.Tx) error {
			leave()
			_, err := tx.Query("select 1")
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}, thing)
}

// Two acts that each look at what the other writes: both may not pass. Under
// READ COMMITTED, or a snapshot alone, nobody would be left on duty.
func TestNoWriteSkew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for round := range 20 {
			for i := range 8 {
				if err := write(t, d, "insert into thing_thing (id, n, flag) values ($1, $2, true)", fmt.Sprintf("%d-%d", round, i), round); err != nil {
					t.Fatal(err)
				}
			}
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					err := d.Write(context.Background(), func(tx *db.Tx) error {
						var n int64
						if err := tx.QueryRow("select count(*) from thing_thing where n = $1 and flag", round).Scan(&n); err != nil {
							return err
						}
						if n == 1 {
							return nil // the last one stays
						}
						_, err := tx.Exec("update thing_thing set flag = false where id = $1", fmt.Sprintf("%d-%d", round, i))
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			err := d.Read(context.Background(), func(tx *db.Tx) error {
				var n int64
				if err := tx.QueryRow("select count(*) from thing_thing where n = $1 and flag", round).Scan(&n); err != nil {
					return err
				}
				if n != 1 {
					t.Errorf("round %d: %d are left", round, n)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}, thing)
}

// An act that comes to a lock late, and loses for it, has it first when it is run again: it loses once.
func TestLateLock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := write(t, d, "insert into thing_thing (id, n) values ('sum', 0)"); err != nil {
			t.Fatal(err)
		}
		before := d.Stats().Reruns
		const acts = 40
		var group sync.WaitGroup
		for i := range acts {
			group.Go(func() {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					if _, err := tx.Exec("insert into thing_thing (id, n) values ($1, 0)", fmt.Sprint("act ", i)); err != nil {
						return err
					}
					if err := tx.Lock("sum"); err != nil {
						return err
					}
					_, err := tx.Exec("update thing_thing set n = n + 1 where id = 'sum'")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if s := d.Stats(); s.Reruns-before > acts {
			t.Errorf("%d reruns of %d acts", s.Reruns-before, acts)
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			var n int64
			if err := tx.QueryRow("select n from thing_thing where id = 'sum'").Scan(&n); err != nil || n != acts {
				t.Errorf("sum %d: %v", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}, thing)
}

// Acts that hold a lock from their first statement follow one another without
// a rerun.
func TestLock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := write(t, d, "insert into thing_thing (id, n) values ('sum', 0)"); err != nil {
			t.Fatal(err)
		}
		before := d.Stats().Reruns
		var group sync.WaitGroup
		for range 30 {
			group.Go(func() {
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					if err := tx.Lock("sum"); err != nil {
						return err
					}
					var n int64
					if err := tx.QueryRow("select n from thing_thing where id = 'sum'").Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec("update thing_thing set n = $1 where id = 'sum'", n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if s := d.Stats(); s.Reruns != before {
			t.Errorf("%d reruns", s.Reruns-before)
		}
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			var n int64
			if err := tx.QueryRow("select n from thing_thing where id = 'sum'").Scan(&n); err != nil {
				return err
			}
			if n != 30 {
				t.Errorf("sum %d", n)
			}
			return tx.Lock("late") // after the first statement
		})
		if err != nil {
			t.Error(err)
		}
	}, thing)
}

// Text is ordered byte by byte on both engines.
func TestTextOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, s := range []string{"b", "B", "a", "é", "Z", "_", "a b", "ab", "😀"} {
			if err := write(t, d, "insert into thing_thing (id, n) values ($1, 0)", s); err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			all, err := db.List(tx, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, "select id from thing_thing order by id")
			if got := strings.Join(all, "|"); got != "B|Z|_|a|a b|ab|b|é|😀" {
				t.Error(got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}, thing)
}

func TestMigrateRefusesWhatItDoesNotKnow(t *testing.T) {
	set := func(files ...string) db.Migration {
		fs := fstest.MapFS{}
		for i, q := range files {
			fs[fmt.Sprintf("migration/%04d_x.sql", i+1)] = &fstest.MapFile{Data: []byte(q)}
		}
		return db.Migration{Part: "x", FS: fs}
	}
	one, two := "create table x_one (id text primary key);", "create table x_two (id text primary key); insert into x_two (id) values ('a;');"
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			dsn := dbtest.DSN(t, engine)
			migrate := func(m db.Migration) error {
				d, err := db.Open(context.Background(), dsn, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				return d.Migrate(context.Background(), m)
			}
			for _, m := range []db.Migration{set(one), set(one), set(one, two), set(one, two)} {
				if err := migrate(m); err != nil {
					t.Fatal(err)
				}
			}
			if err := migrate(set(one + " ")); err == nil {
				t.Error("a database of a newer program was taken")
			} else if f, ok := fault.As(err); !ok || f.Key != "db.newer" {
				t.Error(err)
			}
			if err := migrate(set(one, two+" ")); err == nil || !strings.Contains(err.Error(), "changed after") {
				t.Error(err)
			}
			// A file that fails half-way leaves nothing behind.
			if err := migrate(set(one, two, "create table x_three (id text primary key); nonsense")); err == nil {
				t.Error("nonsense was applied")
			}
			if err := migrate(set(one, two, "create table x_three (id text primary key)")); err != nil {
				t.Error(err)
			}
			if err := migrate(db.Migration{Part: "y", FS: fstest.MapFS{"migration/0002_x.sql": {Data: []byte(one)}}}); err == nil {
				t.Error("a gap in the numbers was taken")
			}
		})
	}
}

func TestMigrateAtOnce(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			dsn := dbtest.DSN(t, engine)
			var group sync.WaitGroup
			for range 4 { // four processes start together
				group.Go(func() {
					d, err := db.Open(context.Background(), dsn, nil)
					if err != nil {
						t.Error(err)
						return
					}
					defer d.Close()
					if err := d.Migrate(context.Background(), thing); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		})
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	folder := t.TempDir()
	path := func(name string, data []byte) string {
		p := filepath.Join(folder, name)
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	good := filepath.Join(folder, "good.db")
	d, err := db.Open(context.Background(), good, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(context.Background(), thing); err != nil {
		t.Fatal(err)
	}
	err = d.Write(context.Background(), func(tx *db.Tx) error {
		for i := range 2000 {
			if _, err := tx.Exec("insert into thing_thing (id, n) values ($1, $2)", fmt.Sprint("a long enough key ", i), i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	holed := append([]byte(nil), whole...)
	copy(holed[len(holed)/2:], make([]byte, 3*4096))
	for _, c := range []struct{ dsn, key string }{
		{path("text.db", []byte(strings.Repeat("This is no database. ", 500))), "db.damaged"},
		{path("cut.db", whole[:len(whole)/2]), "db.damaged"},
		{path("hole.db", holed), "db.damaged"},
		{filepath.Join(folder, "no", "folder", "x.db"), "db.unopenable"},
		{folder, "db.unopenable"},
		{"", "db.unopenable"},
		{good + "?fast=1", "db.unopenable"},
		{"postgres://nobody@127.0.0.1:1/none?sslmode=disable", "db.unreachable"},
		{"postgres://:::", "db.unreachable"},
		{"mysql://localhost/x", ""},
		{"http://localhost/x", ""},
	} {
		d, err := db.Open(context.Background(), c.dsn, nil)
		if c.key == "" {
			if err == nil || !strings.Contains(err.Error(), "there is no kind of database") {
				t.Errorf("%s: %v", c.dsn, err)
			}
			continue
		}
		if f, ok := fault.As(err); !ok || f.Key != c.key {
			t.Errorf("%s: %v, want %s", c.dsn, err, c.key)
		}
		if err == nil {
			d.Close()
		}
	}
}
