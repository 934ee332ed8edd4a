package casework

import (
	"fmt"

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

// received are the cases of a promise, in the order in which the indexes of
// queues have them: what is moved together lies together.
func received(tx *db.Tx, p promise) ([]receipt, error) {
	return db.List(tx, func(row db.Scanner) (r receipt, err error) { return r, row.Scan(&r.ref, &r.at) },
		`select ref, received_at from casework_case where paused = 0 and `+counting+` and calendar = $1 and budget_days = $2 and due_at = $3
			order by ref`, p.calendar, p.budget, p.due)
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

func anyOf(refs []string) []any {
	args := make([]any, len(refs))
	for i, ref := range refs {
		args[i] = ref
	}
	return args
}

// casesOf are some cases.
func casesOf(tx *db.Tx, refs []string) ([]Case, error) {
	return db.List(tx, scanCase, `select `+caseColumns+` from casework_case where ref in (`+db.In(1, len(refs))+`) order by ref`, anyOf(refs)...)
}

// spansOf are their ledgers.
func spansOf(tx *db.Tx, refs []string) (map[string][]calendar.Span, error) {
	out := map[string][]calendar.Span{}
	_, err := db.List(tx, func(row db.Scanner) (ref string, err error) {
		var s calendar.Span
		err = row.Scan(&ref, &s.Start, &s.End)
		out[ref] = append(out[ref], s)
		return ref, err
	}, `select ref, start_at, end_at from casework_span where ref in (`+db.In(1, len(refs))+`) order by ref, n`, anyOf(refs)...)
	return out, err
}

// othersOf are whom they concern beside the applicants.
func othersOf(tx *db.Tx, refs []string) (map[string][]string, error) {
	out := map[string][]string{}
	_, err := db.List(tx, func(row db.Scanner) (ref string, err error) {
		var person string
		err = row.Scan(&ref, &person)
		out[ref] = append(out[ref], person)
		return ref, err
	}, `select ref, person from casework_subject where ref in (`+db.In(1, len(refs))+`) order by ref, person`, anyOf(refs)...)
	return out, err
}

// lastOf is when something was done last in each of them.
func lastOf(tx *db.Tx, refs []string) (map[string]int64, error) {
	out := map[string]int64{}
	_, err := db.List(tx, func(row db.Scanner) (ref string, err error) {
		var at int64
		err = row.Scan(&ref, &at)
		out[ref] = at
		return ref, err
	}, `select ref, max(done_at) from casework_act where ref in (`+db.In(1, len(refs))+`) group by ref`, anyOf(refs)...)
	return out, err
}

// moveDue writes the due dates of cases that this transaction has read, each
// with its next version; those that move alike are one statement.
func moveDue(tx *db.Tx, cases []Case) error {
	type due struct{ at, queue int64 }
	alike := map[due][]string{}
	var order []due
	for _, c := range cases {
		d := due{c.DueAt, c.queueAt()}
		if alike[d] == nil {
			order = append(order, d)
		}
		alike[d] = append(alike[d], c.Ref)
	}
	for _, d := range order {
		n, err := tx.Exec(`update casework_case set due_at = $1, queue_at = $2, version = version + 1 where ref in (`+db.In(3, len(alike[d]))+`)`,
			append([]any{d.at, d.queue}, anyOf(alike[d])...)...)
		if err == nil && int(n) != len(alike[d]) {
			err = fmt.Errorf("%d cases of %d moved", n, len(alike[d]))
		}
		if err != nil {
			return fmt.Errorf("casework: recount: %w", err)
		}
	}
	return nil
}
