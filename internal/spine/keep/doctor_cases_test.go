package keep

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/journal"
)

// TestDoctorComparesCases: a case or an act that was deleted or rewritten by hand, and an
// act whose entry is gone, are found where everything is read, also where the
// journal itself is sound; a table that is gone is named.
func TestDoctorComparesCases(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			ctx, h := context.Background(), newHall(t, engine)
			h.must(os.WriteFile(filepath.Join(h.Data, "key", "certificate.pem"), []byte("x"), 0o600))
			h.Sets = append(slices.Clone(sets), casework.Migration())
			h.must(h.db.Migrate(ctx, h.Sets...))
			x := &doctor{Hall: h.Hall, db: h.db}
			tables, err := x.tables(ctx)
			h.must(err)
			row := func(table string, values map[string]any) (out []any) {
				zero := map[string]any{"text": "", "bigint": int64(0), "boolean": false, "double": 0.0, "bytes": []byte{}}
				for _, c := range tables[table].Columns {
					v, ok := values[c.Name]
					if !ok {
						v = zero[c.Type]
					}
					out = append(out, v)
				}
				return out
			}
			for _, ref := range []string{"A", "B", "C"} {
				h.write(func(tx *db.Tx) error {
					leaf, err := h.journal.Append(tx, journal.Record{Kind: "case.decide", Case: ref, Act: 1, By: journal.ByActor(actor.System("balai")),
						Data: map[string]any{"verdict": "refuse", "cents": 1.5, "more": []any{map[string]any{"<b>": int64(1) << 50, "a": "é"}}}})
					if err != nil {
						return err
					}
					if err := tx.Insert(tables["casework_case"], [][]any{row("casework_case", map[string]any{"ref": ref})}); err != nil {
						return err
					}
					return tx.Insert(tables["casework_act"], [][]any{row("casework_act", map[string]any{"ref": ref, "n": int64(1), "kind": "decide", "leaf": leaf,
						"data": `{"more": [{"<b>": 1125899906842624, "a": "\u00e9"}], "verdict":"refuse","cents":1.5}`})})
				})
			}
			h.write(func(tx *db.Tx) error { // about a case, and no act of it
				_, err := h.journal.Append(tx, journal.Record{Kind: "case.rated", Case: "C", By: journal.ByActor(actor.System("balai"))})
				return err
			})
			_, err = h.journal.Sequence(ctx)
			h.must(err)
			deep := func(want ...string) {
				t.Helper()
				got := h.examine(true)
				for _, w := range want {
					if !strings.Contains(got, w) {
						t.Errorf("the doctor does not say %q:\n%s", w, got)
					}
				}
			}
			act := func(q string) {
				t.Helper()
				h.write(func(tx *db.Tx) error { _, err := tx.Exec(q); return err })
			}
			deep("ok cases 3 acts of 3 cases are in the journal")
			for _, change := range [][2]string{{"data = replace(data, 'refuse', 'approve')", "data = replace(data, 'approve', 'refuse')"}, {"n = 2", "n = 1"}, {"kind = 'check'", "kind = 'decide'"}} {
				act("update casework_act set " + change[0] + " where ref = 'B'")
				deep("wrong cases an act of the case B is not what the journal tells of it", "ok journal")
				act("update casework_act set " + change[1] + " where ref = 'B'")
			}
			deep("ok cases 3 acts of 3 cases are in the journal")
			act("delete from casework_act where ref = 'B'")
			act("delete from casework_case where ref = 'A'")
			act("update casework_act set leaf = 'gone' where ref = 'C'")
			deep("wrong cases the case A is missing", "wrong cases an act of the case B, of which the journal tells, is missing",
				"wrong cases the journal has no entry of an act of the case C", "ok journal")
			act("delete from casework_act where ref = 'A'")
			deep("wrong cases the case A, of which the journal tells, is missing")
			act("drop table thing_thing")
			deep("wrong tables the database has lost the table thing_thing: ")
		})
	}
}

// TestDoctorRemembersTheClock: a clock that was set back is told of also after
// a head was signed by it.
func TestDoctorRemembersTheClock(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			h := newHall(t, engine)
			h.says("ok clock")
			h.Clock.(*clock.Manual).Advance(-2 * time.Hour)
			h.live(1)
			h.says("wrong clock the hall has written at 2026-11-29 09:00:00, and the clock says 2026-11-29 07:00:00")
		})
	}
}
