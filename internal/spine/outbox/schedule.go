package outbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// timetable runs what Every has named, one after another: these are short
// rounds of upkeep, and what is long is a job that they enqueue.
func (o *Outbox) timetable(ctx, work context.Context) {
	all := append([]*schedule{{name: "outbox.prune", every: time.Hour, fn: o.prune}}, o.schedules...)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		for _, s := range all {
			if ctx.Err() != nil {
				return
			}
			mine, err := o.turnOf(ctx, s)
			if err == nil && mine {
				err = o.turn(work, s)
			}
			if err != nil && ctx.Err() == nil {
				o.log.Error("a scheduled round failed", "schedule", s.name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// turnOf tells whether a schedule's turn has come for this process.
func (o *Outbox) turnOf(ctx context.Context, s *schedule) (bool, error) {
	if !s.local {
		return o.due(ctx, s)
	}
	now := o.clock.Now()
	if now.Before(s.next) {
		return false, nil
	}
	s.next = now.Add(s.every)
	return true, nil
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
