package desk

import (
	"net/url"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// queueView is the list with what stands around it.
type queueView struct {
	Actor  actor.Actor
	Agency locale.Text
	View   string
	Search string
	Newest bool
	First  bool // the first page
	Counts casework.Counts
	Rows   []queueRow
	Next   string
}

type queueRow struct {
	Case  casework.Case
	Span  span
	Runs  bool
	Turn  turn
	Today bool // the promise ends today
}

// todo is the number of cases that an office has to do something about.
func (v queueView) todo() int {
	n := 0
	for _, s := range working() {
		n += v.Counts.ByState[s]
	}
	return n
}

// count of a view, -1 where it is not counted.
func (v queueView) count(view string) int {
	switch view {
	case viewTodo:
		return v.todo()
	case viewLate:
		return v.Counts.Overdue
	case viewWaiting:
		return v.Counts.Waiting
	case viewAudit:
		return v.Counts.Audit
	}
	return -1
}

func (v queueView) tab(p ui.Page, view string) string {
	name := p.L.T("desk.view." + view)
	if n := v.count(view); n >= 0 {
		name += " (" + p.L.Number(int64(n)) + ")"
	}
	return name
}

// current tells whether a tab is the list on the page.
func (v queueView) current(view string) bool { return v.Search == "" && view == v.View }

func (v queueView) lead(p ui.Page) string {
	key := "desk.lead"
	switch {
	case auditor(v.Actor):
		key = "desk.lead.auditor"
	case head(v.Actor):
		key = "desk.lead.head"
	}
	return p.L.T(key)
}

func (v queueView) stats(p ui.Page) []ui.StatProps {
	n := func(i int) string { return p.L.Number(int64(i)) }
	return []ui.StatProps{
		{Label: p.L.T("desk.stat.todo"), Value: n(v.todo())},
		{Label: p.L.T("desk.stat.late"), Value: n(v.Counts.Overdue)},
		{Label: p.L.T("desk.stat.waiting"), Value: n(v.Counts.Waiting)},
		{Label: p.L.T("desk.stat.audit"), Value: n(v.Counts.Audit)},
	}
}

// href is the page's address with one thing changed; what is empty is left out.
func (v queueView) href(name, value string) string {
	q := url.Values{}
	set := func(k, s string) {
		if s != "" {
			q.Set(k, s)
		}
	}
	set("view", v.View)
	set("q", v.Search)
	if v.Newest && !v.always() {
		q.Set("order", "new")
	}
	switch name {
	case "view":
		q = url.Values{"view": {value}}
	default:
		q.Del(name)
		set(name, value)
	}
	if len(q) == 0 {
		return "/desk"
	}
	return "/desk?" + q.Encode()
}

// always tells whether the view has only the one order.
func (v queueView) always() bool {
	return v.View == viewDone || v.View == viewAll || v.View == viewLate
}

func (v queueView) table(p ui.Page) ui.TableProps {
	t := ui.TableProps{Caption: v.caption(p), CaptionClasses: "govuk-table__caption--m", FirstCellIsHeader: true, Head: []ui.Cell{
		{Text: p.L.T("desk.col.ref")}, {Text: p.L.T("desk.col.service")}, {Text: p.L.T("desk.col.state")},
		v.sortHead(p, "desk.col.left", false), {Text: p.L.T("desk.col.turn")}, v.sortHead(p, "desk.col.received", true)}}
	for _, r := range v.Rows {
		t.Rows = append(t.Rows, []ui.Cell{
			{Body: refCell(r)}, {Text: p.L.Pick(r.Case.Title)}, {Body: stateCell(p, r.Case)},
			{Body: leftCell(p, r)}, {Text: p.L.T("desk.turn." + string(r.Turn))},
			{Text: p.L.Date(clock.FromMicro(r.Case.ReceivedAt))}})
	}
	return t
}

func (v queueView) caption(p ui.Page) string {
	if v.Search != "" {
		return p.L.T("desk.found", "q", v.Search)
	}
	return p.L.T("desk.view." + v.View)
}

// sortHead is a column's head by which the list can be ordered.
func (v queueView) sortHead(p ui.Page, key string, newest bool) ui.Cell {
	c := ui.Cell{Text: p.L.T(key)}
	if v.Newest == newest {
		order := "ascending"
		if newest {
			order = "descending"
		}
		c.Attributes = map[string]any{"aria-sort": order}
		return c
	}
	if v.always() && v.Search == "" {
		return c
	}
	to := ""
	if newest {
		to = "new"
	}
	return ui.Cell{Body: link(v.href("order", to), p.L.T(key))}
}

// left says what remains of the promise.
func (r queueRow) left(p ui.Page) string {
	switch {
	case !r.Runs:
		return p.L.T("desk.left.none")
	case r.Span.Late && r.Span.Left() < 0:
		return p.L.T("desk.left.late", "count", -r.Span.Left())
	case r.Span.Late:
		return p.L.T("desk.left.over")
	case r.Span.Paused:
		return p.L.T("desk.left.paused", "count", r.Span.Left())
	case r.Today:
		return p.L.T("desk.left.today")
	}
	return p.L.T("desk.left.days", "count", r.Span.Left())
}

// used is what the small bar shows: a promise broken on its last day is late
// before another day is counted.
func (r queueRow) used() int {
	if r.Span.Late {
		return max(r.Span.Used, r.Span.Budget+1)
	}
	return r.Span.Used
}

func stateText(p ui.Page, c casework.Case) string {
	if c.Outcome == casework.OutcomeRevoked {
		return p.L.T("casework.outcome.revoked")
	}
	return p.L.T("casework.desk." + string(c.State))
}

func stateTone(c casework.Case) string {
	switch {
	case c.Outcome == casework.OutcomeRevoked, c.State == casework.Refused:
		return "govuk-tag--red"
	case c.State == casework.Waiting:
		return "govuk-tag--yellow"
	case c.State == casework.Approved, c.State == casework.Issued:
		return "govuk-tag--green"
	case c.State == casework.Withdrawn, c.State == casework.Closed:
		return "govuk-tag--grey"
	}
	return ""
}

func (v queueView) empty(p ui.Page) (title, text string) {
	if v.Search != "" {
		return p.L.T("desk.empty.search"), p.L.T("desk.empty.search.text")
	}
	return p.L.T("desk.empty." + v.View), p.L.T("desk.empty." + v.View + ".text")
}
