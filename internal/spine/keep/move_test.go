package keep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/spine/archive"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// many gives the hall a table of several pages.
func (h *hall) many(n int) {
	h.t.Helper()
	h.write(func(tx *db.Tx) error {
		for i := range n {
			if _, err := tx.Exec("insert into thing_thing (id, n, file, files) values ($1, $2, '', '')", fmt.Sprintf("many %06d", i), i); err != nil {
				return err
			}
		}
		return nil
	})
}

// closed insists that a database opens to nobody, with a sentence.
func closed(t *testing.T, dsn, says string) {
	t.Helper()
	d, err := db.Open(context.Background(), dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if h, err := EnterDB(context.Background(), d, "balai serve"); err == nil || !strings.Contains(err.Error(), says) {
		h.Release()
		t.Errorf("%v, not %q", err, says)
	}
}

// until ends a run at the n-th step that it tells of.
func until(n int) (context.Context, archive.Progress) {
	ctx, cancel := context.WithCancel(context.Background())
	return ctx, func(string, int64, int64) {
		if n--; n < 0 {
			cancel()
		}
	}
}

// A move that is ended again and again comes to its end with the same rows and
// the same journal; meanwhile neither side opens. Then the hall moves back.
func TestMoveThereAndBack(t *testing.T) {
	for _, from := range dbtest.Engines() {
		for _, to := range dbtest.Engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				ctx := context.Background()
				h := newHall(t, from)
				h.many(6000)
				want := content(t, h.db)
				h.close()
				target := dbtest.DSN(t, to)
				runs, most := 0, int64(0)
				var out Moved
				for n := 1; ; n += 3 {
					if n > 300 {
						t.Fatal("it comes to no end")
					}
					stop, progress := until(n)
					var err error
					if out, err = Move(stop, h.Hall, target, progress); err == nil {
						break
					}
					if !errors.Is(err, context.Canceled) {
						t.Fatal(err)
					}
					runs, most = runs+1, max(most, out.Resumed)
					closed(t, h.DSN, "this hall is being moved to "+Named(target))
					closed(t, target, "only half filled from "+Named(h.DSN))
				}
				if runs < 5 || most == 0 || out.Head.Size != 30 || out.Rows < 6030 {
					t.Errorf("%d runs, %d rows resumed, %+v", runs, most, out)
				}
				closed(t, h.DSN, "its database is now "+Named(target))
				old := h.DSN
				h.DSN = DatabaseOf(h.Data)
				if h.DSN == old {
					t.Fatal("the data folder does not know of the move")
				}
				h.open()
				h.same(want, h)
				h.live(3)
				want = content(t, h.db)
				h.close()

				back := old // an SQLite file that was left is kept aside
				if from == "postgres" {
					back = dbtest.DSN(t, from)
				}
				if out, err := Move(ctx, h.Hall, back, quiet); err != nil || out.Head.Size != 33 || (out.Aside != "") != (from == "sqlite") {
					t.Fatalf("%+v %v", out, err)
				}
				if h.DSN = DatabaseOf(h.Data); Named(h.DSN) != Named(back) {
					t.Errorf("the folder says %s, not %s", h.DSN, back)
				}
				h.open()
				h.same(want, h)
			})
		}
	}
}

// Between the two last commits of a move nobody opens either side, and a
// second run makes the rest.
func TestMoveEndedAtTheChange(t *testing.T) {
	for _, to := range dbtest.Engines() {
		t.Run(to, func(t *testing.T) {
			ctx := context.Background()
			h := newHall(t, "sqlite")
			want := content(t, h.db)
			h.close()
			target := dbtest.DSN(t, to)
			if _, err := Move(ctx, h.Hall, target, quiet); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(ctx, target, nil)
			h.must(err)
			m, err := d.Marked(ctx)
			h.must(err)
			m.State = db.Filling // as the last commit found it
			h.must(d.SetMark(ctx, m))
			h.must(d.Close())
			h.must(os.Remove(filepath.Join(h.Data, databaseFile)))
			closed(t, h.DSN, "its database is now")
			closed(t, target, "only half filled")
			if _, err := Move(ctx, h.Hall, dbtest.DSN(t, to), quiet); err == nil || !strings.Contains(err.Error(), "this hall has moved") {
				t.Error("moved to two places: ", err)
			}
			if err := Stay(ctx, h.Hall); err == nil || !strings.Contains(err.Error(), "the move has ended") {
				t.Error(err)
			}
			if _, err := Move(ctx, h.Hall, target, quiet); err != nil {
				t.Fatal(err)
			}
			h.DSN = DatabaseOf(h.Data)
			h.open()
			h.same(want, h)
		})
	}
}

func TestMoveIsRefusedOrStopped(t *testing.T) {
	for _, to := range dbtest.Engines() {
		t.Run(to, func(t *testing.T) {
			ctx := context.Background()
			h := newHall(t, "sqlite")
			target := dbtest.DSN(t, to)
			refused := func(to, says string) {
				t.Helper()
				if _, err := Move(ctx, h.Hall, to, quiet); err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("%v, not %q", err, says)
				}
			}
			refused(target, "is in use by balai serve (process ")
			h.close()
			refused(h.DSN, "the hall is in "+Named(h.DSN)+" already")
			full := dbtest.DSN(t, to)
			d, err := db.Open(ctx, full, nil)
			h.must(err)
			h.must(d.Migrate(ctx, thing))
			refused(full, "the database is not empty")
			h.must(d.Close())
			if err := Stay(ctx, h.Hall); err == nil || !strings.Contains(err.Error(), "is not being moved") {
				t.Error(err)
			}
			// Stopped in the middle: the hall opens where it was, and what it does
			// then is in the next move.
			stop, progress := until(12)
			if _, err := Move(stop, h.Hall, target, progress); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			refused(dbtest.DSN(t, to), "this hall is being moved to")
			h.must(Stay(ctx, h.Hall))
			closed(t, target, "only half filled")
			h.open()
			h.live(2)
			want := content(t, h.db)
			h.close()
			if _, err := Move(ctx, h.Hall, target, quiet); err != nil {
				t.Fatal(err)
			}
			h.DSN = DatabaseOf(h.Data)
			h.open()
			h.same(want, h)
		})
	}
}
