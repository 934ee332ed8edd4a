package db

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"balai/internal/spine/fault"
)

func openTest(t *testing.T) (*DB, *writer) {
	t.Helper()
	d, err := Open(context.Background(), filepath.Join(t.TempDir(), "w.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	err = d.Migrate(context.Background(), Migration{Part: "w", FS: fstest.MapFS{"migration/0001_w.sql": {Data: []byte("create table w_w (id text primary key, data bytes)")}}})
	if err != nil {
		t.Fatal(err)
	}
	return d, d.engine.(*sqliteEngine).writer
}

func insert(id string, size int) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Exec("insert into w_w (id, data) values ($1, $2)", id, make([]byte, size))
		return err
	}
}

// inOneGroup holds the writer until every act waits, so that they share a
// group, and returns their errors. A leaver's context ends while it waits.
func inOneGroup(t *testing.T, d *DB, w *writer, acts []func(*Tx) error, leaver int) []error {
	t.Helper()
	held, begun := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var group sync.WaitGroup
	group.Go(func() {
		if err := d.Write(context.Background(), func(*Tx) error { once.Do(func() { close(begun) }); <-held; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-begun
	errs := make([]error, len(acts))
	left := make(chan struct{})
	for i, act := range acts {
		ctx, leave := context.WithCancel(context.Background())
		group.Go(func() {
			defer leave()
			errs[i] = d.Write(ctx, act)
			if i == leaver {
				close(left)
			}
		})
		for len(w.queue) <= i { // in order
			runtime.Gosched()
		}
		if i == leaver {
			leave()
			<-left
		}
	}
	close(held)
	group.Wait()
	return errs
}

func ids(t *testing.T, d *DB) string {
	t.Helper()
	var out []string
	err := d.Read(context.Background(), func(tx *Tx) (err error) {
		out, err = List(tx, func(s Scanner) (id string, err error) { return id, s.Scan(&id) }, "select id from w_w order by id")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestGroupKeepsTheInnocent(t *testing.T) {
	d, w := openTest(t)
	broken := errors.New("broken")
	ran := false
	errs := inOneGroup(t, d, w, []func(*Tx) error{
		insert("a", 1),
		func(tx *Tx) error { insert("b", 1)(tx); return broken },
		func(tx *Tx) error { insert("c", 1)(tx); panic("c") },
		insert("a", 1), // a second a
		func(tx *Tx) error { ran = true; return nil },
		func(tx *Tx) error { insert("d", 1)(tx); tx.Query("select id from w_w"); return nil }, // rows left open
		func(tx *Tx) error { insert("e", 1)(tx); _, err := tx.Exec("nonsense"); return err },
		insert("f", 1),
	}, 4)
	if errs[0] != nil || errs[1] != broken || errs[2] == nil || !IsUnique(errs[3]) || !errors.Is(errs[4], context.Canceled) || errs[5] != nil || errs[6] == nil || errs[7] != nil {
		t.Error(errs)
	}
	if ran {
		t.Error("an act ran whose caller had left")
	}
	if got := ids(t, d); got != "a d f" {
		t.Error(got)
	}
	if s := d.Stats(); s.Groups > 5 { // migration 2, the holder, the group
		t.Errorf("%+v: the acts did not share a commit", s)
	}
}

// A caller who leaves while its act runs still learns how it ended, and its
// mates are not disturbed.
func TestLeavingWhileRunning(t *testing.T) {
	d, w := openTest(t)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	errs := inOneGroup(t, d, w, []func(*Tx) error{insert("a", 1), func(tx *Tx) error { leave(); return insert("b", 1)(tx) }, insert("c", 1)}, -1)
	err := d.Write(ctx, insert("never", 1))
	if !errors.Is(err, context.Canceled) || errors.Join(errs...) != nil {
		t.Error(err, errs)
	}
	ctx, leave = context.WithCancel(context.Background())
	if err := d.Write(ctx, func(tx *Tx) error {
		leave()
		if tx.Context().Err() != nil {
			t.Error("the act's context ended with its caller's")
		}
		return insert("d", 1)(tx)
	}); err != nil {
		t.Error(err)
	}
	if got := ids(t, d); got != "a b c d" {
		t.Error(got)
	}
}

func TestFullDisk(t *testing.T) {
	d, w := openTest(t)
	limit := func(pages int) {
		t.Helper()
		err := d.Write(context.Background(), func(tx *Tx) error {
			_, err := tx.Exec(fmt.Sprintf("pragma max_page_count(%d)", pages))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(40)
	errs := inOneGroup(t, d, w, []func(*Tx) error{insert("a", 10), insert("big", 1<<20), insert("b", 10), insert("c", 10)}, -1)
	if errs[0] != nil || errs[2] != nil || errs[3] != nil {
		t.Error("mates of the act that filled the disk: ", errs)
	}
	f, ok := fault.As(errs[1])
	if !ok || f.Code != fault.Busy || f.Key != "db.full" {
		t.Error(errs[1])
	}
	if got := ids(t, d); got != "a b c" {
		t.Error(got)
	}
	limit(1 << 20)
	if err := d.Write(context.Background(), insert("big", 1<<20)); err != nil {
		t.Error("after space was made: ", err)
	}
}

// Whatever control statement fails, those who are not to blame are kept, and
// the writer lives on.
func TestBrokenControl(t *testing.T) {
	for _, statement := range []string{"begin immediate", "savepoint act", "rollback to act", "release act", "commit"} {
		t.Run(statement, func(t *testing.T) {
			d, w := openTest(t)
			real := w.control
			hits := 0
			w.control = func(ctx context.Context, q string) error {
				if q == statement {
					if hits++; hits == 2 { // the first is the holder's, or the first mate's
						if statement != "begin immediate" {
							real(ctx, "rollback") // as SQLite does when an error ends the transaction
						}
						return errors.New("disk I/O error")
					}
				}
				return real(ctx, q)
			}
			broken := errors.New("broken")
			bad := func(tx *Tx) error { insert("x", 1)(tx); return broken }
			errs := inOneGroup(t, d, w, []func(*Tx) error{insert("a", 1), bad, insert("b", 1), bad, insert("c", 1)}, -1)
			if errs[0] != nil || errs[1] != broken || errs[2] != nil || errs[3] != broken || errs[4] != nil {
				t.Error(errs)
			}
			if hits < 2 {
				t.Error("nothing was broken")
			}
			if got := ids(t, d); got != "a b c" {
				t.Error(got)
			}
			if err := d.Write(context.Background(), insert("d", 1)); err != nil {
				t.Error(err)
			}
		})
	}
}

// An act that ends its goroutine, as a test's FailNow does, ends nothing else.
func TestGoexit(t *testing.T) {
	d, w := openTest(t)
	for range 3 {
		errs := inOneGroup(t, d, w, []func(*Tx) error{insert("a", 1), func(tx *Tx) error { insert("b", 1)(tx); runtime.Goexit(); return nil }, insert("c", 1)}, -1)
		if errs[0] != nil || errs[1] != errLeft || errs[2] != nil {
			t.Error(errs)
		}
		if got := ids(t, d); got != "a c" {
			t.Error(got)
		}
		if err := d.Write(context.Background(), func(tx *Tx) error { _, err := tx.Exec("delete from w_w"); return err }); err != nil {
			t.Error(err)
		}
	}
	if err := d.Write(context.Background(), func(tx *Tx) error { runtime.Goexit(); return nil }); err != errLeft {
		t.Error(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Read(context.Background(), func(tx *Tx) error { tx.Query("select id from w_w"); runtime.Goexit(); return nil })
	}()
	<-done
}

func TestClose(t *testing.T) {
	d, _ := openTest(t)
	var group sync.WaitGroup
	kept := make([]bool, 200)
	for i := range kept {
		group.Go(func() { kept[i] = d.Write(context.Background(), insert(fmt.Sprintf("%03d", i), 1)) == nil })
	}
	name := d.engine.(*sqliteEngine)
	d.Close()
	group.Wait()
	if err := d.Write(context.Background(), insert("late", 1)); err != errClosed {
		t.Error(err)
	}
	if err := d.Read(context.Background(), func(*Tx) error { return nil }); err != errClosed {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	again, err := Open(context.Background(), name.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var want []string
	for i, ok := range kept {
		if ok {
			want = append(want, fmt.Sprintf("%03d", i))
		}
	}
	if got := ids(t, again); got != strings.Join(want, " ") {
		t.Errorf("acknowledged %v, kept %v", want, got)
	}
}
