package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/fault"
)

const (
	// workers is how many jobs of one process run at a time.
	workers = 8
	// ahead is how many jobs may be claimed before a worker is free for them, so
	// that short jobs share the writes that claim them.
	ahead = 32
	// poll is how often an idle process looks for what another process wrote
	// and for what has become due; its own work wakes it at once.
	poll = time.Second
	// lease is how long a job is its worker's; it is renewed while it runs.
	lease = time.Minute
	// soon is when a job is run again that could not be done because something of
	// the hall's own (its database, its disk, its store of files) took nothing.
	soon = 30 * time.Second
	// patience bounds one run of a handler.
	patience = 5 * time.Minute
	// grace is how long running handlers may go on when the process is told
	// to end; then their context ends.
	grace = 5 * time.Second
)

// Wake makes Run look for work at once.
func (o *Outbox) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Run does the work until ctx ends, then lets what is running finish for a
// few seconds. What it could not finish is run again at the next start.
func (o *Outbox) Run(ctx context.Context) error {
	if err := o.adopt(ctx); err != nil {
		return fmt.Errorf("outbox: start: %w", err)
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { o.renewal(work) })
	todo := make(chan Job, ahead)
	var jobs sync.WaitGroup
	jobs.Go(func() { o.timetable(ctx, work) })
	for range workers {
		jobs.Go(func() {
			for j := range todo {
				if ctx.Err() == nil {
					o.do(work, j)
				} else {
					o.giveBack(work, j)
				}
			}
		})
	}
	o.feed(ctx, todo)
	close(todo)
	ended := make(chan struct{})
	go func() { jobs.Wait(); close(ended) }()
	wait := time.NewTimer(grace)
	defer wait.Stop()
	select {
	case <-ended:
	case <-wait.C:
	}
	stop()
	<-ended
	all.Wait()
	return nil
}

// feed claims jobs for the workers until ctx ends.
func (o *Outbox) feed(ctx context.Context, todo chan<- Job) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for ctx.Err() == nil {
		claimed := 0
		if free := cap(todo) - len(todo); free >= ahead/2 {
			jobs, err := o.claim(ctx, free)
			if err != nil && ctx.Err() == nil {
				o.log.Error("no work could be claimed", "error", err)
			}
			for _, j := range jobs {
				todo <- j
			}
			claimed = len(jobs)
		}
		if claimed > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// giveBack returns a job that was claimed and not begun.
func (o *Outbox) giveBack(ctx context.Context, j Job) {
	defer o.end(j)
	if err := o.settle(context.WithoutCancel(ctx), j, "available", o.clock.Now(), errors.New("the process ended before the job began")); err != nil {
		o.log.Warn("a job could not be given back; its lease will end", "job", name(j), "id", j.ID, "error", err)
	}
}

// Drain runs everything that may run now, and what that makes, and returns the
// errors of the jobs that failed. It waits for those that Run has begun.
func (o *Outbox) Drain(ctx context.Context) error {
	var failed []error
	for {
		o.mu.Lock()
		change := o.idle
		o.mu.Unlock()
		jobs, err := o.claim(ctx, workers)
		if err != nil {
			return err
		}
		if len(jobs) == 0 {
			if o.free() {
				return errors.Join(failed...)
			}
			select {
			case <-change:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var group sync.WaitGroup
		var mu sync.Mutex
		for _, j := range jobs {
			group.Go(func() {
				if err := o.do(ctx, j); err != nil {
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, fmt.Errorf("outbox: %s: %w", name(j), err))
				}
			})
		}
		group.Wait()
	}
}

func name(j Job) string { return strings.TrimSpace(j.Kind + " " + j.Event) }

// do runs one job that was claimed, and records how it ended.
func (o *Outbox) do(ctx context.Context, j Job) error {
	defer o.end(j)
	limited, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err := o.call(limited, j)
	ended := o.endedByHandler(j)
	// What is recorded now must not be lost because the process is ending.
	record := context.WithoutCancel(ctx)
	var final cancelled
	var off later
	switch {
	case ended:
		if err != nil {
			o.log.Warn("a job that had ended itself returned an error", "job", name(j), "id", j.ID, "error", err)
		}
		return nil
	case err == nil:
		err = o.insist(ctx, func() error { return o.finish(record, j) })
	case errors.Is(err, ErrTaken):
		return nil
	case ctx.Err() != nil:
		err = o.settle(record, j, "available", o.clock.Now(), err)
	case errors.As(err, &off):
		err = o.insist(ctx, func() error { return o.putOff(record, j, o.clock.Now().Add(off.after), err) })
	case fault.CodeOf(err) == fault.Busy && !errors.As(err, &final):
		o.log.Warn("a job found the hall unable and is tried again", "job", name(j), "id", j.ID, "error", err)
		err = errors.Join(err, o.insist(ctx, func() error { return o.putOff(record, j, o.clock.Now().Add(soon), err) }))
	default:
		state, next := "retryable", o.clock.Now().Add(Backoff(j.Attempt))
		switch {
		case errors.As(err, &final):
			state = "cancelled"
		case j.Attempt >= Attempts:
			o.log.Error("a job is given up", "job", name(j), "id", j.ID, "attempt", j.Attempt, "error", err)
			state = "discarded"
		default:
			o.log.Warn("a job failed and is tried again", "job", name(j), "id", j.ID, "attempt", j.Attempt, "error", err)
		}
		err = errors.Join(err, o.insist(ctx, func() error { return o.settle(record, j, state, next, err) }))
	}
	return err
}

// insist records how a job ended, again while the database is unable to take it,
// until ctx ends. Whoever leaves it leaves the job to its lease, whose end counts
// as a try: an hour of a full disk would use up all of them.
func (o *Outbox) insist(ctx context.Context, record func() error) error {
	for {
		err := record()
		if fault.CodeOf(err) != fault.Busy {
			return err
		}
		wait := time.NewTimer(poll)
		select {
		case <-ctx.Done():
			wait.Stop()
			return err
		case <-wait.C:
		}
	}
}

// call finds the job's handler and turns its panic into an error.
func (o *Outbox) call(ctx context.Context, j Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			o.log.Error("a job panicked", "job", name(j), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("outbox: the handler panicked: %v", p)
		}
	}()
	if fn := o.handlers[j.Kind]; j.Event == "" && fn != nil {
		return fn(ctx, j)
	}
	for _, c := range o.consumers {
		if c.name == j.Kind && hears(c.event, j.Event) {
			return o.handlers[c.name+" "+c.event](ctx, j)
		}
	}
	return Cancel(fmt.Errorf("outbox: %s has no handler for %q any more", j.Kind, j.Event))
}

// kinds are the kinds this process can do; those of others it leaves alone.
func (o *Outbox) kinds() []any {
	var out []any
	for key := range o.handlers {
		kind, _, _ := strings.Cut(key, " ")
		if !slices.Contains(out, any(kind)) {
			out = append(out, kind)
		}
	}
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return out
}

// begin notes claimed jobs as this process's own.
func (o *Outbox) begin(jobs []Job) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, j := range jobs {
		o.busy[j.ID] = j.Attempt
	}
}

func (o *Outbox) end(j Job) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, j.ID)
	delete(o.done, j.ID)
	close(o.idle)
	o.idle = make(chan struct{})
	o.Wake()
}

func (o *Outbox) endedByHandler(j Job) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.done[j.ID] == j.Attempt
}

func (o *Outbox) running(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.busy[id]
	return ok
}

func (o *Outbox) free() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.busy) == 0
}

// renewal keeps the leases of long jobs alive.
func (o *Outbox) renewal(ctx context.Context) {
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		o.mu.Lock()
		held := make(map[string]int, len(o.busy))
		for id, attempt := range o.busy {
			held[id] = attempt
		}
		o.mu.Unlock()
		if len(held) > 0 {
			if err := o.renew(ctx, held); err != nil && ctx.Err() == nil {
				o.log.Error("leases could not be renewed", "error", err)
			}
		}
	}
}
