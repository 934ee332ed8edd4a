package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"balai/internal/spine/fault"
)

// postgresEngine is a pool of connections. Acts are SERIALIZABLE, because the
// rules (four eyes, one draft, a balance) are written as if there were one
// writer, and READ COMMITTED would let two acts each miss the other.
type postgresEngine struct {
	pool  *sql.DB
	log   *slog.Logger
	stats *counters
	// turn lets an act that keeps losing run with no other act of this
	// process beside it.
	turn sync.RWMutex
	// share is what every new connection has to take, nil where the hall is
	// not held together with others.
	share atomic.Pointer[share]
	lanes sync.Map // of *lane, by name
}

const (
	// poolSize leaves room for several processes under PostgreSQL's usual
	// limit of 100 connections.
	poolSize = 20
	// attempts bound the reruns of one act; from patience on it runs with no
	// other act of this process beside it, so only other processes can still
	// make it lose.
	attempts = 12
	patience = 3
	// reconnects bound how often a broken connection is replaced by a new one.
	reconnects = 3
	// Codes of PostgreSQL's appendix A.
	pgUnique        = "23505"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
)

func openPostgres(ctx context.Context, dsn string, log *slog.Logger, stats *counters) (*postgresEngine, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, condition(fault.Invalid, "db.unreachable", errors.New("db: the address is not understood"))
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"application_name":                    "balai",
		"timezone":                            "UTC",
		"lock_timeout":                        "10s",
		"statement_timeout":                   "120s",
		"idle_in_transaction_session_timeout": "60s",
	} {
		if _, set := cfg.RuntimeParams[name]; !set {
			cfg.RuntimeParams[name] = value
		}
	}
	e := &postgresEngine{log: log, stats: stats}
	e.pool = stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(e.enter))
	e.pool.SetMaxOpenConns(poolSize)
	e.pool.SetMaxIdleConns(poolSize)
	e.pool.SetConnMaxLifetime(30 * time.Minute) // so that a server taken out of service is left
	if err := e.pool.PingContext(ctx); err != nil {
		e.pool.Close()
		if f := e.describe(err); f != nil {
			return nil, f
		}
		return nil, condition(fault.Busy, "db.unreachable", err)
	}
	return e, nil
}

func (e *postgresEngine) name() string                   { return "postgres" }
func (e *postgresEngine) ping(ctx context.Context) error { return e.pool.PingContext(ctx) }
func (e *postgresEngine) close() error                   { return e.pool.Close() }

func (e *postgresEngine) write(ctx context.Context, act func(*Tx) error) ([]func(), error) {
	return e.begin(ctx, sql.LevelSerializable, nil, act)
}

func (e *postgresEngine) claim(ctx context.Context, act func(*Tx) error) ([]func(), error) {
	return e.begin(ctx, sql.LevelReadCommitted, nil, act)
}

// begin runs act until it is kept or refused. Locks are names that are locked
// before its snapshot is taken; those that an attempt asked for come to them.
func (e *postgresEngine) begin(ctx context.Context, level sql.IsolationLevel, locks []string, act func(*Tx) error) ([]func(), error) {
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hooks, unsure, err := e.attempt(ctx, level, act, n > patience, &locks)
		switch {
		case err == nil:
			e.stats.acts.Add(1)
			e.stats.groups.Add(1)
			return hooks, nil
		case lost(err) && n < attempts, broken(err) && !unsure && n < reconnects:
			e.stats.reruns.Add(1)
		case lost(err):
			return nil, condition(fault.Busy, "db.busy", err)
		case unsure && broken(err):
			return nil, condition(fault.Internal, keyUnsure, err)
		default:
			return nil, err
		}
	}
}

// keyUnsure is of a commit of which it is not known whether it was kept.
const keyUnsure = "db.unsure"

func unsure(err error) bool {
	f, ok := fault.As(err)
	return ok && f.Key == keyUnsure
}

// attempt runs act once. After it began the caller's leaving does not break
// it off, as on SQLite. unsure: the commit was asked for and not answered with
// a yes; before that, a transaction whose connection breaks was never there.
// Names in locks are locked before the snapshot is taken, so that an act that
// lost for a lock it came to late does not lose for it again; what it comes to
// this time is added.
func (e *postgresEngine) attempt(ctx context.Context, level sql.IsolationLevel, act func(*Tx) error, aside bool, locks *[]string) (hooks []func(), unsure bool, err error) {
	if aside {
		e.turn.Lock()
		defer e.turn.Unlock()
	} else {
		e.turn.RLock()
		defer e.turn.RUnlock()
	}
	conn, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, false, err
	}
	s := &pgSession{conn: conn, options: &sql.TxOptions{Isolation: level}}
	tx := &Tx{ctx: mark(ctx), on: s}
	finished := false
	defer func() {
		if !finished { // the act left by runtime.Goexit
			s.end(tx.ctx, false)
		}
	}()
	for _, name := range *locks {
		if err = s.lock(tx.ctx, name); err != nil {
			break
		}
	}
	if err == nil {
		err = run(tx, act, e.log)
	}
	if err == nil {
		err = s.flush(tx.ctx)
	}
	*locks = append(*locks, s.late...)
	slices.Sort(*locks) // everybody takes them in one order
	unsure = err == nil
	if ended := s.end(tx.ctx, err == nil); err == nil {
		err = ended
	}
	finished = true
	return tx.hooks, unsure, err
}

// read sees one snapshot (REPEATABLE READ, read only), which never loses. It
// is run again only while its first statement finds the connection broken:
// what fn has kept of its answers must not be kept twice.
func (e *postgresEngine) read(ctx context.Context, fn func(*Tx) error, once bool) error {
	for n := 1; ; n++ {
		s, err := e.look(ctx, fn, once)
		if err == nil || !broken(err) || n == reconnects || s != nil && s.answered {
			return err
		}
	}
}

func (e *postgresEngine) look(ctx context.Context, fn func(*Tx) error, once bool) (*pgSession, error) {
	conn, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &pgSession{conn: conn, options: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, bare: once}
	tx := &Tx{ctx: mark(ctx), caller: ctx, on: s, once: once}
	defer s.end(tx.ctx, false)
	err = read(tx, fn)
	if err == nil {
		err = s.flush(tx.ctx) // nobody writes in a read, and whoever tries is told
	}
	return s, err
}

// pgSession is a connection whose transaction begins with the first statement,
// so that a lock taken before it is waited for without a snapshot.
type pgSession struct {
	conn    *sql.Conn
	options *sql.TxOptions
	tx      *sql.Tx
	locks   []string // held by the connection; given back after the transaction
	late    []string // held by the transaction, which had begun before them
	// answered: at least one statement went well.
	answered bool
	bare     bool // no transaction around its one query
	pending  []later
}

func (s *pgSession) begin(ctx context.Context) error {
	if s.tx != nil {
		return nil
	}
	var err error
	s.tx, err = s.conn.BeginTx(ctx, s.options)
	return err
}

// later keeps a statement for the next flush.
func (s *pgSession) later(_ context.Context, l later) error {
	s.pending = append(s.pending, l)
	return nil
}

// flush sends what is pending in one go; the error is that of the first that failed.
func (s *pgSession) flush(ctx context.Context) error {
	if len(s.pending) == 0 {
		return nil
	}
	_, err := s.send(ctx)
	return err
}

// send is flush, and tells how many rows the last one touched.
func (s *pgSession) send(ctx context.Context) (n int64, err error) {
	all := s.pending
	s.pending = nil
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	batch := &pgx.Batch{}
	for _, l := range all {
		batch.Queue(l.q, l.args...)
	}
	err = s.conn.Raw(func(conn any) error {
		answers := conn.(*stdlib.Conn).Conn().SendBatch(ctx, batch)
		defer answers.Close()
		for _, l := range all {
			tag, err := answers.Exec()
			if n = tag.RowsAffected(); err == nil && l.one && n != 1 {
				err = errTouched
			}
			if err != nil {
				return in(l.q, err)
			}
		}
		return answers.Close()
	})
	s.answered = s.answered || err == nil
	return n, err
}

func (s *pgSession) exec(ctx context.Context, q string, args []any) (sql.Result, error) {
	if len(s.pending) > 0 {
		s.pending = append(s.pending, later{q: q, args: args})
		n, err := s.send(ctx)
		return driver.RowsAffected(n), err
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	res, err := s.tx.ExecContext(ctx, q, args...)
	s.answered = s.answered || err == nil
	return res, err
}

func (s *pgSession) query(ctx context.Context, q string, args []any) (*sql.Rows, error) {
	ask := s.conn.QueryContext
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	if !s.bare {
		if err := s.begin(ctx); err != nil {
			return nil, err
		}
		ask = s.tx.QueryContext
	}
	if strings.HasPrefix(q, ByValue) {
		args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	rows, err := ask(ctx, q, args...)
	s.answered = s.answered || err == nil
	return rows, err
}

// lockKey is the advisory lock of a name within a schema.
const lockKey = "hashtextextended(current_schema() || ':' || $1, 0)"

func (s *pgSession) lock(ctx context.Context, name string) error {
	if slices.Contains(s.locks, name) || slices.Contains(s.late, name) {
		return nil
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	if s.tx != nil {
		s.late = append(s.late, name) // before it is had: waiting for it may be what loses
		_, err := s.tx.ExecContext(ctx, "select pg_advisory_xact_lock("+lockKey+")", name)
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "select pg_advisory_lock("+lockKey+")", name); err != nil {
		return err
	}
	s.locks = append(s.locks, name)
	return nil
}

func (s *pgSession) skipLocked() string { return " for update skip locked" }

// end commits or rolls back, gives the locks back and returns the connection
// to the pool, or throws it away when a lock could not be given back.
func (s *pgSession) end(ctx context.Context, keep bool) (err error) {
	if s.tx != nil {
		if keep {
			err = s.tx.Commit()
		} else {
			s.tx.Rollback()
		}
	}
	for _, name := range s.locks {
		if _, bad := s.conn.ExecContext(ctx, "select pg_advisory_unlock("+lockKey+")", name); bad != nil {
			s.conn.Raw(func(any) error { return driver.ErrBadConn })
			break
		}
	}
	s.conn.Close()
	return err
}

func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// lost tells whether an act failed only because of another beside it.
func lost(err error) bool {
	code := pgCode(err)
	return code == pgSerialization || code == pgDeadlock
}

// broken tells whether the connection failed rather than the statement: the
// server ended it (class 57P0x), or the line did.
func broken(err error) bool {
	if code := pgCode(err); code != "" {
		return code[:4] == "57P0" || code[:2] == "08"
	}
	var connect *pgconn.ConnectError
	var line net.Error
	return errors.As(err, &connect) || errors.As(err, &line) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

func uniquePostgres(err error) bool { return pgCode(err) == pgUnique }

func (e *postgresEngine) describe(err error) *fault.Error {
	var connect *pgconn.ConnectError
	switch code := pgCode(err); {
	case code == "":
		if broken(err) {
			return condition(fault.Busy, "db.unreachable", err)
		}
		return nil
	case code == "28000", code == "28P01", code == "3D000", code == "42501" && errors.As(err, &connect):
		return condition(fault.Internal, "db.refused", err)
	case code == "53100":
		return condition(fault.Busy, "db.full", err)
	case code == "53300", code == "55P03", lost(err):
		return condition(fault.Busy, "db.busy", err)
	case code == "58030":
		return condition(fault.Busy, "db.disk", err)
	case code == "XX001", code == "XX002":
		return condition(fault.Internal, "db.damaged", err)
	case broken(err):
		return condition(fault.Busy, "db.unreachable", err)
	}
	return nil
}
