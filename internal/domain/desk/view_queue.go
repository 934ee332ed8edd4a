package desk

import (
	"net/url"

	"github.com/a-h/templ"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// queueView is the list with what stands around it.
type queueView struct {
	Actor    actor.Actor
	Agency   locale.Text
	View     string
	Search   string
	Chosen   chosen
	Newest   bool
	First    bool // the first page
	Counts   map[string]int
	Found    int // under a filter; -1 where it is not counted
	Rows     []queueRow
	Next     string
	Team     []colleagueName
	Services []ServiceName
	Done     string // what was just done
	Problem  string // why it was not
	By       *byName
}

type queueRow struct {
	Case   casework.Case
	Span   span
	Runs   bool
	Turn   turn
	Today  bool   // the promise ends today
	Holder string // the colleague who has it in hand

	Applicant string // their name, where the officer has had the case open
	Office    string // the state of the case's office, where it is another than the viewer's
}

// officeName is the state of an office in words.
func officeName(p ui.Page, code string) string {
	place, ok := directory.PlaceOf(code)
	if !ok {
		return code
	}
	return p.L.Pick(place.Name)
}

// number writes a count that ends at its bound.
func number(p ui.Page, n int) string {
	if n >= casework.MostCounted {
		return p.L.T("desk.many", "count", p.L.Number(casework.MostCounted))
	}
	return p.L.Number(int64(n))
}

func (v queueView) tab(p ui.Page, view string) string {
	name := p.L.T("desk.view." + view)
	if n, counted := v.Counts[view]; counted {
		name += " (" + number(p, n) + ")"
	}
	return name
}

// current tells whether a tab is the list on the page.
func (v queueView) current(view string) bool { return v.Search == "" && v.By == nil && view == v.View }

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
	var out []ui.StatProps
	for _, view := range []string{viewTodo, viewLate, viewWaiting, viewAudit} {
		if n, counted := v.Counts[view]; counted {
			out = append(out, ui.StatProps{Label: p.L.T("desk.stat." + view), Value: number(p, n)})
		}
	}
	return out
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
	case "clear":
		q.Del("q")
	case "view":
		q = url.Values{"view": {value}}
	default:
		v.Chosen.query(q)
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
	return !listed(v.View)
}

func (v queueView) table(p ui.Page) ui.TableProps {
	t := ui.TableProps{Caption: v.caption(p), CaptionClasses: "govuk-table__caption--m", Head: append(v.pickHead(p), []ui.Cell{
		{Text: p.L.T("desk.col.ref")}, {Text: p.L.T("desk.col.service")}, {Text: p.L.T("desk.col.state")},
		v.sortHead(p, "desk.col.left", false), {Text: p.L.T("desk.col.turn")}, v.sortHead(p, "desk.col.received", true)}...)}
	for _, r := range v.Rows {
		t.Rows = append(t.Rows, append(v.pick(p, r), []ui.Cell{
			{Body: refCell(r)}, {Body: serviceCell(p, r)}, {Body: stateCell(p, r.Case)},
			{Body: leftCell(p, r)}, {Text: r.turn(p), Attributes: named(p, "desk.col.turn")},
			{Text: p.L.Date(clock.FromMicro(r.Case.ReceivedAt)), Attributes: named(p, "desk.col.received")}}...))
	}
	return t
}

// named gives a cell its column's name for a phone, which has no head above it.
func named(p ui.Page, key string) templ.Attributes {
	return templ.Attributes{"data-label": p.L.T(key) + ": "}
}

func (v queueView) caption(p ui.Page) string {
	if v.By != nil {
		return p.L.T("desk.by.found")
	}
	if v.Search != "" {
		return p.L.T("desk.found", "q", v.Search)
	}
	if v.Found >= 0 {
		return p.L.T("desk.view."+v.View) + ": " + p.L.T("desk.filtered", "count", v.Found, "number", number(p, v.Found))
	}
	return p.L.T("desk.view." + v.View)
}

// turn says whose step it is, and who has the case in hand.
func (r queueRow) turn(p ui.Page) string {
	switch {
	case r.Holder != "":
		return p.L.T("desk.turn.held", "name", r.Holder)
	case r.Case.Assignee != "":
		return p.L.T("desk.turn.mine")
	}
	return p.L.T("desk.turn." + string(r.Turn))
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
	if v.always() && v.Search == "" || v.By != nil {
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
	if c.Outcome == casework.OutcomeRevoked || c.Outcome == casework.OutcomeLapsed {
		return p.L.T("casework.outcome." + c.Outcome)
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
	if v.Chosen.any() || v.By != nil {
		return p.L.T("desk.empty.filter"), p.L.T("desk.empty.filter.text")
	}
	return p.L.T("desk.empty." + v.View), p.L.T("desk.empty." + v.View + ".text")
}
