package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"balai/internal/spine/fault"
)

// sqliteEngine is one file: one writer, which commits in groups, and a few
// readers, each a connection with its prepared statements.
type sqliteEngine struct {
	path    string
	pool    *sql.DB
	writer  *writer
	readers chan *sqliteConn // the free ones; nil stands for one not opened yet
	closed  chan struct{}
	readDB  *sql.DB
}

// statementCache bounds the prepared statements of a connection; lists of
// placeholders make many texts.
const statementCache = 400

func openSQLite(ctx context.Context, path string, log *slog.Logger, stats *counters) (*sqliteEngine, error) {
	path, query, _ := strings.Cut(path, "?")
	if path == "" {
		return nil, fault.New(fault.Invalid, "db.unopenable").Wrap(errors.New("db: no path"))
	}
	sync := "FULL"
	if query == "durable=off" {
		sync = "OFF"
	} else if query != "" {
		return nil, fault.New(fault.Invalid, "db.unopenable").Wrap(fmt.Errorf("db: unknown option %q", query))
	}
	e := &sqliteEngine{path: path, closed: make(chan struct{})}
	var err error
	if e.pool, err = sql.Open("sqlite", sqliteDSN(path, sync, false)); err != nil {
		return nil, err
	}
	if e.readDB, err = sql.Open("sqlite", sqliteDSN(path, sync, true)); err != nil {
		return nil, err
	}
	conn, err := firstConn(ctx, e.pool)
	if err == nil {
		// Owner only: the file holds what people have told the state.
		err = os.Chmod(path, 0o600)
	}
	if err == nil {
		err = soundSQLite(ctx, conn, path)
	}
	if err != nil {
		e.pool.Close()
		e.readDB.Close()
		if _, ok := fault.As(err); ok {
			return nil, err
		}
		if f := e.describe(err); f != nil {
			return nil, f
		}
		return nil, condition(fault.Internal, "db.unopenable", err)
	}
	n := max(4, runtime.GOMAXPROCS(0))
	e.readers = make(chan *sqliteConn, n)
	for range n {
		e.readers <- nil
	}
	e.writer = startWriter(conn, func() (*sqliteConn, error) { return newSQLiteConn(context.Background(), e.pool) }, log, stats)
	return e, nil
}

// sqliteDSN names the file and what each connection to it is told: write-ahead
// log, an fsync at every commit, foreign keys, no double-quoted strings, no
// statement that could damage the file.
func sqliteDSN(path, sync string, readOnly bool) string {
	q := url.Values{
		"_pragma":    {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + sync + ")", "foreign_keys(1)", "temp_store(memory)", "trusted_schema(0)"},
		"_defensive": {"1"},
		"_dqs":       {"0"},
		"_error_rc":  {"1"},
	}
	// In KiB, for each connection. What a reader does not keep the system does;
	// four readers with a cache as large as the writer's would be most of a small
	// hall's memory.
	if readOnly {
		q["_pragma"] = append(q["_pragma"], "query_only(1)", "cache_size(-4096)")
	} else {
		q["_pragma"] = append(q["_pragma"], "cache_size(-16384)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// firstConn waits where another process is just making the same file: SQLite's
// own busy timeout does not cover the change to the write-ahead log.
func firstConn(ctx context.Context, pool *sql.DB) (*sqliteConn, error) {
	for n := 1; ; n++ {
		conn, err := newSQLiteConn(ctx, pool)
		if err == nil || !isBusy(err) || n == 100 {
			return conn, err
		}
		wait := time.NewTimer(20 * time.Millisecond)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		}
	}
}

// checkedSize is up to which size a file's whole structure is checked when it
// is opened; a larger one's header only, so that a start stays quick.
const checkedSize = 64 << 20

func soundSQLite(ctx context.Context, c *sqliteConn, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > checkedSize {
		_, err := c.exec(ctx, "pragma schema_version", nil)
		return err
	}
	rows, err := c.query(ctx, "pragma quick_check(1)", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var said string
		if err := rows.Scan(&said); err != nil {
			return err
		}
		if said != "ok" {
			return condition(fault.Internal, "db.damaged", errors.New("db: "+said))
		}
	}
	return rows.Err()
}

func (e *sqliteEngine) name() string { return "sqlite" }

func (e *sqliteEngine) write(ctx context.Context, act func(*Tx) error) ([]func(), error) {
	return e.writer.submit(ctx, act)
}

func (e *sqliteEngine) read(ctx context.Context, fn func(*Tx) error, once bool) (err error) {
	var c *sqliteConn
	select {
	case c = <-e.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-e.closed:
		return errClosed
	}
	sound := false
	defer func() { // also when fn leaves by runtime.Goexit or panics
		if c != nil && !sound {
			c.close()
			c = nil
		}
		e.readers <- c
	}()
	select {
	case <-e.closed:
		return errClosed
	default:
	}
	tx := &Tx{ctx: mark(ctx), caller: ctx, once: once}
	if c == nil {
		if c, err = newSQLiteConn(tx.ctx, e.readDB); err != nil {
			return err
		}
	}
	tx.on = c
	if _, err := c.exec(tx.ctx, "begin", nil); err != nil {
		return err
	}
	err = read(tx, fn)
	_, ended := c.exec(tx.ctx, "rollback", nil)
	sound = ended == nil
	return err
}

// read is run without its recovery: a read runs in its caller's goroutine, and
// what a panic there means is the caller's affair.
func read(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if settled := tx.settle(true); err == nil {
			err = settled
		}
		tx.ended = true
	}()
	return fn(tx)
}

func (e *sqliteEngine) ping(ctx context.Context) error {
	return e.read(ctx, func(tx *Tx) error {
		var n int64
		return tx.QueryRow("select 1").Scan(&n)
	}, true)
}

func (e *sqliteEngine) close() error {
	select {
	case <-e.closed:
		return nil
	default:
	}
	close(e.closed)
	for range cap(e.readers) {
		if c := <-e.readers; c != nil {
			c.close()
		}
	}
	e.writer.close()
	return errors.Join(e.readDB.Close(), e.pool.Close())
}

// sqliteConn is one connection with its prepared statements.
type sqliteConn struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func newSQLiteConn(ctx context.Context, pool *sql.DB) (*sqliteConn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{conn, map[string]*sql.Stmt{}}, nil
}

func (c *sqliteConn) prepare(ctx context.Context, q string) (*sql.Stmt, error) {
	if s := c.stmts[q]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= statementCache {
		for _, s := range c.stmts {
			s.Close()
		}
		clear(c.stmts)
	}
	s, err := c.conn.PrepareContext(ctx, unnamed(q))
	if err == nil {
		c.stmts[q] = s
	}
	return s, err
}

// later runs it at once: there is no way to go.
func (c *sqliteConn) later(ctx context.Context, l later) error {
	res, err := c.exec(ctx, l.q, l.args)
	if err == nil && l.one {
		if n, _ := res.RowsAffected(); n != 1 {
			err = errTouched
		}
	}
	if err != nil {
		return in(l.q, err)
	}
	return nil
}

func (c *sqliteConn) exec(ctx context.Context, q string, args []any) (sql.Result, error) {
	s, err := c.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *sqliteConn) query(ctx context.Context, q string, args []any) (*sql.Rows, error) {
	s, err := c.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (c *sqliteConn) lock(context.Context, string) error { return nil }
func (c *sqliteConn) skipLocked() string                 { return "" }

// close ends the connection itself; sql.Conn.Close alone would hand it to the
// next one who asks, perhaps in the middle of a transaction.
func (c *sqliteConn) close() {
	for _, s := range c.stmts {
		s.Close()
	}
	c.conn.Raw(func(any) error { return driver.ErrBadConn })
	c.conn.Close()
}

func sqliteCode(err error) (int, bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

func isBusy(err error) bool {
	code, ok := sqliteCode(err)
	return ok && code&0xff == sqlite3.SQLITE_BUSY
}

func uniqueSQLite(err error) bool {
	code, _ := sqliteCode(err)
	return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || code == sqlite3.SQLITE_CONSTRAINT_ROWID
}

func (e *sqliteEngine) describe(err error) *fault.Error {
	code, ok := sqliteCode(err)
	if !ok {
		return nil
	}
	if code == sqlite3.SQLITE_IOERR_SHMSIZE { // the file beside the log cannot grow
		return condition(fault.Busy, "db.full", err)
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return condition(fault.Busy, "db.busy", err)
	case sqlite3.SQLITE_FULL:
		return condition(fault.Busy, "db.full", err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return condition(fault.Internal, "db.damaged", err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return condition(fault.Internal, "db.unopenable", err)
	case sqlite3.SQLITE_IOERR:
		return condition(fault.Busy, "db.disk", err)
	}
	return nil
}
