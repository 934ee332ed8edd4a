package casework

import (
	"fmt"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
)

// promise is what many cases were promised alike: whose clock never stopped,
// with their first and last receipt.
type promise struct {
	calendar        string
	budget          int
	no, first, last int64
}

// counting is which cases have a clock: somebody has still to decide them.
const counting = `work <> '' and work <> 'audit'`

// promises are the groups, read from their index alone.
func promises(tx *db.Tx) ([]promise, error) {
	return db.List(tx, func(row db.Scanner) (p promise, err error) {
		return p, row.Scan(&p.calendar, &p.budget, &p.no, &p.first, &p.last)
	}, `select calendar, budget_days, due_no, min(received_at), max(received_at) from casework_case
		where paused = 0 and `+counting+` group by calendar, budget_days, due_no`)
}

type receipt struct {
	ref string
	at  int64
}

// received are the cases of a promise, in the order in which the indexes of
// queues have them: what is moved together lies together.
func received(tx *db.Tx, p promise) ([]receipt, error) {
	return db.List(tx, func(row db.Scanner) (r receipt, err error) { return r, row.Scan(&r.ref, &r.at) },
		`select ref, received_at from casework_case where paused = 0 and `+counting+` and calendar = $1 and budget_days = $2 and due_no = $3
			order by ref`, p.calendar, p.budget, p.no)
}

// stopped is what many cases whose clock was stopped on the same days were
// promised alike.
type stopped struct {
	calendar string
	budget   int
	no       int64
	stops    string // as casework_case.stops
}

// interrupted are the groups, read from their index alone.
func interrupted(tx *db.Tx) ([]stopped, error) {
	return db.List(tx, func(row db.Scanner) (c stopped, err error) {
		return c, row.Scan(&c.calendar, &c.budget, &c.no, &c.stops)
	}, `select calendar, budget_days, due_no, stops from casework_case where paused > 0 and `+counting+` group by calendar, budget_days, due_no, stops`)
}

// stoppedAlike are the cases of a group.
func stoppedAlike(tx *db.Tx, c stopped) ([]string, error) {
	return db.List(tx, func(row db.Scanner) (ref string, err error) { return ref, row.Scan(&ref) },
		`select ref from casework_case where paused > 0 and `+counting+` and calendar = $1 and budget_days = $2 and due_no = $3 and stops = $4
			order by ref`, c.calendar, c.budget, c.no, c.stops)
}

func anyOf(refs []string) []any {
	args := make([]any, len(refs))
	for i, ref := range refs {
		args[i] = ref
	}
	return args
}

// casesOf are some cases.
func (e *Engine) casesOf(tx *db.Tx, refs []string) ([]Case, error) {
	return db.List(tx, e.scanCase, `select `+caseColumns+`, due_no from casework_case where ref in (`+db.In(1, len(refs))+`) order by ref`, anyOf(refs)...)
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

// told is what a case had when anything was done in it last.
type told struct {
	due int64 // its due date
	at  int64 // when that was
}

func toldOf(tx *db.Tx, refs []string) (map[string]told, error) {
	out := map[string]told{}
	_, err := db.List(tx, func(row db.Scanner) (ref string, err error) {
		var x told
		err = row.Scan(&ref, &x.due, &x.at)
		out[ref] = x
		return ref, err
	}, `select c.ref, c.due_at, coalesce((select max(a.done_at) from casework_act a where a.ref = c.ref), 0) from casework_case c
		where c.ref in (`+db.In(1, len(refs))+`)`, anyOf(refs)...)
	return out, err
}

// moveDue writes the due dates of cases that this transaction has read, each
// with so many acts more; those that move alike are one statement.
func (e *Engine) moveDue(tx *db.Tx, cases []Case, acts int) error {
	type due struct {
		at int64
		no numbers
	}
	alike := map[due][]string{}
	var order []due
	for _, c := range cases {
		no, err := e.numbered(c)
		if err != nil {
			return err
		}
		d := due{c.DueAt, no}
		if alike[d] == nil {
			order = append(order, d)
		}
		alike[d] = append(alike[d], c.Ref)
	}
	for _, d := range order {
		n, err := tx.Exec(`update casework_case set due_at = $1, due_no = $2, queue_no = $3, version = version + $4 where ref in (`+db.In(5, len(alike[d]))+`)`,
			append([]any{d.at, d.no.due, d.no.queue, acts}, anyOf(alike[d])...)...)
		if err == nil && int(n) != len(alike[d]) {
			err = fmt.Errorf("%d cases of %d moved", n, len(alike[d]))
		}
		if err != nil {
			return fmt.Errorf("casework: recount: %w", err)
		}
	}
	return nil
}

// unnumbered are the cases that kept dates only, one of each that are due alike.
func unnumbered(tx *db.Tx, states []string) ([]Case, error) {
	args := []any{}
	for _, s := range states {
		args = append(args, s)
	}
	return db.List(tx, func(row db.Scanner) (c Case, err error) {
		return c, row.Scan(&c.Calendar, &c.State, &c.DueAt, &c.AnswerDueAt, &c.AuditRole, &c.AuditDueAt)
	}, `select distinct calendar, state, due_at, answer_due_at, audit_role, audit_due_at from casework_case
		where work <> '' and work in ('todo', 'waiting', 'audit') and queue_no = 0 and calendar in (`+db.In(1, len(args))+`)`, args...)
}

// setNumbers writes the numbers of those that are due alike.
func setNumbers(tx *db.Tx, c Case, no numbers) error {
	_, err := tx.Exec(`update casework_case set due_no = $1, queue_no = $2 where work <> '' and queue_no = 0
		and calendar = $3 and state = $4 and due_at = $5 and answer_due_at = $6 and audit_role = $7 and audit_due_at = $8`,
		no.due, no.queue, c.Calendar, string(c.State), c.DueAt, c.AnswerDueAt, c.AuditRole, c.AuditDueAt)
	return err
}

// digests are the working days that each state was last known to have.
func digests(tx *db.Tx) (map[string]string, error) {
	out := map[string]string{}
	_, err := db.List(tx, func(row db.Scanner) (state string, err error) {
		var digest string
		err = row.Scan(&state, &digest)
		out[state] = digest
		return state, err
	}, `select state, digest from casework_calendar`)
	return out, err
}

func setDigest(tx *db.Tx, state, digest string, at int64) error {
	_, err := tx.Exec(`insert into casework_calendar (state, digest, seen_at) values ($1, $2, $3)
		on conflict (state) do update set digest = excluded.digest, seen_at = excluded.seen_at`, state, digest, at)
	return err
}
