package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

func put(id string) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.Exec("insert into thing_thing (id, n) values ($1, 1)", id)
		return err
	}
}

// inLane lets acts gather in a lane behind one that holds it, and returns their
// errors. An act ends its goroutine where the test says so.
func inLane(t *testing.T, d *db.DB, acts ...func(*db.Tx) error) []error {
	t.Helper()
	held, begun := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var all sync.WaitGroup
	all.Go(func() {
		if err := d.WriteIn(t.Context(), "l", func(*db.Tx) error { once.Do(func() { close(begun) }); <-held; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-begun
	errs := make([]error, len(acts))
	for i, act := range acts {
		all.Go(func() { errs[i] = d.WriteIn(t.Context(), "l", act) })
		for db.Waiting(d, "l") <= i {
			runtime.Gosched()
		}
	}
	close(held)
	all.Wait()
	return errs
}

// Acts that wait in a lane share a commit; one that fails takes nobody along, and
// what it wrote and what should have followed it is gone.
func TestLane(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var followed []string
		follow := func(id string, act func(*db.Tx) error) func(*db.Tx) error {
			return func(tx *db.Tx) error {
				tx.OnCommit(func() { followed = append(followed, id) })
				return act(tx)
			}
		}
		no := errors.New("no")
		before := d.Stats()
		errs := inLane(t, d,
			put("a"),
			follow("b", func(tx *db.Tx) error {
				if err := put("b")(tx); err != nil {
					t.Error(err)
				}
				return no
			}),
			put("a"), // there already
			func(*db.Tx) error { panic("oh") },
			put("c"))
		if errs[0] != nil || !errors.Is(errs[1], no) || !db.IsUnique(errs[2]) || errs[3] == nil || errs[4] != nil {
			t.Error(errs)
		}
		count(t, d, 2)
		if followed != nil {
			t.Error("what follows an act followed one that failed")
		}
		if s := d.Stats(); s.Groups-before.Groups != 2 || s.Acts-before.Acts != 3 {
			t.Errorf("%d acts in %d commits", s.Acts-before.Acts, s.Groups-before.Groups)
		}
		if err := d.WriteIn(t.Context(), "l", follow("d", put("d"))); err != nil || len(followed) != 1 {
			t.Errorf("%v, %v", err, followed)
		}
	}, thing)
}

// An act that ends its goroutine, and one that breaks the transaction for all, are
// answered for themselves.
func TestLaneBroken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		acts := []func(*db.Tx) error{put("a"), func(tx *db.Tx) error { put("b")(tx); runtime.Goexit(); return nil }, put("c")}
		if d.Engine() == "postgres" {
			acts = append(acts, func(tx *db.Tx) error {
				_, err := tx.Exec("do $$ begin raise exception using errcode = '40001'; end $$")
				return err
			})
		}
		errs := inLane(t, d, acts...)
		if errs[0] != nil || errs[1] == nil || errs[2] != nil {
			t.Error(errs)
		}
		if len(errs) > 3 && fault.CodeOf(errs[3]) != fault.Busy {
			t.Error(errs[3])
		}
		count(t, d, 2)
		if err := d.WriteIn(t.Context(), "l", put("d")); err != nil {
			t.Error(err)
		}
	}, thing)
}

// Where the acts of a group are run one by one, one that panics is answered once,
// though another ends the goroutine after it.
func TestLaneBrokenAlone(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		if engine != "postgres" { // SQLite's writer is a loop of its own
			continue
		}
		d := dbtest.Open(t, engine, thing)
		errs := inLane(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec("do $$ begin raise exception using errcode = '40001'; end $$")
			return err
		}, func(*db.Tx) error { panic("oh") }, func(*db.Tx) error { runtime.Goexit(); return nil }, put("a"))
		if fault.CodeOf(errs[0]) != fault.Busy || errs[1] == nil || errs[2] == nil || errs[3] != nil {
			t.Error(errs)
		}
		count(t, d, 1)
	}
}

// Whoever leaves before the act has begun has done nothing.
func TestLaneLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		errs := inLane(t, d, func(tx *db.Tx) error { return put("a")(tx) }, func(*db.Tx) error { return nil })
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		held := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			err := d.WriteIn(t.Context(), "l", func(*db.Tx) error { close(held); leave(); return <-left })
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		<-held
		err := d.WriteIn(ctx, "l", put("b"))
		left <- nil
		all.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		count(t, d, 1)
	}, thing)
}

// A group has a bound; and one that lost, or whose line broke, is run again.
func TestLaneRunsAgain(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		if engine != "postgres" { // SQLite's writer has tests of its own
			continue
		}
		for _, breaks := range []string{"do $$ begin raise exception using errcode = '40001'; end $$", "select pg_terminate_backend(pg_backend_pid())"} {
			d := dbtest.Open(t, engine, thing)
			tries := 0
			errs := inLane(t, d, put("a"), func(tx *db.Tx) error {
				if tries++; tries == 1 {
					_, err := tx.Exec(breaks)
					return err
				}
				return put("b")(tx)
			}, put("c"))
			if err := errors.Join(errs...); err != nil || tries != 2 {
				t.Errorf("%s: %v after %d tries", breaks, err, tries)
			}
			count(t, d, 3)
		}
		d := dbtest.Open(t, engine, thing)
		acts := make([]func(*db.Tx) error, 150)
		for i := range acts {
			acts[i] = put(fmt.Sprint(i))
		}
		before := d.Stats().Groups
		if err := errors.Join(inLane(t, d, acts...)...); err != nil {
			t.Error(err)
		}
		if n := d.Stats().Groups - before; n != 4 { // who holds the lane, and three of at most 64
			t.Errorf("%d commits", n)
		}
	}
}

// A lock that an act takes twice is given back whole, whether the act began with it
// or came to it.
func TestLockedTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, first := range []func(*db.Tx) error{func(*db.Tx) error { return nil }, put("a")} {
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(first(tx), tx.Lock("x"), tx.Lock("x")) }); err != nil {
				t.Fatal(err)
			}
		}
		if d.Engine() == "sqlite" {
			return
		}
		var n int64
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow(`select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
				and (cast(classid as bigint) << 32) | cast(objid as bigint) = hashtextextended(current_schema() || ':x', 0)`).Scan(&n)
		}); err != nil || n != 0 {
			t.Errorf("%d have it still: %v", n, err)
		}
	}, thing)
}

// Nor has whoever leaves while others are before them, and they wait no longer.
func TestLaneLeftWaiting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		held, begun := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			if err := d.WriteIn(t.Context(), "l", func(*db.Tx) error { close(begun); <-held; return nil }); err != nil {
				t.Error(err)
			}
		})
		<-begun
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- d.WriteIn(ctx, "l", put("b")) }()
		for db.Waiting(d, "l") == 0 {
			runtime.Gosched()
		}
		leave()
		select {
		case err := <-left:
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("who left waits for those before them")
		}
		close(held)
		all.Wait()
		if err := d.WriteIn(t.Context(), "l", put("c")); err != nil {
			t.Error(err)
		}
		count(t, d, 1)
		gone, end := context.WithCancel(t.Context())
		end()
		if err := d.WriteIn(gone, "l", func(*db.Tx) error { t.Error("it was begun for nobody"); return nil }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}, thing)
}

// Two who look at the same rows and each change their own: with Write one of them
// is run again, with Claim nobody is.
func TestClaim(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		if engine != "postgres" { // SQLite has one writer
			continue
		}
		d := dbtest.Open(t, engine, thing)
		for _, id := range []string{"a", "b"} {
			if err := d.Write(t.Context(), put(id)); err != nil {
				t.Fatal(err)
			}
		}
		reruns := func(write func(context.Context, func(*db.Tx) error) error) int64 {
			before := d.Stats().Reruns
			var looked, all sync.WaitGroup
			looked.Add(2)
			for _, id := range []string{"a", "b"} {
				var once sync.Once
				all.Go(func() {
					err := write(t.Context(), func(tx *db.Tx) error {
						var n int64
						if err := tx.QueryRow("select cast(sum(n) as bigint) from thing_thing").Scan(&n); err != nil {
							return err
						}
						once.Do(func() { looked.Done(); looked.Wait() })
						_, err := tx.Exec("update thing_thing set n = n + 1 where id = $1", id)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			return d.Stats().Reruns - before
		}
		if n := reruns(d.Write); n == 0 {
			t.Error("nobody lost: this test would prove nothing")
		}
		if n := reruns(d.Claim); n != 0 {
			t.Errorf("%d reruns", n)
		}
	}
}

// One query sees one state by itself; a second would see another.
func TestReadOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var n int64
		ask := func(tx *db.Tx) error { return tx.QueryRow("select count(*) from thing_thing").Scan(&n) }
		if err := d.ReadOne(t.Context(), ask); err != nil || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
		for what, then := range map[string]func(tx *db.Tx) error{"asked": ask, "wrote": put("a")} {
			err := d.ReadOne(t.Context(), func(tx *db.Tx) error { return errors.Join(ask(tx), then(tx)) })
			if err == nil || !strings.Contains(err.Error(), "one query") {
				t.Errorf("%s a second time: %v", what, err)
			}
		}
		if err := d.ReadOne(t.Context(), put("b")); err == nil {
			t.Error("it wrote")
		}
		count(t, d, 0)
		if err := d.ReadOne(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("select 1 where 1 = 0").Scan(&n) }); !errors.Is(err, db.ErrNoRows) {
			t.Error(fmt.Sprint(err))
		}
	}, thing)
}
