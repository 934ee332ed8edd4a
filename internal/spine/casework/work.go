package casework

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Windows of Filter.Due.
const (
	DueLate = "late" // past its promise
	DueSoon = "soon" // today or by the end of the next working day of its office
	DueWeek = "week" // within five working days
)

// MostCounted bounds the counts of a desk: that many, or more.
const MostCounted = 1000

// paused is more working time than any promise: what waits for an applicant
// comes last.
const paused = 1 << 20

// left is the working time that remains of what is due at a moment.
func left(cal *calendar.Calendar, asOf time.Time, dueAt int64) int {
	if dueAt >= afterDue {
		return paused
	}
	return cal.Left(asOf, clock.FromMicro(dueAt))
}

// spot is a place in a desk's list.
type spot struct {
	asOf       int64 // when its first page was read: what remains is counted from then on
	left       int
	dueAt      int64 // or, from afterDue on, a place behind all that is due
	receivedAt int64
	ref        string
}

func (s spot) String() string {
	return strings.Join([]string{strconv.FormatInt(s.asOf, 36), strconv.Itoa(s.left), strconv.FormatInt(s.dueAt, 36),
		strconv.FormatInt(s.receivedAt, 36), s.ref}, ".")
}

func parseSpot(text string) (s spot, err error) {
	p := strings.SplitN(text, ".", 5)
	if len(p) == 5 {
		var e [4]error
		s.asOf, e[0] = strconv.ParseInt(p[0], 36, 64)
		s.left, e[1] = strconv.Atoi(p[1])
		s.dueAt, e[2] = strconv.ParseInt(p[2], 36, 64)
		s.receivedAt, e[3] = strconv.ParseInt(p[3], 36, 64)
		s.ref = p[4]
		if e == [4]error{} && s.asOf > 0 && s.asOf < never/2 {
			return s, nil
		}
	}
	return s, fault.New(fault.Invalid, "casework.fault.cursor")
}

// Worklist is one page of a desk's list: by the working time that remains,
// each case by the calendar of its own office; then what waits for an
// applicant, by when the answer is due. Newest orders by receipt instead. next
// is the cursor of the page after it, "" on the last.
func (e *Engine) Worklist(tx *db.Tx, f Filter) (list []Case, next string, err error) {
	from := spot{asOf: e.now()}
	if f.After != "" {
		if from, err = parseSpot(f.After); err != nil {
			return nil, "", err
		}
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, maxPage)
	branches, err := e.branches(tx, f, from)
	if err != nil {
		return nil, "", err
	}
	found, err := spots(tx, branches, f.Newest, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("casework: worklist: %w", err)
	}
	for i := range found {
		found[i].asOf = from.asOf
		cal, err := e.calendars.State(found[i].calendar)
		if err != nil {
			return nil, "", err
		}
		found[i].dueAt = endingOf(cal, found[i].number)
		found[i].left = left(cal, clock.FromMicro(from.asOf), found[i].dueAt)
	}
	slices.SortFunc(found, func(a, b place) int {
		if f.Newest {
			return cmp.Or(cmp.Compare(b.receivedAt, a.receivedAt), cmp.Compare(b.ref, a.ref))
		}
		return cmp.Or(cmp.Compare(a.left, b.left), cmp.Compare(a.dueAt, b.dueAt), cmp.Compare(a.ref, b.ref))
	})
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].spot.String()
	}
	list, err = e.casesAt(tx, found)
	return list, next, err
}

// place is a spot with the calendar that counts it.
type place struct {
	spot
	calendar string
	number   int64 // by which the branch is sorted
}

// branch is one stretch of an index in which the order by date is the order by
// what remains: one role or office, one list, one calendar.
type branch struct{ where }

// branches are the stretches that a filter reads, each from where a page begins.
func (e *Engine) branches(tx *db.Tx, f Filter, from spot) ([]branch, error) {
	works := f.Work
	if len(works) == 0 {
		works = []string{WorkTodo, WorkAudit, WorkWaiting}
	}
	var out []branch
	for _, base := range f.bases() {
		for _, work := range works {
			whole := branch{}
			for _, c := range base.conds {
				whole.and(c.text, c.args...)
			}
			// The second condition lets SQLite use an index of only what is listed.
			whole.and("work = ? and work <> ''", work)
			states := []string{cmp.Or(base.calendar, f.Calendar)}
			if states[0] == "" {
				var err error
				if states, err = calendarsIn(tx, whole); err != nil {
					return nil, err
				}
			}
			for _, state := range states {
				cal, err := e.calendars.State(state)
				if err != nil {
					return nil, err
				}
				b := branch{where{slices.Clone(whole.parts), slices.Clone(whole.args)}}
				b.and("calendar = ?", state)
				e.window(&b, f, cal)
				f.narrow(&b.where)
				if f.After != "" {
					e.resume(&b, f, cal, from)
				}
				out = append(out, b)
			}
		}
	}
	return out, nil
}

// window keeps what is late, or due soon.
func (e *Engine) window(b *branch, f Filter, cal *calendar.Calendar) {
	now := e.clock.Now()
	switch f.Due {
	case DueLate:
		b.and("queue_no < ?", cal.Number(clock.Micro(now)))
	case DueSoon:
		b.and("queue_no >= ? and queue_no < ?", cal.Number(clock.Micro(now)), reach(cal, now, 3))
	case DueWeek:
		b.and("queue_no >= ? and queue_no < ?", cal.Number(clock.Micro(now)), reach(cal, now, 6))
	}
}

// resume starts a branch behind the last case of the page before.
func (e *Engine) resume(b *branch, f Filter, cal *calendar.Calendar, from spot) {
	if f.Newest {
		b.and("(received_at, ref) < (?, ?)", from.receivedAt, from.ref)
		return
	}
	if from.left >= paused {
		b.and("(queue_no, ref) > (?, ?)", from.dueAt, from.ref)
		return
	}
	asOf := clock.FromMicro(from.asOf)
	first, after := reach(cal, asOf, from.left), reach(cal, asOf, from.left+1)
	at := cal.Number(from.dueAt)
	switch {
	case at < first:
		b.and("queue_no >= ?", first)
	case at >= after:
		b.and("queue_no >= ?", after)
	case endingOf(cal, at) == from.dueAt:
		b.and("(queue_no, ref) > (?, ?)", at, from.ref)
	default: // no office of this state ends its day then
		b.and("queue_no >= ?", at)
	}
}

// reach is the first number of which n working days or more are left.
func reach(cal *calendar.Calendar, now time.Time, n int) int64 {
	return cal.Number(clock.Micro(cal.Reach(now, n)))
}

type cond struct {
	text string
	args []any
}

// base is the beginning of an index; calendar is "" where several can follow.
type base struct {
	calendar string
	conds    []cond
}

// bases are the index prefixes of a filter: cases in somebody's hands, work of
// a role in a branch with what any branch may take, an office, or all.
func (f Filter) bases() []base {
	var out []base
	switch {
	case len(f.Assignees) > 0:
		for _, p := range f.Assignees {
			out = append(out, base{"", append(f.roleCond(), cond{"assignee = ?", []any{p}}, cond{"assignee <> ''", nil})})
		}
	case len(f.Roles) > 0:
		for _, r := range f.Roles {
			role := cond{"work_role = ?", []any{r}}
			if f.Place == "" || f.Calendar == "" || f.Calendar == f.Place {
				out = append(out, base{f.Place, []cond{role, {"work_any = false", nil}}})
			}
			out = append(out, base{"", []cond{role, {"work_any = true", nil}}})
		}
	case f.Unit != "":
		out = append(out, base{"", []cond{{"unit = ?", []any{f.Unit}}}})
	default:
		out = append(out, base{})
	}
	return out
}

func (f Filter) roleCond() []cond {
	var out []cond
	if len(f.Roles) > 0 {
		var args []any
		for _, r := range f.Roles {
			args = append(args, r)
		}
		out = append(out, cond{"work_role in (" + marks(len(args)) + ")", args})
	}
	if f.Unit != "" {
		out = append(out, cond{"unit = ?", []any{f.Unit}})
	}
	return out
}

// narrow adds what a person chose on the page.
func (f Filter) narrow(w *where) {
	for _, eq := range [][2]string{{"agency", f.Agency}, {"kind", f.Kind}, {"step", f.Step}} {
		if eq[1] != "" {
			w.and(eq[0]+" = ?", eq[1])
		}
	}
	if f.Unassigned {
		w.and("assignee = ''")
	}
	if f.Unpaid {
		w.and("unpaid = true")
	}
	if f.Counter {
		w.and("helped = true")
	}
	f.several(w, "applicant", f.Applicants)
	var states []string
	for _, s := range f.States {
		states = append(states, string(s))
	}
	f.several(w, "state", states)
	f.begins(w)
}

func (f Filter) several(w *where, column string, list []string) {
	if len(list) == 0 {
		return
	}
	var args []any
	for _, v := range list {
		args = append(args, v)
	}
	w.and(column+" in ("+marks(len(args))+")", args...)
}

// WorkCount counts a desk's list, up to MostCounted.
func (e *Engine) WorkCount(tx *db.Tx, f Filter) (int, error) {
	f.After = ""
	branches, err := e.branches(tx, f, spot{})
	if err != nil {
		return 0, err
	}
	n, err := countSpots(tx, branches, MostCounted)
	if err != nil {
		return 0, fmt.Errorf("casework: count of a desk: %w", err)
	}
	return n, nil
}
