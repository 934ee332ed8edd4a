package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/hold"
)

// Several who serve share a database; who moves or restores it has it alone.
func TestHold(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			ctx := context.Background()
			dsn := dbtest.DSN(t, engine)
			open := func() *db.DB {
				d, err := db.Open(ctx, dsn, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { d.Close() })
				return d
			}
			a, b := open(), open()
			one, err := a.Hold(ctx, false, "balai serve")
			if err != nil {
				t.Fatal(err)
			}
			two, err := b.Hold(ctx, false, "balai serve")
			if err != nil {
				t.Fatal(err)
			}
			two.Release()
			_, err = b.Hold(ctx, true, "balai move")
			var taken *hold.Taken
			if !errors.As(err, &taken) || len(taken.By) == 0 || !strings.HasPrefix(taken.By[0], "balai serve (process ") {
				t.Fatalf("%v %+v", err, taken)
			}
			one.Release()
			one.Release()
			alone, err := b.Hold(ctx, true, "balai move")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Hold(ctx, false, "balai serve"); !errors.As(err, &taken) {
				t.Error("served while it is moved: ", err)
			}
			alone.Release()
			if one, err = a.Hold(ctx, false, "balai serve"); err != nil {
				t.Error(err)
			}
			one.Release()
		})
	}
}
