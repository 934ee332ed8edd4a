package outbox

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
)

// take is a round for x, or none.
func take(t *testing.T, x *Outbox) (s *schedule, until int64, mine bool) {
	t.Helper()
	s = x.schedules[0]
	due, err := x.dueRounds(context.Background(), x.schedules)
	if err != nil {
		t.Fatal(err)
	}
	if len(due) == 0 {
		return s, 0, false
	}
	until, mine, err = x.takeRound(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return s, until, mine
}

// A round is done when it has ended, and not when it was begun: another process
// takes over that of one that died, and what the dead one says later is naught.
func TestRoundOfADeadProcessIsRunAgain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		ctx, ran := context.Background(), 0
		other := New(d, c, id.NewSource(c, nil), nil)
		for _, x := range []*Outbox{o, other} {
			x.Every("daily", 24*time.Hour, func(context.Context) error { ran++; return nil })
		}
		s, dead, mine := take(t, o)
		if !mine {
			t.Fatal("the first round is nobody's")
		}
		if _, _, mine := take(t, other); mine {
			t.Error("two have one round")
		}
		c.Advance(lease)
		_, until, mine := take(t, other)
		if !mine {
			t.Fatal("a round of a dead process waits for the next period")
		}
		if kept, err := o.moveRound(ctx, s, dead, clock.Micro(c.Now().Add(time.Hour))); err != nil || kept {
			t.Errorf("the dead process ended the other's round: %v", err)
		}
		other.round(ctx, other.schedules[0], until)
		c.Advance(24*time.Hour - lease)
		if _, _, mine := take(t, o); mine || ran != 1 {
			t.Errorf("the next round came early, after %d", ran)
		}
		c.Advance(lease)
		if _, _, mine := take(t, o); !mine {
			t.Error("the next round is late")
		}
	})
}

// A round that failed is tried again soon, and one that the process's end broke
// off at once.
func TestFailedRoundIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, o *Outbox, c *clock.Manual) {
		ctx, end := context.WithCancel(context.Background())
		fail := errors.New("it failed")
		o.Every("daily", 24*time.Hour, func(ctx context.Context) error { return errors.Join(ctx.Err(), fail) })
		s, until, _ := take(t, o)
		o.round(ctx, s, until)
		c.Advance(again - time.Second)
		if _, _, mine := take(t, o); mine {
			t.Error("it was tried again at once")
		}
		c.Advance(time.Second)
		s, until, mine := take(t, o)
		if !mine {
			t.Fatal("it waits for the next period")
		}
		end()
		o.round(ctx, s, until)
		if _, _, mine := take(t, o); !mine {
			t.Error("what the process's end broke off is not run at the next start")
		}
	})
}

// What a clock that was a year ahead has put off does not wait a year once it is
// set right; what was put off to a day waits for its day.
func TestClockThatWasAhead(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, o *Outbox, c *clock.Manual) {
		ctx, right := context.Background(), c.Now()
		var ran atomic.Int64
		for _, kind := range []string{"now", "again", "later", "running", "tomorrow"} {
			first := true
			o.Handle(kind, func(context.Context, Job) error {
				if first {
					first = false
					switch kind {
					case "again":
						return errors.New("not yet")
					case "later":
						return Later(time.Minute)
					}
				}
				ran.Add(1)
				return nil
			})
		}
		o.Every("daily", 24*time.Hour, func(context.Context) error { return nil })
		o.Here("own", time.Hour, func(context.Context) error { return nil })
		c.Advance(365 * 24 * time.Hour)
		queue := func(kind string, at ...time.Time) {
			write(t, d, func(tx *db.Tx) error { return o.Enqueue(tx, kind, 1, at...) })
		}
		queue("again")
		queue("later")
		_ = o.Drain(ctx) // one fails and is tried again, one is put off
		queue("running")
		if jobs, err := o.claim(ctx, 1); err != nil || len(jobs) != 1 {
			t.Fatal(jobs, err)
		}
		o.busy = map[string]int{} // the process is killed
		queue("now")
		queue("tomorrow", c.Now().Add(24*time.Hour))
		for _, s := range o.schedules {
			until, mine, err := o.takeRound(ctx, s)
			if err != nil || !mine {
				t.Fatal(s.name, err)
			}
			o.round(ctx, s, until)
		}
		c.Set(right)
		if err := errors.Join(o.rectify(ctx), o.Drain(ctx)); err != nil || ran.Load() != 4 {
			t.Errorf("%d jobs ran: %v", ran.Load(), err)
		}
		if due, err := o.dueRounds(ctx, o.schedules); err != nil || len(due) != 2 {
			t.Errorf("%d schedules are due, %v", len(due), err)
		}
		if _, mine, err := o.takeRound(ctx, o.schedules[0]); err != nil || !mine {
			t.Errorf("the round cannot be taken: %v", err)
		}
	})
}

// A long round holds up no other, and only so many run at a time.
func TestLongRoundHoldsUpNoOther(t *testing.T) {
	each(t, func(t *testing.T, _ *db.DB, o *Outbox, _ *clock.Manual) {
		guard, stop := context.WithTimeout(context.Background(), time.Minute) // so that a hang is told
		defer stop()
		ctx, end := context.WithCancel(guard)
		release, short := make(chan struct{}), make(chan struct{})
		var now, most, ran atomic.Int64
		counted := func(fn func(ctx context.Context)) func(context.Context) error {
			return func(ctx context.Context) error {
				for n, m := now.Add(1), most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				fn(ctx)
				now.Add(-1)
				ran.Add(1)
				return nil
			}
		}
		full := make(chan struct{}, 9)
		long := counted(func(ctx context.Context) {
			if now.Load() >= rounds {
				full <- struct{}{}
			}
			select {
			case <-release:
			case <-ctx.Done():
			}
		})
		for _, name := range []string{"long 1", "long 2", "long 3"} {
			o.Every(name, time.Hour, long)
		}
		o.Every("short", time.Hour, counted(func(context.Context) { close(short) }))
		last := make(chan struct{})
		for _, name := range []string{"5", "6", "7", "8"} {
			o.Every(name, time.Hour, counted(func(context.Context) {
				if ran.Load() == 4 { // short, 5, 6 and 7 have ended
					close(last)
				}
			}))
		}
		for _, name := range []string{"long 9", "long 10"} { // of which one is too many
			o.Every(name, time.Hour, long)
		}
		done := make(chan error)
		go func() { done <- o.Run(ctx) }()
		for _, c := range []chan struct{}{short, last, full} {
			select {
			case <-c:
			case <-guard.Done():
				t.Fatal("a long round holds up others")
			}
		}
		close(release)
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := most.Load(); n > rounds {
			t.Errorf("%d rounds at a time", n)
		}
	})
}
