package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrNoRows is what Row.Scan and One return when nothing was found. It is the
// one error that leaves the Tx usable.
var ErrNoRows = sql.ErrNoRows

// session is one connection of an engine, as a Tx sees it.
type session interface {
	exec(ctx context.Context, q string, args []any) (sql.Result, error)
	query(ctx context.Context, q string, args []any) (*sql.Rows, error)
	later(ctx context.Context, l later) error
	insert(ctx context.Context, t Table, rows [][]any, wait bool) error
	lock(ctx context.Context, name string) error
	skipLocked() string
}

// Tx is one transaction. It belongs to the goroutine that runs the act and
// ends with it.
type Tx struct {
	ctx    context.Context
	caller context.Context // set on reads: a caller who has left is not worked for
	on     session
	rows   *sql.Rows // the newest Rows given out, to notice when it is still open
	err    error     // the error that ended the Tx
	hooks  []func()
	ended  bool
	once   bool // one query and no more; asked: it was
	asked  bool
}

var errOnce = errors.New("db: ReadOne is for one query")

// ByValue begins a query whose best plan depends on its values. PostgreSQL
// plans a prepared statement without them from its sixth run on, which suits
// most; for a list under a filter that nothing passes, it then reads the table.
const ByValue = "/* by value */ "

// Context is the transaction's own: it does not end when the caller's does,
// and it carries the mark by which a Write inside a Write is noticed.
func (tx *Tx) Context() context.Context { return tx.ctx }

// OnCommit keeps fn to be run by the caller's goroutine once the transaction
// is on the disk, before Write returns. After a failed act it does not run.
func (tx *Tx) OnCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(q string, args ...any) (int64, error) {
	args, err := tx.ready(args)
	if err != nil {
		return 0, err
	}
	res, err := tx.on.exec(tx.ctx, q, args)
	if err != nil {
		return 0, tx.fail(q, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, tx.fail(q, err)
	}
	return n, nil
}

// later is a statement of which nothing but its success is asked.
type later struct {
	q    string
	args []any
	one  bool // it has to touch one row
}

var errTouched = errors.New("db: a statement for one row did not touch one")

// Later runs a statement for whose answer the act does not wait. PostgreSQL gets
// such statements in one go, with the next one that is waited for or with the
// commit, and then their errors end the Tx; each that is waited for costs a way
// there and back. Every later statement of the Tx sees what they did.
func (tx *Tx) Later(q string, args ...any) error { return tx.later(q, args, false) }

// LaterOne is Later for a statement that has to touch exactly one row.
func (tx *Tx) LaterOne(q string, args ...any) error { return tx.later(q, args, true) }

func (tx *Tx) later(q string, args []any, one bool) error {
	args, err := tx.ready(args)
	if err != nil {
		return err
	}
	if err := tx.on.later(tx.ctx, later{q, args, one}); err != nil {
		return tx.fail("", err) // it names its statement, which may be an earlier one
	}
	return nil
}

// Query runs a query. The rows must be read to the end or closed before the
// next statement of the same Tx; List does both.
func (tx *Tx) Query(q string, args ...any) (*sql.Rows, error) {
	args, err := tx.ready(args)
	if err != nil {
		return nil, err
	}
	rows, err := tx.on.query(tx.ctx, q, args)
	if err != nil {
		return nil, tx.fail(q, err)
	}
	tx.rows = rows
	return rows, nil
}

// Row is the answer of QueryRow.
type Row struct {
	tx   *Tx
	q    string
	rows *sql.Rows
	err  error
}

// QueryRow runs a query of which the first row counts.
func (tx *Tx) QueryRow(q string, args ...any) Row {
	rows, err := tx.Query(q, args...)
	return Row{tx, q, rows, err}
}

// Scan reads the row, or returns ErrNoRows.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return r.tx.fail(r.q, err)
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return r.tx.fail(r.q, err)
	}
	if err := r.rows.Close(); err != nil {
		return r.tx.fail(r.q, err)
	}
	return nil
}

// Lock makes other transactions that lock the same name wait until this one
// has ended. SQLite has one writer anyway. Locking before the first statement
// is cheapest: the snapshot is then taken after the wait. An act that locks
// later and loses is run again with the lock taken first.
func (tx *Tx) Lock(name string) error {
	if _, err := tx.ready(nil); err != nil {
		return err
	}
	if err := tx.on.lock(tx.ctx, name); err != nil {
		return tx.fail("lock "+name, err)
	}
	return nil
}

// SkipLocked is what ends a query that claims rows for work: processes that
// share a PostgreSQL pass over each other's rows.
func (tx *Tx) SkipLocked() string { return tx.on.skipLocked() }

// ready refuses a statement on a Tx that has ended, that has failed, or whose
// last rows are still being read, and brings the arguments to plain values.
func (tx *Tx) ready(args []any) ([]any, error) {
	if tx.ended {
		return nil, errors.New("db: the transaction has ended")
	}
	if tx.caller != nil && tx.caller.Err() != nil {
		return nil, tx.fail("", tx.caller.Err())
	}
	if err := tx.settle(false); err != nil {
		return nil, err
	}
	if tx.once && tx.asked {
		return nil, tx.fail("", errOnce)
	}
	tx.asked = true
	args, err := arguments(args)
	if err != nil {
		return nil, tx.fail("", err)
	}
	return args, nil
}

// settle looks after the newest Rows: their error ends the Tx even when the
// act did not ask for it, and on the last call they are closed.
func (tx *Tx) settle(last bool) error {
	if tx.rows != nil {
		rows := tx.rows
		_, closed := rows.Columns()
		if closed == nil && !last {
			return tx.fail("", errors.New("db: a statement while the rows of another are still being read"))
		}
		tx.rows = nil
		if err := rows.Err(); err != nil {
			tx.fail("", err)
		}
		if err := rows.Close(); err != nil {
			tx.fail("", err)
		}
	}
	return tx.err
}

// fail remembers the first error; the Tx is over.
func (tx *Tx) fail(q string, err error) error {
	if q != "" {
		err = in(q, err)
	}
	if tx.err == nil {
		tx.err = err
	}
	return err
}

func in(q string, err error) error { return fmt.Errorf("%w (in %s)", err, brief(q)) }

// brief is a statement short enough for a log line; it holds no values,
// because those are arguments.
func brief(q string) string {
	q = strings.Join(strings.Fields(q), " ")
	if len(q) > 120 {
		q = q[:120] + "…"
	}
	return q
}

// Scanner is a row being read.
type Scanner interface{ Scan(dest ...any) error }

// List reads every row of a query.
func List[T any](tx *Tx, scan func(Scanner) (T, error), q string, args ...any) ([]T, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, tx.fail(q, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, tx.fail(q, err)
	}
	return out, nil
}

// One reads the first row of a query, or returns ErrNoRows.
func One[T any](tx *Tx, scan func(Scanner) (T, error), q string, args ...any) (T, error) {
	return scan(tx.QueryRow(q, args...))
}

// In lists n placeholders from $from on: In(3, 2) is "$3,$4". In of none is
// "null", so that `x in (…)` finds nothing. Expand at most 500 at a time.
func In(from, n int) string {
	if n <= 0 {
		return "null"
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
	return b.String()
}

// Tuples lists rows of placeholders for a multi-row insert:
// Tuples(2, 3) is "($1,$2,$3),($4,$5,$6)".
func Tuples(rows, columns int) string {
	var b strings.Builder
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		b.WriteString(In(r*columns+1, columns))
		b.WriteByte(')')
	}
	return b.String()
}
