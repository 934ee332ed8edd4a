package casework

import "balai/internal/spine/db"

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

// stopped is what many cases whose clock was stopped on the same days were
// promised alike.
type stopped struct {
	calendar string
	budget   int
	due      int64
	stops    string // as casework_case.stops
}

// interrupted are the groups, read from their index alone.
func interrupted(tx *db.Tx) ([]stopped, error) {
	return db.List(tx, func(row db.Scanner) (c stopped, err error) {
		return c, row.Scan(&c.calendar, &c.budget, &c.due, &c.stops)
	}, `select calendar, budget_days, due_at, stops from casework_case where paused > 0 and `+counting+` group by calendar, budget_days, due_at, stops`)
}

// stoppedAlike are the cases of a group.
func stoppedAlike(tx *db.Tx, c stopped) ([]string, error) {
	return db.List(tx, func(row db.Scanner) (ref string, err error) { return ref, row.Scan(&ref) },
		`select ref from casework_case where paused > 0 and `+counting+` and calendar = $1 and budget_days = $2 and due_at = $3 and stops = $4
			order by ref`, c.calendar, c.budget, c.due, c.stops)
}
