package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"balai/internal/spine/clock"
)

const (
	// rounds is how many scheduled rounds of one process run at a time, so that
	// a long one holds up no other.
	rounds = 4
	// again is when a round that failed is tried again, where its period is not
	// shorter.
	again = 10 * time.Minute
)

// timetable begins what Every and Here have named when its time has come, until
// ctx ends, and waits for what it has begun.
func (o *Outbox) timetable(ctx, work context.Context) {
	all := append([]*schedule{{name: "outbox.prune", every: time.Hour, fn: o.prune}}, o.schedules...)
	var group sync.WaitGroup
	defer group.Wait()
	slots, ended := make(chan struct{}, rounds), make(chan struct{}, 1)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var seen int64 // of the wall's clock: two readings of a process tell what has passed, however it was set
	for ctx.Err() == nil {
		var wrong error
		now := clock.Micro(o.clock.Now())
		if seen == 0 || seen-now > lease.Microseconds() {
			wrong = o.rectify(ctx)
		}
		seen = now
		due, err := o.dueRounds(ctx, all)
		err = errors.Join(wrong, err)
		for _, s := range due {
			if len(slots) == cap(slots) {
				break // it is due still when one has ended
			}
			until, mine, bad := o.takeRound(ctx, s)
			if err = errors.Join(err, bad); bad != nil || !mine {
				continue
			}
			slots <- struct{}{}
			s.running.Store(true)
			group.Go(func() {
				o.round(work, s, until)
				s.running.Store(false)
				<-slots
				select {
				case ended <- struct{}{}:
				default:
				}
			})
		}
		if err != nil && ctx.Err() == nil {
			o.log.Error("the rounds that are due could not be begun", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ended:
		case <-tick.C:
		}
	}
}

// dueRounds are the schedules whose time has come and that do not run in this
// process, who has waited longest first.
func (o *Outbox) dueRounds(ctx context.Context, all []*schedule) ([]*schedule, error) {
	shared, err := o.nextRounds(ctx)
	if err != nil {
		return nil, err
	}
	now := clock.Micro(o.clock.Now())
	next := func(s *schedule) int64 {
		at := shared[s.name]
		if s.local {
			at = s.next
		}
		if at > now+s.farthest() {
			return 0
		}
		return at
	}
	due := slices.DeleteFunc(slices.Clone(all), func(s *schedule) bool { return s.running.Load() || next(s) > now })
	slices.SortStableFunc(due, func(a, b *schedule) int { return int(next(a)/1e6 - next(b)/1e6) })
	return due, nil
}

// farthest is how far off a round or the end of its lease can be, in
// microseconds. One that is farther was put off by a clock that was ahead and has
// been set right since; waiting for that time might be waiting for years.
func (s *schedule) farthest() int64 { return (max(s.every, lease) + lease).Microseconds() }

// takeRound takes a round whose time has come for this process, under a lease
// that ends at until; mine is false where another has it.
func (o *Outbox) takeRound(ctx context.Context, s *schedule) (until int64, mine bool, err error) {
	now := o.clock.Now()
	if s.local {
		s.next = clock.Micro(now.Add(s.every))
		return 0, true, nil
	}
	until = clock.Micro(now.Add(lease))
	mine, err = o.leaseRound(ctx, s, clock.Micro(now), until)
	return until, mine, err
}

// round runs a round, keeps its lease while it runs, and says when the next
// one is. A process that dies leaves the lease, and others take it when it has
// ended.
func (o *Outbox) round(work context.Context, s *schedule, until int64) {
	began := o.clock.Now()
	done := make(chan error, 1)
	go func() { done <- o.turn(work, s) }()
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	record := context.WithoutCancel(work)
	for {
		select {
		case <-tick.C:
			if s.local {
				continue
			}
			later := clock.Micro(o.clock.Now().Add(lease))
			if kept, err := o.moveRound(record, s, until, later); err == nil && kept {
				until = later
			}
		case err := <-done:
			next := began.Add(s.every)
			switch {
			case err == nil:
			case work.Err() != nil: // the process is told to end
				next = o.clock.Now()
			default:
				next = o.clock.Now().Add(min(s.every, again))
				o.log.Error("a scheduled round failed", "schedule", s.name, "error", err)
			}
			if s.local {
				return
			}
			if _, err := o.moveRound(record, s, until, clock.Micro(next)); err != nil {
				o.log.Error("a scheduled round could not be ended; it will be run again", "schedule", s.name, "error", err)
			}
			return
		}
	}
}

func (o *Outbox) turn(ctx context.Context, s *schedule) (err error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	defer func() {
		if p := recover(); p != nil {
			o.log.Error("a scheduled round panicked", "schedule", s.name, "stack", string(debug.Stack()))
			err = fmt.Errorf("outbox: %s panicked: %v", s.name, p)
		}
	}()
	return s.fn(ctx)
}
