// Package outbox is the work that follows an act: events for other parts, and
// jobs. A row is written in the act's own transaction, so there is no event
// without its act and no act whose event is lost.
//
// Work is done at least once, in no promised order. A consumer that must act
// once calls DoneTx inside its own write: the effect and the end of the job are
// then one commit, and a second worker's write fails. One that cannot is keyed
// by Job.ID, which stays the same however often the job is tried.
//
// States are River's: scheduled, available, running, retryable, completed,
// discarded (after 20 attempts), cancelled.
package outbox

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
)

//go:embed migration
var migrations embed.FS

// Migration is this part's tables.
func Migration() db.Migration { return db.Migration{Part: "outbox", FS: migrations} }

// Job is one piece of work as a handler sees it. Event is "" for a job that
// Enqueue made; Attempt counts from 1; At is when it was written, in
// microseconds.
type Job struct {
	ID      string
	Kind    string
	Event   string
	Args    json.RawMessage
	Attempt int
	At      int64
}

// Handler does a job. An error makes it be tried again later.
type Handler func(ctx context.Context, j Job) error

// Outbox keeps the work and runs it.
type Outbox struct {
	db    *db.DB
	clock clock.Clock
	ids   *id.Source
	log   *slog.Logger

	handlers  map[string]Handler // by kind, or by kind and event pattern
	consumers []consumer
	schedules []*schedule
	lane      string // prefix of kinds and consumers, "" for none

	wake chan struct{}
	mu   sync.Mutex
	busy map[string]int // jobs this process is running, with their attempt
	done map[string]int // of those, the ones DoneTx has ended
	idle chan struct{}  // closed and renewed whenever a job ends
}

type consumer struct{ event, name string }

type schedule struct {
	name  string
	every time.Duration
	fn    func(ctx context.Context) error
	local bool  // each process for itself
	next  int64 // of a local one, in microseconds

	running atomic.Bool // in this process
}

// New makes an outbox on d.
func New(d *db.DB, c clock.Clock, ids *id.Source, log *slog.Logger) *Outbox {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Outbox{
		db: d, clock: c, ids: ids, log: log,
		handlers: map[string]Handler{},
		wake:     make(chan struct{}, 1),
		busy:     map[string]int{}, done: map[string]int{},
		idle: make(chan struct{}),
	}
}

// In puts everything that o makes and runs from here on in a lane of its own:
// no other outbox on the database takes it. Name it before the first handler.
// The demo lives through its past in one, at the past's own time.
func (o *Outbox) In(lane string) *Outbox {
	o.lane = lane
	return o
}

// Leave hands what is still queued in the lane to the outbox without one.
func (o *Outbox) Leave(tx *db.Tx) error { return o.leave(tx) }

// On makes the consumer of that name hear an event, or all that begin alike: "case.*". All are
// named before the first Emit; the consumer's name stays the same for ever,
// since rows carry it.
func (o *Outbox) On(event, name string, fn func(ctx context.Context, j Job) error) {
	name = o.lane + name
	o.handle(name+" "+event, fn)
	o.consumers = append(o.consumers, consumer{event, name})
}

// Handle gives the kind of job its handler.
func (o *Outbox) Handle(kind string, fn func(ctx context.Context, j Job) error) {
	o.handle(o.lane+kind, fn)
}

func (o *Outbox) handle(key string, fn Handler) {
	if o.handlers[key] != nil {
		panic("outbox: two handlers for " + key)
	}
	o.handlers[key] = fn
}

// Every runs fn once per period over all processes, the first time at the
// start. A round counts when it has ended: one whose process died is run again
// a minute later, and one that failed after ten minutes, or its period where
// that is shorter. So fn may see its work half done.
func (o *Outbox) Every(name string, every time.Duration, fn func(ctx context.Context) error) {
	o.schedules = append(o.schedules, &schedule{name: name, every: every, fn: fn})
}

// Here runs fn once per period in this process, whatever the others do: for
// what a process keeps in memory.
func (o *Outbox) Here(name string, every time.Duration, fn func(ctx context.Context) error) {
	o.schedules = append(o.schedules, &schedule{name: name, every: every, fn: fn, local: true})
}

// Emit writes a row for each consumer of the event. args is made JSON.
func (o *Outbox) Emit(tx *db.Tx, event string, args any) error {
	var text json.RawMessage
	told := map[string]bool{} // a consumer with two patterns hears an event once
	for _, c := range o.consumers {
		if told[c.name] || !hears(c.event, event) {
			continue
		}
		told[c.name] = true
		if text == nil {
			var err error
			if text, err = json.Marshal(args); err != nil {
				return fmt.Errorf("outbox: emit %s: %w", event, err)
			}
		}
		if err := o.insert(tx, c.name, event, text, time.Time{}); err != nil {
			return fmt.Errorf("outbox: emit %s: %w", event, err)
		}
	}
	return nil
}

func hears(pattern, event string) bool {
	if head, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(event, head)
	}
	return pattern == event
}

// Enqueue writes a job of a kind, to be run at once or at runAt.
func (o *Outbox) Enqueue(tx *db.Tx, kind string, args any, runAt ...time.Time) error {
	kind = o.lane + kind
	text, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("outbox: enqueue %s: %w", kind, err)
	}
	var at time.Time
	if len(runAt) > 0 {
		at = runAt[0]
	}
	if err := o.insert(tx, kind, "", text, at); err != nil {
		return fmt.Errorf("outbox: enqueue %s: %w", kind, err)
	}
	return nil
}

// ErrTaken is what DoneTx returns when the job is not this worker's any more:
// another has it or has done it. The write it stands in must fail with it.
var ErrTaken = errors.New("outbox: the job is another worker's")

// DoneTx ends the job in the handler's own write: its effect happens exactly
// once.
func (o *Outbox) DoneTx(tx *db.Tx, j Job) error {
	ended, err := o.complete(tx, j)
	if err != nil {
		return err
	}
	if !ended {
		return ErrTaken
	}
	tx.OnCommit(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.done[j.ID] = j.Attempt
	})
	return nil
}

// cancelled is an error after which trying again has no sense.
type cancelled struct{ error }

func (c cancelled) Unwrap() error { return c.error }

// Cancel wraps a handler's error when the job can never succeed: it is not
// tried again, and its state is cancelled.
func Cancel(err error) error { return cancelled{err} }

// later is a job that is not to be tried now.
type later struct{ after time.Duration }

func (l later) Error() string { return "outbox: not now" }

// Later puts a job off: it is run again after that time, and this run does not
// count as a try.
func Later(after time.Duration) error { return later{after} }

// Final tells whether an error says that trying again has no sense.
func Final(err error) bool {
	var c cancelled
	return errors.As(err, &c)
}

// Attempts is how often a job is tried before it is discarded. A handler whose
// error is fault.Busy (the database, the disk or the store of files took nothing)
// was not at fault: it is run again soon, and that does not count.
const Attempts = 20

// Backoff is how long a job waits after its n-th failure: n to the fourth
// seconds (1 s, 16 s, 81 s … 36 h), without chance, so that it can be told.
func Backoff(n int) time.Duration { return time.Duration(n*n*n*n) * time.Second }
