package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

var effect = db.Migration{Part: "effect", FS: fstest.MapFS{"migration/0001_x.sql": {Data: []byte("create table effect_effect (job text not null, n bigint not null)")}}}

func each(t *testing.T, fn func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(start)
		fn(t, d, New(d, c, id.NewSource(c, nil), nil), c)
	}, Migration(), effect)
}

func write(t *testing.T, d *db.DB, act func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), act); err != nil {
		t.Fatal(err)
	}
}

func counts(t *testing.T, d *db.DB, o *Outbox) (out map[string]int64) {
	t.Helper()
	err := d.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, err = o.Counts(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEventReachesEachConsumerOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		var mu sync.Mutex
		heard := map[string]int{}
		hear := func(who string) func(context.Context, Job) error {
			return func(_ context.Context, j Job) error {
				var args map[string]string
				if err := json.Unmarshal(j.Args, &args); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				heard[who+" "+j.Event+" "+args["ref"]]++
				return nil
			}
		}
		o.On("case.received", "mail", hear("mail"))
		o.On("case.*", "count", hear("count"))
		o.On("case.received", "count", hear("twice"))
		lost := errors.New("lost")
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			if err := o.Emit(tx, "case.received", map[string]string{"ref": "never"}); err != nil {
				return err
			}
			return lost
		})
		if !errors.Is(err, lost) {
			t.Fatal(err)
		}
		write(t, d, func(tx *db.Tx) error { return o.Emit(tx, "case.received", map[string]string{"ref": "1"}) })
		write(t, d, func(tx *db.Tx) error { return o.Emit(tx, "case.closed", map[string]string{"ref": "1"}) })
		write(t, d, func(tx *db.Tx) error { return o.Emit(tx, "draft.started", map[string]string{"ref": "1"}) })
		if err := o.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"mail case.received 1": 1, "count case.received 1": 1, "count case.closed 1": 1}
		if fmt.Sprint(heard) != fmt.Sprint(want) {
			t.Errorf("heard %v, want %v", heard, want)
		}
	})
}

func TestBackoffThenDiscard(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		tries := 0
		o.Handle("bad", func(_ context.Context, j Job) error {
			if j.At != clock.Micro(start) {
				t.Errorf("made at %d", j.At)
			}
			if tries++; j.Attempt != tries {
				t.Errorf("attempt %d at try %d", j.Attempt, tries)
			}
			if tries%2 == 0 {
				panic("bad")
			}
			return errors.New("bad \x00 \xff")
		})
		write(t, d, func(tx *db.Tx) error { return o.Enqueue(tx, "bad", 1) })
		for n := 1; n <= Attempts; n++ {
			if err := o.Drain(context.Background()); err == nil {
				t.Fatal("Drain hid a failure")
			}
			if err := o.Drain(context.Background()); err != nil || tries != n {
				t.Fatalf("try %d ran before its time: %v", tries, err)
			}
			c.Advance(Backoff(n) - time.Microsecond)
			if err := o.Drain(context.Background()); err != nil || tries != n {
				t.Fatalf("try %d ran before its time: %v", tries, err)
			}
			c.Advance(time.Microsecond)
		}
		c.Advance(1000 * time.Hour)
		if err := o.Drain(context.Background()); err != nil || tries != Attempts {
			t.Fatal(err, tries)
		}
		if got := counts(t, d, o); got["discarded"] != 1 || len(got) != 1 {
			t.Error(got)
		}
	})
}

func TestScheduledAndCancelled(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		ran := 0
		o.Handle("later", func(context.Context, Job) error { ran++; return Cancel(errors.New("never")) })
		write(t, d, func(tx *db.Tx) error {
			if err := o.Enqueue(tx, "nobody", 1); err != nil { // another process's kind stays
				return err
			}
			return o.Enqueue(tx, "later", 1, start.Add(time.Hour))
		})
		if err := o.Drain(context.Background()); err != nil || ran != 0 {
			t.Fatal(err, ran)
		}
		if got := counts(t, d, o); got["scheduled"] != 1 {
			t.Error(got)
		}
		c.Advance(time.Hour)
		o.Drain(context.Background())
		if got := counts(t, d, o); ran != 1 || got["cancelled"] != 1 || got["available"] != 1 {
			t.Error(ran, got)
		}
		c.Advance(keep + time.Second)
		if err := o.prune(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := counts(t, d, o); len(got) != 1 {
			t.Error(got)
		}
	})
}

// A job whose worker died is another's once the lease has ended; when the dead
// one comes back to life its write fails, and the effect is there once.
func TestLeaseAndExactlyOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		work := func(o *Outbox, before func()) func(context.Context, Job) error {
			return func(ctx context.Context, j Job) error {
				before()
				return d.Write(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec("insert into effect_effect (job, n) values ($1, $2)", j.ID, j.Attempt); err != nil {
						return err
					}
					return o.DoneTx(tx, j)
				})
			}
		}
		slow, other := make(chan struct{}), New(d, c, id.NewSource(c, nil), nil)
		begun := make(chan struct{})
		o.Handle("once", work(o, func() { close(begun); <-slow }))
		other.Handle("once", work(other, func() {}))
		write(t, d, func(tx *db.Tx) error { return o.Enqueue(tx, "once", 1) })
		ended := make(chan error)
		go func() { ended <- o.Drain(context.Background()) }()
		<-begun
		if err := other.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := counts(t, d, o); got["running"] != 1 {
			t.Fatal("the lease did not hold", got)
		}
		c.Advance(lease)
		if err := other.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		close(slow)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		var n, attempt int64
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			return tx.QueryRow("select count(*), max(n) from effect_effect").Scan(&n, &attempt)
		})
		if err != nil || n != 1 || attempt != 2 {
			t.Error(err, n, attempt)
		}
		if got := counts(t, d, o); got["completed"] != 1 {
			t.Error(got)
		}
	})
}

func TestRunIsWokenAndEnds(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		const jobs = 300
		var ran, rounds atomic.Int64
		all, round := make(chan struct{}), make(chan struct{}, 10)
		o.Handle("n", func(ctx context.Context, j Job) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				tx.OnCommit(func() {
					if ran.Add(1) == jobs {
						close(all)
					}
				})
				return o.DoneTx(tx, j)
			})
		})
		o.Every("round", time.Hour, func(context.Context) error { rounds.Add(1); round <- struct{}{}; return nil })
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- o.Run(ctx) }()
		<-round
		var group sync.WaitGroup
		for i := range jobs {
			group.Go(func() {
				if err := d.Write(ctx, func(tx *db.Tx) error { return o.Enqueue(tx, "n", i) }); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		<-all
		if err := o.Drain(ctx); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := counts(t, d, o); got["completed"] != jobs || ran.Load() != jobs || rounds.Load() != 1 {
			t.Error(got, ran.Load(), rounds.Load())
		}
	})
}

// What is put off is run again later, and no try is counted.
func TestLater(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		ctx, runs, attempt := context.Background(), 0, 0
		o.Handle("k", func(_ context.Context, j Job) error {
			if runs, attempt = runs+1, j.Attempt; runs <= 2*Attempts {
				return Later(time.Minute)
			}
			return nil
		})
		write(t, d, func(tx *db.Tx) error { return o.Enqueue(tx, "k", 1) })
		for range 2*Attempts + 1 {
			if err := o.Drain(ctx); err != nil {
				t.Fatal(err)
			}
			c.Advance(time.Minute)
		}
		if got := counts(t, d, o); got["completed"] != 1 || runs != 2*Attempts+1 || attempt != 1 {
			t.Error(got, runs, attempt)
		}
	})
}

// A job that found the hall unable, as with a disk that is full for an hour, comes
// back soon after its end with all of its tries.
func TestHallUnable(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		ctx, runs, attempt := context.Background(), 0, 0
		o.Handle("k", func(_ context.Context, j Job) error {
			if runs, attempt = runs+1, j.Attempt; runs <= 2*Attempts {
				return fmt.Errorf("k: %w", fault.New(fault.Busy, "db.full"))
			}
			return nil
		})
		write(t, d, func(tx *db.Tx) error { return o.Enqueue(tx, "k", 1) })
		for range 2 * Attempts {
			if err := o.Drain(ctx); fault.CodeOf(err) != fault.Busy {
				t.Fatal(err)
			}
			c.Advance(soon)
		}
		if err := o.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if got := counts(t, d, o); got["completed"] != 1 || runs != 2*Attempts+1 || attempt != 1 {
			t.Error(got, runs, attempt)
		}
	})
}

// How a job ended is recorded when the database takes it again, and not left to
// the end of the lease.
func TestEndIsRecordedWhenItCanBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, tries := New(nil, clock.NewManual(start), nil, nil), 0
		record := func() error {
			if tries++; tries < 100 {
				return fault.New(fault.Busy, "db.full")
			}
			return nil
		}
		if err := o.insist(context.Background(), record); err != nil || tries != 100 {
			t.Error(tries, err)
		}
		tries = 0
		ctx, stop := context.WithTimeout(context.Background(), 10*poll)
		defer stop()
		if err := o.insist(ctx, record); fault.CodeOf(err) != fault.Busy || tries >= 100 {
			t.Error(tries, err)
		}
		if err := o.insist(context.Background(), func() error { tries = -1; return errors.New("refused") }); err == nil || tries != -1 {
			t.Error("an error that stays was not given back")
		}
	})
}

// What a process keeps in memory it renews itself, whoever had the turn of the
// others.
func TestHereIsEachProcessesOwn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		ctx := context.Background()
		other := New(d, c, id.NewSource(c, nil), nil)
		rounds := map[*Outbox]int{}
		for _, x := range []*Outbox{o, other} {
			x.Here("cache", time.Second, func(context.Context) error { return nil })
			x.Every("shared", time.Second, func(context.Context) error { return nil })
		}
		for range 3 {
			shared := 0
			for _, x := range []*Outbox{o, other, o, other} {
				for _, s := range x.schedules {
					due, err := x.dueRounds(ctx, []*schedule{s})
					if err != nil {
						t.Fatal(err)
					}
					if len(due) == 0 {
						continue
					}
					if s.local {
						rounds[x]++
					} else {
						shared++
					}
					until, _, err := x.takeRound(ctx, s)
					if err != nil {
						t.Fatal(err)
					}
					x.round(ctx, s, until)
				}
			}
			if shared != 1 {
				t.Errorf("the shared round ran %d times", shared)
			}
			c.Advance(time.Second)
		}
		if rounds[o] != 3 || rounds[other] != 3 {
			t.Errorf("%d and %d rounds of their own", rounds[o], rounds[other])
		}
	})
}

// After a kill an SQLite process takes its own work up again without waiting
// for the leases.
func TestAdopt(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		if d.Engine() != "sqlite" {
			return
		}
		o.Handle("k", func(context.Context, Job) error { return nil })
		write(t, d, func(tx *db.Tx) error { return o.Enqueue(tx, "k", 1) })
		if jobs, err := o.claim(context.Background(), 1); err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		after := New(d, c, id.NewSource(c, nil), nil)
		ran := make(chan struct{})
		after.Handle("k", func(context.Context, Job) error { close(ran); return nil })
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error)
		go func() { ended <- after.Run(ctx) }()
		<-ran
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}
