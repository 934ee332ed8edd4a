package casework

import (
	"strconv"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
)

// promise is what many cases were promised alike: whose clock never stopped,
// with their first and last receipt.
type promise struct {
	calendar         string
	budget           int
	due, first, last int64
}

// counting is which cases have a clock: somebody has still to decide them.
const counting = `work <> '' and work <> 'audit'`

// promises are the groups, read from their index alone.
func promises(tx *db.Tx) ([]promise, error) {
	return db.List(tx, func(row db.Scanner) (p promise, err error) {
		return p, row.Scan(&p.calendar, &p.budget, &p.due, &p.first, &p.last)
	}, `select calendar, budget_days, due_at, min(received_at), max(received_at) from casework_case
		where paused = 0 and `+counting+` group by calendar, budget_days, due_at`)
}

type receipt struct {
	ref string
	at  int64
}

// received are the cases of a promise.
func received(tx *db.Tx, p promise) ([]receipt, error) {
	return db.List(tx, func(row db.Scanner) (r receipt, err error) { return r, row.Scan(&r.ref, &r.at) },
		`select ref, received_at from casework_case where paused = 0 and `+counting+` and calendar = $1 and budget_days = $2 and due_at = $3
			order by received_at, ref`, p.calendar, p.budget, p.due)
}

// stopped is a case whose clock was stopped at least once.
type stopped struct {
	ref, calendar string
	budget        int
	due           int64
	spans         []calendar.Span
}

// interrupted are those after a reference, with their ledgers.
func interrupted(tx *db.Tx, after string) ([]stopped, error) {
	list, err := db.List(tx, func(row db.Scanner) (c stopped, err error) {
		return c, row.Scan(&c.ref, &c.calendar, &c.budget, &c.due)
	}, `select ref, calendar, budget_days, due_at from casework_case where paused > 0 and `+counting+` and ref > $1
		order by ref limit `+strconv.Itoa(chunk), after)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	args, at := make([]any, len(list)), map[string]int{}
	for i, c := range list {
		args[i], at[c.ref] = c.ref, i
	}
	rows, err := tx.Query(`select ref, start_at, end_at from casework_span where ref in (`+db.In(1, len(args))+`) order by ref, n`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var ref string
		var s calendar.Span
		if err := rows.Scan(&ref, &s.Start, &s.End); err != nil {
			return nil, err
		}
		list[at[ref]].spans = append(list[at[ref]].spans, s)
	}
	return list, rows.Err()
}
