package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// call is one act on a row of two numbers: get reads them, put sets the first,
// swap sets the second to Value when the first is Old, and the failing kinds
// change both and then fail in some way.
type call struct {
	Kind       string
	Value, Old int64
	fail       int
}

type pair struct{ a, b int64 }

var errOnPurpose = errors.New("on purpose")

func (c call) do(d *db.DB, row string) (pair, error) {
	var seen pair
	get := func(tx *db.Tx) error {
		return tx.QueryRow("select n, weight from thing_thing where id = $1", row).Scan(&seen.a, &seen.b)
	}
	if c.Kind == "get" {
		return seen, d.Read(context.Background(), get)
	}
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		if err := get(tx); err != nil {
			return err
		}
		switch {
		case c.Kind == "put":
			_, err := tx.Exec("update thing_thing set n = $2 where id = $1", row, c.Value)
			return err
		case c.Kind == "swap" && seen.a == c.Old:
			_, err := tx.Exec("update thing_thing set weight = $2 where id = $1", row, float64(c.Value))
			return err
		case c.Kind == "fail":
			if _, err := tx.Exec("update thing_thing set n = $2, weight = $3 where id = $1", row, c.Value, float64(c.Value)); err != nil {
				return err
			}
			switch c.fail {
			case 0:
				return errOnPurpose
			case 1:
				panic("on purpose")
			default:
				_, err := tx.Exec("insert into thing_thing (id, n) values ($1, 1)", row)
				return err
			}
		}
		return nil
	})
	return seen, err
}

// model is what the calls do to one row when they run one after another.
var model = porcupine.Model{
	Init: func() any { return pair{} },
	Step: func(state, input, output any) (bool, any) {
		s, c, seen := state.(pair), input.(call), output.(pair)
		if c.Kind == "fail" {
			return true, s // nothing of it is kept, so what it saw is nobody's concern
		}
		if seen != s {
			return false, s
		}
		switch {
		case c.Kind == "put":
			s.a = c.Value
		case c.Kind == "swap" && s.a == c.Old:
			s.b = c.Value
		}
		return true, s
	},
}

// Whatever runs at once, every answer is one that acts run one after another
// would have given, and an act that failed left nothing.
func TestLinearizable(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		row := 0
		rapid.Check(t, func(rt *rapid.T) {
			row++
			id := fmt.Sprint("row", row)
			if err := write(t, d, "insert into thing_thing (id, n, weight) values ($1, 0, 0)", id); err != nil {
				rt.Fatal(err)
			}
			one := rapid.Custom(func(rt *rapid.T) call {
				return call{
					Kind:  rapid.SampledFrom([]string{"get", "put", "swap", "fail"}).Draw(rt, "kind"),
					Value: rapid.Int64Range(1, 4).Draw(rt, "value"), Old: rapid.Int64Range(0, 4).Draw(rt, "old"),
					fail: rapid.IntRange(0, 2).Draw(rt, "fail"),
				}
			})
			clients := rapid.SliceOfN(rapid.SliceOfN(one, 1, 8), 2, 6).Draw(rt, "clients")
			history := make([][]porcupine.Operation, len(clients))
			var group sync.WaitGroup
			now := func() int64 { return clock.System().Now().UnixNano() }
			for i, calls := range clients {
				group.Go(func() {
					for _, c := range calls {
						begun := now()
						seen, err := c.do(d, id)
						if (err != nil) != (c.Kind == "fail") {
							t.Errorf("%+v: %v", c, err)
						}
						history[i] = append(history[i], porcupine.Operation{ClientId: i, Input: c, Call: begun, Output: seen, Return: now()})
					}
				})
			}
			group.Wait()
			var all []porcupine.Operation
			for _, h := range history {
				all = append(all, h...)
			}
			if porcupine.CheckOperationsTimeout(model, all, 10*time.Second) != porcupine.Ok {
				rt.Fatalf("no order explains %+v", all)
			}
		})
	}, thing)
}
