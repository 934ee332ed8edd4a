package db_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
)

// cutter stands before a server. Once it is armed it hands the next commit on,
// and breaks the line in the place of its answer.
type cutter struct {
	net.Listener
	server string
	armed  atomic.Bool
}

func cutBefore(t *testing.T, dsn string) (*cutter, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l, server: u.Host}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { c.pass(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	u.Host = l.Addr().String()
	return c, u.String()
}

func (c *cutter) pass(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer to.Close()
	var cut atomic.Bool
	go func() {
		defer to.(*net.TCPConn).CloseWrite()
		part := make([]byte, 64<<10)
		for {
			n, err := from.Read(part)
			if err != nil {
				return
			}
			if bytes.Contains(part[:n], []byte("commit")) && c.armed.CompareAndSwap(true, false) {
				cut.Store(true)
			}
			if _, err := to.Write(part[:n]); err != nil {
				return
			}
		}
	}()
	part := make([]byte, 64<<10)
	for {
		n, err := to.Read(part)
		if err != nil || cut.Load() {
			return
		}
		if _, err := from.Write(part[:n]); err != nil {
			return
		}
	}
}

// The line breaks after a group's commit was asked for: it may have been kept, and
// was. Nobody's act is run again, and everybody is told that it is not known.
func TestLaneUnsure(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		if engine != "postgres" { // SQLite is a file of this process
			continue
		}
		before, dsn := cutBefore(t, dbtest.DSN(t, engine))
		d, err := db.Open(context.Background(), dsn, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Migrate(t.Context(), thing); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), put("a")); err != nil {
			t.Fatal(err)
		}
		more := func(tx *db.Tx) error {
			_, err := tx.Exec("update thing_thing set n = n + 1 where id = 'a'")
			return err
		}
		no := errors.New("no")
		errs := inLane(t, d, more, func(tx *db.Tx) error { before.armed.Store(true); return more(tx) }, func(*db.Tx) error { return no })
		for i, err := range errs {
			if fault.CodeOf(err) != fault.Internal {
				t.Errorf("act %d: %v", i, err)
			}
		}
		var n int64
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow("select n from thing_thing where id = 'a'").Scan(&n)
		}); err != nil || n != 3 {
			t.Errorf("n is %d, and was 1 before two acts: %v", n, err)
		}
		if err := d.WriteIn(t.Context(), "l", more); err != nil {
			t.Error(err)
		}
	}
}

// A lock that an act came to goes with what the act wrote: where it fails, who
// comes after it in the group takes the lock anew.
func TestLaneLocks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Write(t.Context(), put("a")); err != nil {
			t.Fatal(err)
		}
		no := errors.New("no")
		var within, other atomic.Bool
		var beside sync.WaitGroup
		look := func(tx *db.Tx) error {
			_, err := tx.Exec("update thing_thing set n = n + 1 where id = 'a'")
			return err
		}
		errs := inLane(t, d,
			func(tx *db.Tx) error {
				if err := errors.Join(look(tx), tx.Lock("x")); err != nil {
					return err
				}
				return no
			},
			func(tx *db.Tx) error {
				if err := errors.Join(look(tx), tx.Lock("x")); err != nil {
					return err
				}
				within.Store(true)
				defer within.Store(false)
				if d.Engine() == "sqlite" { // one writer: nobody is beside
					return nil
				}
				began := make(chan struct{})
				beside.Go(func() {
					ctx := context.Background()
					err := d.Write(ctx, func(tx *db.Tx) error {
						close(began)
						if err := tx.Lock("x"); err != nil {
							return err
						}
						other.Store(other.Load() || within.Load())
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
				<-began
				for range 2000 {
					runtime.Gosched()
					if other.Load() {
						break
					}
					if _, err := tx.Exec("select 1"); err != nil {
						return err
					}
				}
				return nil
			})
		beside.Wait()
		if !errors.Is(errs[0], no) || errs[1] != nil {
			t.Error(errs)
		}
		if other.Load() {
			t.Error("two had one lock")
		}
	}, thing)
}
