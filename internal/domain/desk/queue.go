package desk

import (
	"slices"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// The views of a queue, by the value of `view` in the address.
const (
	viewTodo    = "todo"    // waits for this post
	viewMine    = "mine"    // in this officer's hands, or those of whom they stand in for
	viewLate    = "late"    // past its promise; the head of a branch
	viewWaiting = "waiting" // for the applicant
	viewAudit   = "audit"   // automatic decisions to look at again
	viewDone    = "done"    // cases that this officer acted in
	viewAll     = "all"     // every case, newest first; auditors
)

func head(a actor.Actor) bool    { return strings.HasSuffix(a.Role, "/head-of-branch") }
func auditor(a actor.Actor) bool { return a.Role == "audit/auditor" }
func team(a actor.Actor) bool    { return strings.HasSuffix(a.Role, "/service-team") }

// works tells whether the post takes steps in cases itself.
func works(a actor.Actor) bool { return !head(a) && !auditor(a) }

// views are those of a post; the first is where it begins.
func views(a actor.Actor) []string {
	switch {
	case auditor(a):
		return []string{viewAll, viewAudit}
	case head(a):
		return []string{viewTodo, viewLate, viewWaiting, viewAudit}
	}
	return []string{viewTodo, viewMine, viewWaiting, viewAudit, viewDone}
}

// scope is every case that the post's queue may name: an officer's is the work
// that waits for the post, a head's is the branch, an auditor's is all.
func scope(a actor.Actor) casework.Filter {
	switch {
	case auditor(a):
		return casework.Filter{}
	case head(a):
		return casework.Filter{Agency: a.Agency, Unit: a.Unit}
	}
	return casework.Filter{Roles: []string{a.Role}, Place: a.State}
}

// filter narrows a post's scope to a view.
func (d *Desk) filter(tx *db.Tx, a actor.Actor, view string) (casework.Filter, error) {
	f := scope(a)
	var err error
	switch view {
	case viewTodo:
		f.Work = []string{casework.WorkTodo}
	case viewMine:
		f.Assignees, err = d.hands(tx, a)
	case viewLate:
		f.Due = casework.DueLate
	case viewWaiting:
		f.Work = []string{casework.WorkWaiting}
	case viewAudit:
		f.Work = []string{casework.WorkAudit}
	case viewDone:
		f = casework.Filter{ActedBy: a.Person, Newest: true}
	case viewAll:
		f.Newest = true
	}
	return f, err
}

// hands are whose cases an officer works on: their own, and those of whom they
// stand in for.
func (d *Desk) hands(tx *db.Tx, a actor.Actor) ([]string, error) {
	out := []string{a.Person}
	leaves, err := d.Directory.StandsIn(tx, a.Person, "", clock.Micro(d.Clock.Now()))
	for _, l := range leaves {
		if !slices.Contains(out, l.Person) {
			out = append(out, l.Person)
		}
	}
	return out, err
}

// listed tells whether a view is of work that waits, and not of the past.
func listed(view string) bool { return view != viewDone && view != viewAll }

// viewOf is the asked view where the post has it, else its first.
func viewOf(a actor.Actor, asked string) string {
	all := views(a)
	if slices.Contains(all, asked) {
		return asked
	}
	return all[0]
}

// dueOf is the moment by which work on a case is due, 0 where it is not known
// or nothing is due.
func dueOf(c casework.Case) int64 {
	switch {
	case c.State.Open():
		return c.DueAt
	case c.AuditRole != "":
		return c.AuditDueAt
	}
	return 0
}

// span is the promise at hand of a case: its own or its audit's.
type span struct {
	Budget, Used int
	DueAt        int64 // 0 where it is not known
	Paused, Late bool
}

// Left is what remains of the budget in working days; 0 or less is overspent.
func (s span) Left() int { return s.Budget - s.Used }

// promise is the clock of a case that still runs; false where nothing does.
func (d *Desk) promise(tx *db.Tx, c casework.Case) (span, bool, error) {
	now := d.Clock.Now()
	var dl calendar.Deadline
	var err error
	s := span{DueAt: dueOf(c)}
	switch {
	case c.State.Open():
		dl, err = d.Cases.Deadline(tx, c)
	case c.AuditRole != "":
		dl, err = d.audit(c)
	default:
		return span{}, false, nil
	}
	if err != nil {
		return span{}, false, err
	}
	s.Budget, s.Used = dl.Budget, dl.Used(now)
	s.Paused = dl.Paused() && c.State.Open()
	s.Late = s.DueAt > 0 && s.DueAt < clock.Micro(now)
	return s, true, nil
}

// audit is the deadline of looking at an automatic decision again; it runs
// from the day of the decision.
func (d *Desk) audit(c casework.Case) (calendar.Deadline, error) {
	cal, err := d.Calendars.State(c.Calendar)
	from := c.ReceivedAt
	if c.AuditFrom > 0 {
		from = c.AuditFrom
	}
	return calendar.Deadline{Budget: casework.AuditDays, Calendar: cal, Spans: []calendar.Span{{Start: from}}}, err
}

// turn is whose step a case is at.
type turn string

const (
	turnYou       turn = "you"
	turnOther     turn = "other" // another officer: this one took the step before
	turnApplicant turn = "applicant"
	turnCheck     turn = "check"
	turnDecide    turn = "decide"
	turnAudit     turn = "audit"
	turnNobody    turn = "nobody"
)

func turnOf(a actor.Actor, c casework.Case) turn {
	switch {
	case c.State == casework.Waiting:
		return turnApplicant
	case c.AuditRole != "" && c.AuditRole == a.Role:
		return turnYou
	case c.AuditRole != "":
		return turnAudit
	case !c.State.Open():
		return turnNobody
	case c.Role == a.Role && c.Step == casework.StepDecide && c.CheckedBy == a.Person:
		return turnOther
	case c.Role == a.Role:
		return turnYou
	case c.Step == casework.StepDecide:
		return turnDecide
	}
	return turnCheck
}

// rfc3339 is a time in UTC, nil for none.
func rfc3339(us int64) *string {
	if us == 0 {
		return nil
	}
	s := clock.FromMicro(us).UTC().Format(time.RFC3339)
	return &s
}
