package db_test

import (
	"errors"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

func putLater(id string) func(*db.Tx) error {
	return func(tx *db.Tx) error { return tx.Later("insert into thing_thing (id, n) values ($1, 1)", id) }
}

// What an act does not wait for is there for its next statement and in the commit,
// and is refused with it, as is what stood beside it.
func TestLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		followed := false
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.OnCommit(func() { followed = true })
			var n, touched int64
			err := errors.Join(putLater("a")(tx), putLater("b")(tx), tx.LaterOne("update thing_thing set n = 5 where id = $1", "a"),
				tx.InsertLater(db.Table{Name: "thing_thing", Columns: []db.Column{{Name: "id"}, {Name: "n"}}}, [][]any{{"c", int64(7)}}),
				tx.QueryRow("select cast(sum(n) as bigint) from thing_thing").Scan(&n), putLater("d")(tx))
			if err == nil {
				touched, err = tx.Exec("update thing_thing set n = 0")
			}
			if n != 13 || touched != 4 {
				t.Errorf("a sum of %d, %d touched", n, touched)
			}
			return errors.Join(err, putLater("e")(tx))
		})
		if err != nil || !followed {
			t.Fatal(err)
		}
		count(t, d, 5)
		followed = false
		taken := func(then func(*db.Tx) error) func(*db.Tx) error {
			return func(tx *db.Tx) error {
				tx.OnCommit(func() { followed = true })
				return errors.Join(putLater("f")(tx), putLater("a")(tx), then(tx))
			}
		}
		for what, then := range map[string]func(*db.Tx) error{
			"nothing": func(*db.Tx) error { return nil },
			"a query": func(tx *db.Tx) error { var n int64; return tx.QueryRow("select count(*) from thing_thing").Scan(&n) },
			"a write": put("g"), "a lock": func(tx *db.Tx) error { return tx.Lock("x") },
			"one unasked": func(tx *db.Tx) error { putLater("g")(tx); return nil },
		} {
			err := d.Write(t.Context(), taken(then))
			if !db.IsUnique(err) || !strings.Contains(err.Error(), "insert into thing_thing") {
				t.Errorf("with %s after it: %v", what, err)
			}
		}
		none := func(tx *db.Tx) error {
			return errors.Join(putLater("f")(tx), tx.LaterOne("update thing_thing set n = 1 where id = 'z'"))
		}
		if err := d.Write(t.Context(), none); err == nil || !strings.Contains(err.Error(), "one row") {
			t.Errorf("a statement for one row that there is not: %v", err)
		}
		for _, read := range []func(func(*db.Tx) error) error{
			func(fn func(*db.Tx) error) error { return d.Read(t.Context(), fn) },
			func(fn func(*db.Tx) error) error { return d.ReadOne(t.Context(), fn) },
		} {
			if err := read(putLater("f")); err == nil {
				t.Error("a read wrote")
			}
		}
		if followed {
			t.Error("what follows an act followed one that failed")
		}
		count(t, d, 5)
	}, thing)
}

// A statement that is not for one row may touch none, or several; one that is may
// touch neither.
func TestLaterTouches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := errors.Join(d.Write(t.Context(), put("a")), d.Write(t.Context(), put("b"))); err != nil {
			t.Fatal(err)
		}
		for q, many := range map[string]bool{"update thing_thing set n = n + 1": true, "update thing_thing set n = n + 1 where id = 'z'": true, "update thing_thing set n = n + 1 where id = 'a'": false} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.Later(q) }); err != nil {
				t.Errorf("%s: %v", q, err)
			}
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.LaterOne(q) }); (err != nil) != many {
				t.Errorf("%s, for one row: %v", q, err)
			}
		}
	}, thing)
}

// In a lane too an act answers for what it did not wait for, and for nothing else.
func TestLaterInLane(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		no := errors.New("no")
		errs := inLane(t, d,
			putLater("a"),
			func(tx *db.Tx) error { return errors.Join(putLater("b")(tx), no) },
			putLater("a"), // there already
			func(tx *db.Tx) error { return errors.Join(putLater("c")(tx), putLater("d")(tx)) },
			func(tx *db.Tx) error { putLater("e")(tx); panic("oh") },
			putLater("f"))
		if errs[0] != nil || !errors.Is(errs[1], no) || !db.IsUnique(errs[2]) || errs[3] != nil || errs[4] == nil || errs[5] != nil {
			t.Error(errs)
		}
		count(t, d, 4)
		errs = inLane(t, d, putLater("g"), func(tx *db.Tx) error {
			return errors.Join(putLater("h")(tx), tx.LaterOne("update thing_thing set n = 1 where id = 'z'"))
		}, putLater("i"))
		if errs[0] != nil || errs[1] == nil || errs[2] != nil {
			t.Error(errs)
		}
		count(t, d, 6)
	}, thing)
}
