package db_test

import (
	"context"
	"errors"
	"testing"
	"testing/fstest"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

var thing = db.Migration{Part: "thing", FS: fstest.MapFS{"migration/0001_start.sql": {Data: []byte(`
create table thing_thing (
	id text primary key, -- it's; a comment
	n bigint not null,
	flag boolean not null default false,
	weight double,
	data bytes,
	text text not null default 'a;b ('
);
create index thing_n on thing_thing (n, id) where flag;
alter table thing_thing add column note text;
`)}}}

type row struct {
	id   string
	n    int64
	flag bool
	w    *float64
	data []byte
	text string
}

func scanRow(s db.Scanner) (r row, err error) {
	err = s.Scan(&r.id, &r.n, &r.flag, &r.w, &r.data, &r.text)
	return r, err
}

func write(t *testing.T, d *db.DB, q string, args ...any) error {
	t.Helper()
	return d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(q, args...)
		return err
	})
}

func TestRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		hooked := false
		err := d.Write(ctx, func(tx *db.Tx) error {
			tx.OnCommit(func() { hooked = true })
			n, err := tx.Exec("insert into thing_thing (n, id, flag, weight, data, text) values ($2, $1, $3, $4, $5, $6)", "a", 7, true, 1.5, []byte{0, 1}, "ñ")
			if n != 1 {
				t.Errorf("%d rows", n)
			}
			return err
		})
		if err != nil || !hooked {
			t.Fatal(err, hooked)
		}
		err = d.Read(ctx, func(tx *db.Tx) error {
			r, err := db.One(tx, scanRow, "select id, n, flag, weight, data, text from thing_thing where id in ("+db.In(1, 2)+") and flag", "a", "b")
			if err != nil || r.n != 7 || !r.flag || *r.w != 1.5 || len(r.data) != 2 || r.text != "ñ" {
				t.Errorf("%+v %v", r, err)
			}
			if _, err := db.One(tx, scanRow, "select id, n, flag, weight, data, text from thing_thing where id = $1", "z"); !errors.Is(err, db.ErrNoRows) {
				t.Error(err)
			}
			if all, err := db.List(tx, scanRow, "select id, n, flag, weight, data, text from thing_thing"); err != nil || len(all) != 1 {
				t.Error(all, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}, thing)
}

func TestErrorEndsTx(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		insert := "insert into thing_thing (id, n) values ($1, $2)"
		if err := write(t, d, insert, "a", 1); err != nil {
			t.Fatal(err)
		}
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			tx.Exec(insert, "b", 1)
			tx.Exec(insert, "a", 1) // its error is swallowed, and yet ends the Tx
			_, err := tx.Exec(insert, "c", 1)
			if err == nil {
				t.Error("a statement ran on a Tx that had failed")
			}
			return nil
		})
		if !db.IsUnique(err) {
			t.Fatal(err)
		}
		if err := write(t, d, insert, "b\x00", 1); fault.CodeOf(err) != fault.Invalid {
			t.Error(err)
		}
		if err := write(t, d, insert, "b\xff", 1); fault.CodeOf(err) != fault.Invalid {
			t.Error(err)
		}
		if err := write(t, d, insert, "b", "text"); err == nil {
			t.Error("text went into a bigint")
		}
		count(t, d, 1)
	}, thing)
}

func count(t *testing.T, d *db.DB, want int64) {
	t.Helper()
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		var n int64
		if err := tx.QueryRow("select count(*) from thing_thing").Scan(&n); err != nil {
			return err
		}
		if n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A check is part of the transaction: where it says no, nothing is written.
func TestOnlyIf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		no := errors.New("it is over")
		insert := func(id string) error {
			ctx := db.OnlyIf(context.Background(), func(tx *db.Tx) error {
				var n int64
				err := tx.QueryRow("select count(*) from thing_thing").Scan(&n)
				if err == nil && n > 0 {
					err = no
				}
				return err
			})
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec("insert into thing_thing (id, n) values ($1, 1)", id)
				return err
			})
		}
		if err := insert("a"); err != nil {
			t.Fatal(err)
		}
		if err := insert("b"); !errors.Is(err, no) {
			t.Error(err)
		}
		if err := write(t, d, "insert into thing_thing (id, n) values ('b', 1)"); err != nil {
			t.Error("it was written all the same:", err)
		}
	}, thing)
}
