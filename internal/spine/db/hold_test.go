package db_test

import (
	"context"
	"errors"
	"os"
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

// After PostgreSQL has ended every connection, whoever served the hall writes
// on only where nobody took it meanwhile, nor took it and moved it.
func TestNothingIsWrittenWithoutTheHold(t *testing.T) {
	if os.Getenv(dbtest.PG) == "" {
		return
	}
	ctx, dsn := context.Background(), dbtest.DSN(t, "postgres")
	open := func(extra string) *db.DB {
		d, err := db.Open(ctx, dsn+extra, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	serve, mover := open("&application_name=balai_held"), open("")
	if err := serve.Migrate(ctx, thing); err != nil {
		t.Fatal(err)
	}
	cut := func() {
		t.Helper()
		var n int64
		err := mover.Read(ctx, func(tx *db.Tx) error {
			return tx.QueryRow("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = 'balai_held' or application_name like 'balai holds (%'").Scan(&n)
		})
		if err != nil || n == 0 {
			t.Fatalf("%d connections were cut: %v", n, err)
		}
	}
	kept := func(id string) error {
		return write(t, serve, "insert into thing_thing (id, n) values ($1, 1)", id)
	}
	held, err := serve.Hold(ctx, false, "balai holds")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	if err := kept("a"); err != nil {
		t.Fatal(err)
	}
	var taken *hold.Taken
	if _, err := mover.Hold(ctx, true, "balai move"); !errors.As(err, &taken) || len(taken.By) != 1 {
		t.Fatalf("taken while it is served: %v", err)
	}
	cut()
	if err := kept("b"); err != nil {
		t.Fatal("after the server was there again: ", err)
	}
	cut()
	alone, err := mover.Hold(ctx, true, "balai move")
	if err != nil {
		t.Fatal(err)
	}
	if err := kept("c"); err == nil {
		t.Error("written while it was moved")
	}
	if err := mover.SetMark(ctx, &db.Mark{State: db.Left, Other: "elsewhere", ID: "1"}); err != nil {
		t.Fatal(err)
	}
	alone.Release()
	if err := kept("d"); err == nil {
		t.Error("written after it had moved")
	}
	count(t, mover, 2)
}
