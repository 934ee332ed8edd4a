package casework

import (
	"fmt"
	"math"
	"strings"

	"balai/internal/spine/casework/calendar"
)

// What is due is kept as the number of a working day (calendar.Number), and
// the day is looked up when the case is read: a gazette about days to come
// moves every promise at once and writes nothing. A case that nobody counts any
// more keeps its date, due_at, which stands.

// numbers are where a case stands among what is due.
type numbers struct {
	due   int64 // of the day on which it is due, 0 where it is not counted
	queue int64 // by which desks sort, within one calendar
}

const (
	// afterDue sorts what waits for an applicant behind everything that is due, by
	// the moment their answer is; it is larger than any number.
	afterDue = 1 << 62
	// never sorts what no deadline orders behind everything else.
	never = math.MaxInt64
)

// numbered gives a case its numbers by the calendar of today.
func (e *Engine) numbered(c Case) (n numbers, err error) {
	cal, err := e.calendars.State(c.Calendar)
	if err != nil {
		return n, err
	}
	if c.State.Open() && c.DueAt > 0 {
		n.due = cal.Number(c.DueAt)
	}
	switch {
	case c.State == Waiting && c.DueAt == 0 && c.AnswerDueAt > 0:
		n.queue = afterDue + c.AnswerDueAt
	case n.due > 0:
		n.queue = n.due
	case c.AuditRole != "":
		n.queue = cal.Number(c.AuditDueAt)
	default:
		n.queue = never
	}
	return n, nil
}

// dated gives a case its due date by the number that is kept of it. Where
// nothing was promised the day is that of the receipt, working day or not.
func (e *Engine) dated(c *Case, due int64) error {
	if due == 0 || c.BudgetDays == 0 {
		return nil
	}
	cal, err := e.calendars.State(c.Calendar)
	if err != nil {
		return err
	}
	at, ok := cal.Ending(due)
	if !ok {
		return fmt.Errorf("casework: %s: the calendar has no working day %d", c.Ref, due)
	}
	c.DueAt = at
	return nil
}

// late is the condition that a case's due date is past at a moment, each by its
// own calendar.
func (e *Engine) late(now int64) string {
	var b strings.Builder
	b.WriteString("due_no > 0 and due_no < case calendar")
	for _, state := range e.calendars.States() {
		if cal, err := e.calendars.State(state); err == nil {
			fmt.Fprintf(&b, " when '%s' then %d", cal.State(), cal.Number(now))
		}
	}
	b.WriteString(" else 0 end")
	return b.String()
}

// endingOf is the moment that a number stands for in a list: of a place behind
// everything that is due it is the number itself.
func endingOf(cal *calendar.Calendar, n int64) int64 {
	if at, ok := cal.Ending(n); ok {
		return at
	}
	return n
}
