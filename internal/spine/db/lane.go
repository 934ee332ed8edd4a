package db

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"balai/internal/spine/fault"
)

// WriteIn is Write for acts that would meet: those of one lane go one after
// another, and those that wait together share a commit, each behind a savepoint.
// On PostgreSQL acts that change the same few rows, or that read and grow the same
// end of an index, lose against each other and are run again; in a lane they do
// not, between processes too. SQLite's writer does so with all acts.
func (d *DB) WriteIn(ctx context.Context, lane string, act func(*Tx) error) error {
	return d.put(ctx, act, func(act func(*Tx) error) ([]func(), error) { return d.engine.writeIn(ctx, lane, act) })
}

// Claim is Write for an act that relies on nothing but rows that it locks, or on
// the one row that it changes: PostgreSQL need not watch what else it has read, and
// nobody loses because of it.
func (d *DB) Claim(ctx context.Context, act func(*Tx) error) error {
	return d.put(ctx, act, func(act func(*Tx) error) ([]func(), error) { return d.engine.claim(ctx, act) })
}

func (e *sqliteEngine) claim(ctx context.Context, act func(*Tx) error) ([]func(), error) {
	return e.write(ctx, act)
}

func (e *sqliteEngine) writeIn(ctx context.Context, _ string, act func(*Tx) error) ([]func(), error) {
	return e.write(ctx, act)
}

func (e *postgresEngine) writeIn(ctx context.Context, name string, act func(*Tx) error) ([]func(), error) {
	found, _ := e.lanes.LoadOrStore(name, &lane{e: e, name: "lane:" + name})
	return found.(*lane).submit(ctx, act)
}

// lane holds the acts that wait for one commit.
type lane struct {
	e       *postgresEngine
	name    string // of its lock
	mu      sync.Mutex
	waiting []*request
	busy    bool // a goroutine serves
}

func (l *lane) submit(ctx context.Context, act func(*Tx) error) ([]func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &request{ctx: ctx, act: act, done: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, r)
	if !l.busy {
		l.busy = true
		go l.serve()
	}
	l.mu.Unlock()
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, abandoned) {
			return nil, ctx.Err()
		}
		<-r.done // begun: it will be known shortly whether it was kept
	}
	return r.hooks, r.err
}

// serve runs groups until nobody waits.
func (l *lane) serve() {
	for group := l.next(); group != nil; group = l.next() {
		if !l.run(group) { // the act before ended its goroutine: this one is about to end
			return
		}
	}
}

// next takes who waits; nil, and nobody serves any more, when there is nobody.
func (l *lane) next() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var group []*request
	for len(group) == 0 {
		n := min(len(l.waiting), groupSize/2) // PostgreSQL keeps up to 64 savepoints of a transaction at hand
		if n == 0 {
			l.busy = false
			return nil
		}
		for _, r := range l.waiting[:n] {
			if r.state.CompareAndSwap(waiting, begun) {
				group = append(group, r)
			}
		}
		l.waiting = slices.Clone(l.waiting[n:])
	}
	return group
}

// run keeps a group in one commit, or, where it breaks as a whole, each act in one
// of its own: whoever broke it answers for it.
func (l *lane) run(group []*request) (finished bool) {
	defer func() {
		if finished {
			return
		}
		var rest []*request
		for _, r := range group {
			switch {
			case r.answered(): // one that panicked by itself never came back either
			case r.left:
				r.answer(nil, errLeft)
			default:
				r.state.Store(waiting)
				rest = append(rest, r)
			}
		}
		l.mu.Lock()
		l.waiting = append(rest, l.waiting...)
		l.mu.Unlock()
		go l.serve()
	}()
	if len(group) > 1 && l.together(group) == nil {
		return true
	}
	for _, r := range group {
		hooks, err := l.e.begin(r.ctx, sql.LevelSerializable, []string{l.name}, func(tx *Tx) error {
			r.left = true
			err := r.act(tx)
			r.left = false
			return err
		})
		r.answer(hooks, err)
	}
	return true
}

// together answers a group only after its commit. An error of it means that nobody
// was answered and nothing was kept.
func (l *lane) together(group []*request) error {
	hooks, errs := make([][]func(), len(group)), make([]error, len(group))
	ctx := context.Background()
	_, err := l.e.begin(ctx, sql.LevelSerializable, []string{l.name}, func(all *Tx) error {
		s := all.on.(*pgSession)
		if _, err := all.Exec("savepoint act"); err != nil {
			return err
		}
		for i, r := range group {
			r.left = true
			locks := len(s.late)
			tx := &Tx{ctx: mark(r.ctx), on: s}
			err := run(tx, r.act, l.e.log)
			hooks[i], r.left = tx.hooks, false
			if err == nil { // its own last statements, and a savepoint for the next
				s.pending = append(s.pending, later{q: "release act"}, later{q: "savepoint act"})
				err = s.flush(tx.ctx)
			}
			if lost(err) || broken(err) || errors.Is(err, errTouched) { // touched, and then released
				return err // all of it is run again
			}
			if errs[i] = err; err == nil {
				continue
			}
			s.pending, hooks[i] = nil, nil
			if _, err := all.Exec("rollback to act"); err != nil {
				return err
			}
			s.late = s.late[:locks] // the savepoint gives its locks back as well
		}
		return nil
	})
	if unsure(err) { // each of them may be on the disk: none is run again
		for _, r := range group {
			r.answer(nil, err)
		}
		return nil
	}
	if err != nil {
		l.e.log.Log(ctx, level(err), "a group of acts broke and is run again one by one", "acts", len(group), "error", err)
		return err
	}
	kept := int64(-1) // the group itself was counted as an act
	for i, r := range group {
		if errs[i] == nil {
			kept++
		}
		r.answer(hooks[i], errs[i])
	}
	l.e.stats.acts.Add(kept)

	return nil
}

// level: that others were quicker is no fault.
func level(err error) slog.Level {
	if lost(err) || fault.CodeOf(err) == fault.Busy {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
