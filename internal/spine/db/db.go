package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"balai/internal/spine/fault"
)

// DB is an open database of either engine. It is safe for concurrent use.
type DB struct {
	engine engine
	log    *slog.Logger
	stats  *counters
}

// engine is what SQLite and PostgreSQL each do in their own way.
type engine interface {
	name() string
	write(ctx context.Context, act func(*Tx) error) ([]func(), error)
	writeIn(ctx context.Context, lane string, act func(*Tx) error) ([]func(), error)
	claim(ctx context.Context, act func(*Tx) error) ([]func(), error)
	read(ctx context.Context, fn func(*Tx) error, once bool) error
	hold(ctx context.Context, alone bool, who string) (*Holding, error)
	ping(ctx context.Context) error
	close() error
	describe(err error) *fault.Error
}

// Stats counts since Open. Acts per group tells how well commits are shared.
type Stats struct {
	Acts   int64 // acts committed
	Groups int64 // transactions that committed them
	Reruns int64 // acts run again: a broken group, or a serialization failure
	Reads  int64 // reads begun
}

type counters struct{ acts, groups, reruns, reads atomic.Int64 }

var errClosed = errors.New("db: closed")

// Open opens the database dsn names: "postgres://…", or the path of an SQLite
// file, with or without "sqlite:" before it. The path may end in
// "?durable=off", which leaves the disk unasked: tests and throw-away
// databases only. An error is one plain sentence; its cause is wrapped.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*DB, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &DB{log: log, stats: &counters{}}
	if kind, _, address := strings.Cut(dsn, "://"); address && !slices.Contains([]string{"postgres", "postgresql", "sqlite"}, kind) {
		return nil, fmt.Errorf("there is no kind of database %q here: name postgres://… or a SQLite file", kind)
	}
	var err error
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		d.engine, err = openPostgres(ctx, dsn, log, d.stats)
	} else {
		d.engine, err = openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"), log, d.stats)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Engine is "sqlite" or "postgres".
func (d *DB) Engine() string { return d.engine.name() }

// Close waits for the acts that are running and closes every connection.
func (d *DB) Close() error { return d.engine.close() }

// Ping tells whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.explain(d.engine.ping(ctx)) }

// Stats are the counters since Open.
func (d *DB) Stats() Stats {
	c := d.stats
	return Stats{c.acts.Load(), c.groups.Load(), c.reruns.Load(), c.reads.Load()}
}

// Write runs act in a transaction and returns once it is on the disk, or with
// the error for which nothing of it was kept. act may run more than once and
// must do nothing but database work. A ctx that ends before act has begun
// gives its error back; afterwards act runs to its end, because breaking off
// would take the acts beside it along.
func (d *DB) Write(ctx context.Context, act func(*Tx) error) error {
	return d.put(ctx, act, func(act func(*Tx) error) ([]func(), error) { return d.engine.write(ctx, act) })
}

func (d *DB) put(ctx context.Context, act func(*Tx) error, write func(act func(*Tx) error) ([]func(), error)) error {
	if ctx.Value(markKey{}) != nil {
		panic("db: a write inside a transaction; use its Tx")
	}
	if check, ok := ctx.Value(checkKey{}).(func(*Tx) error); ok {
		does := act
		act = func(tx *Tx) error {
			if err := check(tx); err != nil {
				return err
			}
			return does(tx)
		}
	}
	hooks, err := write(act)
	if err != nil {
		return d.explain(err)
	}
	for _, fn := range hooks {
		fn()
	}
	return nil
}

// OnlyIf makes a context whose writes each begin with check, in their own
// transaction, and do nothing where it gives an error: what was true when a
// request began may have ended before it writes. A check takes the place of one
// that the context has already.
func OnlyIf(ctx context.Context, check func(*Tx) error) context.Context {
	return context.WithValue(ctx, checkKey{}, check)
}

type checkKey struct{}

// Read runs fn in a read-only transaction that sees one state of the database
// from its first statement to its last.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error { return d.look(ctx, fn, false) }

// ReadOne is Read for one query, which sees one state by itself: PostgreSQL is
// asked once in the place of three times. A second query is refused.
func (d *DB) ReadOne(ctx context.Context, fn func(*Tx) error) error { return d.look(ctx, fn, true) }

func (d *DB) look(ctx context.Context, fn func(*Tx) error, once bool) error {
	if ctx.Value(markKey{}) != nil {
		panic("db: a read inside a transaction; use its Tx")
	}
	d.stats.reads.Add(1)
	return d.explain(d.engine.read(ctx, fn, once))
}

// markKey marks the context of a Tx.
type markKey struct{}

func mark(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), markKey{}, true)
}

// run calls act and makes a panic an error, so that one broken act cannot
// take the process or its mates along.
func run(tx *Tx, act func(*Tx) error, log *slog.Logger) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("an act panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("db: an act panicked: %v", p)
		}
		if settled := tx.settle(true); err == nil {
			err = settled
		}
		tx.ended = true
	}()
	return act(tx)
}
