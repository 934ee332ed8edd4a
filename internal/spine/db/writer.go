package db

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
)

// groupSize is how many acts share one commit. Beyond it the fsync is already
// a small part of an act's cost.
const groupSize = 128

// writer is the one goroutine that writes an SQLite file. While one group is
// on its way to the disk the next one gathers, so that the cost of an fsync is
// shared by all who wait.
type writer struct {
	queue  chan *request
	stop   chan struct{}
	closed sync.Once
	done   chan struct{}
	conn   *sqliteConn
	reopen func() (*sqliteConn, error)
	log    *slog.Logger
	stats  *counters
	// control runs begin, savepoint, release, rollback and commit; a test
	// replaces it to break one of them.
	control func(ctx context.Context, q string) error
}

// request is one act on its way. state decides, once, whether the writer began
// it or its caller left before that.
type request struct {
	ctx   context.Context
	act   func(*Tx) error
	state atomic.Int32
	hooks []func()
	err   error
	left  bool // the act ended its goroutine (runtime.Goexit); it is not run again
	done  chan struct{}
}

const (
	waiting int32 = iota
	begun
	abandoned
)

var errLeft = errors.New("db: an act ended its goroutine")

func startWriter(conn *sqliteConn, reopen func() (*sqliteConn, error), log *slog.Logger, stats *counters) *writer {
	w := &writer{
		queue: make(chan *request, 4*groupSize), stop: make(chan struct{}), done: make(chan struct{}),
		conn: conn, reopen: reopen, log: log, stats: stats,
	}
	w.control = func(ctx context.Context, q string) error {
		_, err := w.conn.exec(ctx, q, nil)
		return err
	}
	go w.loop(nil)
	return w
}

func (w *writer) submit(ctx context.Context, act func(*Tx) error) ([]func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &request{ctx: ctx, act: act, done: make(chan struct{})}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.done:
		return nil, errClosed
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, abandoned) {
			return nil, ctx.Err()
		}
		<-r.done // begun: it will be known shortly whether it was kept
	case <-w.done:
		// Closing: the writer may have answered, or have left before it saw r.
		select {
		case <-r.done:
		default:
			return nil, errClosed
		}
	}
	return r.hooks, r.err
}

// close lets the acts in the queue finish, then ends the writer.
func (w *writer) close() {
	w.closed.Do(func() { close(w.stop) })
	<-w.done
	w.conn.close()
}

// loop runs groups until the writer is closed. first is a group that a
// previous loop left unfinished.
func (w *writer) loop(first []*request) {
	finished := false
	defer func() {
		if finished {
			close(w.done)
		}
	}()
	w.group(first)
	for {
		select {
		case r := <-w.queue:
			w.group(w.gather(r))
		case <-w.stop:
			for {
				select {
				case r := <-w.queue:
					w.group(w.gather(r))
				default:
					finished = true
					return
				}
			}
		}
	}
}

// gather takes what is waiting, without waiting for more.
func (w *writer) gather(first *request) []*request {
	group := make([]*request, 0, groupSize)
	add := func(r *request) {
		if r.state.CompareAndSwap(waiting, begun) {
			group = append(group, r)
		}
	}
	add(first)
	for len(group) < groupSize {
		select {
		case r := <-w.queue:
			add(r)
		default:
			return group
		}
	}
	return group
}

// group runs acts in one transaction, each behind a savepoint, and answers
// all of them after the commit. When the transaction as a whole breaks (the
// disk is full, an act's rollback fails), nothing of it was kept and each act
// is run again alone: whoever broke it answers for it, and nobody else.
func (w *writer) group(group []*request) {
	if len(group) == 0 {
		return
	}
	// An act that ends this goroutine (a test's FailNow does) must not end
	// the writer: a new one takes the rest of the group.
	finished := false
	defer func() {
		if finished {
			return
		}
		ctx := context.Background()
		w.control(ctx, "rollback")
		rest := make([]*request, 0, len(group))
		for _, r := range group {
			switch {
			case r.left:
				r.answer(nil, errLeft)
			case !r.answered():
				rest = append(rest, r)
			}
		}
		go w.loop(rest)
	}()
	if len(group) > 1 && w.together(group) {
		finished = true
		return
	}
	for _, r := range group {
		if !r.answered() {
			w.alone(r)
		}
	}
	finished = true
}

// together is false when nothing was kept and nobody was answered.
func (w *writer) together(group []*request) bool {
	ctx := context.Background()
	if err := w.begin(ctx); err != nil {
		return false
	}
	hooks := make([][]func(), len(group))
	errs := make([]error, len(group))
	kept := int64(0)
	for i, r := range group {
		err := w.control(ctx, "savepoint act")
		if err == nil {
			hooks[i], errs[i] = w.run(r)
			if errs[i] != nil {
				err = w.control(ctx, "rollback to act")
			} else {
				kept++
			}
		}
		if err == nil {
			err = w.control(ctx, "release act")
		}
		if err != nil {
			w.broken(ctx, len(group), err)
			return false
		}
	}
	if err := w.control(ctx, "commit"); err != nil {
		w.broken(ctx, len(group), err)
		return false
	}
	w.stats.acts.Add(kept)
	w.stats.groups.Add(1)
	for i, r := range group {
		r.answer(hooks[i], errs[i])
	}
	return true
}

func (w *writer) broken(ctx context.Context, n int, err error) {
	w.log.Warn("a group of acts broke and is run again one by one", "acts", n, "error", err)
	w.stats.reruns.Add(int64(n))
	w.control(ctx, "rollback")
}

func (w *writer) alone(r *request) {
	ctx := context.Background()
	if err := w.begin(ctx); err != nil {
		r.answer(nil, err)
		return
	}
	hooks, err := w.run(r)
	if err == nil {
		err = w.control(ctx, "commit")
	}
	if err != nil {
		w.control(ctx, "rollback")
		r.answer(nil, err)
		return
	}
	w.stats.acts.Add(1)
	w.stats.groups.Add(1)
	r.answer(hooks, nil)
}

// begin opens the transaction, on a new connection when the old one is not to
// be used any more.
func (w *writer) begin(ctx context.Context) error {
	err := w.control(ctx, "begin immediate")
	if err == nil || isBusy(err) {
		return err
	}
	w.log.Warn("the writing connection is opened anew", "error", err)
	conn, again := w.reopen()
	if again != nil {
		return again
	}
	w.conn.close()
	w.conn = conn
	return w.control(ctx, "begin immediate")
}

// run calls the act with a Tx of its own on the writer's connection.
func (w *writer) run(r *request) ([]func(), error) {
	r.left = true
	tx := &Tx{ctx: mark(r.ctx), on: w.conn}
	err := run(tx, r.act, w.log)
	r.left = false
	if err != nil {
		return nil, err
	}
	return tx.hooks, nil
}

func (r *request) answer(hooks []func(), err error) {
	r.hooks, r.err = hooks, err
	close(r.done)
}

func (r *request) answered() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}
