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
	all := append([]*schedule{{"outbox.prune", time.Hour, o.prune}}, o.schedules...)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		for _, s := range all {
			if ctx.Err() != nil {
				return
			}
			mine, err := o.due(ctx, s)
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
