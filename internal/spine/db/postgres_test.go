package db_test

import (
	"context"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

// A server that ends connections (a restart, a failover) is met again by the
// next statement: acts that were not yet committed are run anew.
func TestBrokenConnections(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		if engine != "postgres" {
			continue
		}
		const name = "balai_broken"
		d, err := db.Open(context.Background(), dbtest.DSN(t, engine)+"&application_name="+name, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Migrate(context.Background(), thing); err != nil {
			t.Fatal(err)
		}
		other := dbtest.Open(t, engine)
		cut := func() {
			t.Helper()
			var n int64
			err := other.Read(context.Background(), func(tx *db.Tx) error {
				return tx.QueryRow("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = $1", name).Scan(&n)
			})
			if err != nil || n == 0 {
				t.Fatal("nothing was cut: ", err)
			}
		}
		for range 5 {
			cut()
			if err := write(t, d, "insert into thing_thing (id, n) values ('a', 1) on conflict (id) do update set n = thing_thing.n + 1"); err != nil {
				t.Fatal("a write after the cut: ", err)
			}
			cut()
			count(t, d, 1)
		}
		runs := 0
		err = d.Write(context.Background(), func(tx *db.Tx) error {
			if _, err := tx.Exec("insert into thing_thing (id, n) values ('b', 1)"); err != nil {
				return err
			}
			if runs++; runs == 1 {
				cut()
			}
			_, err := tx.Exec("update thing_thing set n = 2 where id = 'b'")
			return err
		})
		if err != nil || runs != 2 {
			t.Errorf("an act cut in its middle: %v after %d runs", err, runs)
		}
		count(t, d, 2)
		reads := 0
		err = d.Read(context.Background(), func(tx *db.Tx) error {
			reads++
			var n int64
			if err := tx.QueryRow("select count(*) from thing_thing").Scan(&n); err != nil {
				return err
			}
			cut()
			return tx.QueryRow("select count(*) from thing_thing").Scan(&n)
		})
		if err == nil || !strings.Contains(err.Error(), "db.unreachable") || reads != 1 {
			t.Errorf("a read cut in its middle: %v after %d runs", err, reads)
		}
	}
}

// An act that loses for ever ends as busy, after a bounded number of runs, and
// the writers beside it are let through again.
func TestLosingForEver(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		if engine != "postgres" {
			continue
		}
		d := dbtest.Open(t, engine, thing)
		runs := 0
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			runs++
			_, err := tx.Exec("do $$ begin raise exception using errcode = '40001'; end $$")
			return err
		})
		if f, ok := fault.As(err); !ok || f.Key != "db.busy" || runs < 5 || runs > 20 {
			t.Errorf("%v after %d runs", err, runs)
		}
		if err := write(t, d, "insert into thing_thing (id, n) values ('a', 1)"); err != nil {
			t.Error(err)
		}
	}
}

// A query by value is planned for its values each time: the server keeps no
// statement of it that it could plan without them.
func TestByValue(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		d := dbtest.Open(t, engine)
		kept := func(q string) (n int64) {
			t.Helper()
			err := d.Read(context.Background(), func(tx *db.Tx) error {
				for i := range int64(7) {
					var got int64
					if err := tx.QueryRow(q, i).Scan(&got); err != nil || got != i {
						t.Fatalf("%d, %v", got, err)
					}
				}
				if engine != "postgres" {
					return nil
				}
				return tx.QueryRow(`select count(*) from pg_prepared_statements where statement = $1`, q).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := kept(`select cast($1 as bigint)`); engine == "postgres" && n != 1 {
			t.Errorf("%d statements kept of an ordinary query: this test would prove nothing", n)
		}
		if n := kept(db.ByValue + `select cast($1 as bigint)`); n != 0 {
			t.Errorf("%d statements kept of a query by value", n)
		}
	}
}
