package desk

import (
	"strconv"

	"balai/internal/spine/casework"
	"balai/internal/spine/directory"
	"balai/internal/ui"
)

// The choices of the filter's fields; the first of each does not restrict.

func item(value, text string) ui.SelectItem { return ui.SelectItem{Value: value, Text: text} }

func (v queueView) services(p ui.Page) []ui.SelectItem {
	out := []ui.SelectItem{item("", p.L.T("desk.filter.any"))}
	for _, s := range v.Services {
		out = append(out, item(s.Kind, p.L.Pick(s.Title)))
	}
	return out
}

func (v queueView) dues(p ui.Page) []ui.SelectItem {
	return []ui.SelectItem{item("", p.L.T("desk.filter.any")), item(casework.DueLate, p.L.T("desk.filter.late")), item(casework.DueSoon, p.L.T("desk.filter.soon"))}
}

func (v queueView) who(p ui.Page) []ui.SelectItem {
	out := []ui.SelectItem{item("", p.L.T("desk.filter.any")), item(whoNobody, p.L.T("desk.filter.nobody"))}
	if works(v.Actor) {
		out = append(out, item(whoMe, p.L.T("desk.filter.me")))
	}
	return append(out, v.colleagues(p)...)
}

// colleagues are the team, the officer left out.
func (v queueView) colleagues(p ui.Page) []ui.SelectItem {
	var out []ui.SelectItem
	for _, c := range v.Team {
		if c.Person == v.Actor.Person {
			continue
		}
		name := c.Name + ", " + p.L.Pick(c.Officer.Title)
		if c.Away {
			name += " " + p.L.T("desk.away")
		}
		out = append(out, item(c.Post, name))
	}
	return out
}

func (v queueView) offices(p ui.Page) []ui.SelectItem {
	out := []ui.SelectItem{item("", p.L.T("desk.filter.any"))}
	for _, s := range directory.Places() {
		out = append(out, item(s.Code, p.L.Pick(s.Name)))
	}
	return out
}

func (v queueView) steps(p ui.Page) []ui.SelectItem {
	return []ui.SelectItem{item("", p.L.T("desk.filter.any")), item(casework.StepCheck, p.L.T("casework.desk.checking")), item(casework.StepDecide, p.L.T("casework.desk.deciding"))}
}

// picks tells whether the rows of the list can be chosen for one act over all.
func (v queueView) picks() bool {
	return v.By == nil && !auditor(v.Actor) && (v.View == viewTodo || v.View == viewMine || v.View == viewLate || v.View == viewAudit || v.View == viewWaiting)
}

func (v queueView) pickHead(p ui.Page) []ui.Cell {
	if !v.picks() {
		return nil
	}
	return []ui.Cell{{Text: p.L.T("desk.pick")}}
}

func (v queueView) pick(p ui.Page, r queueRow) []ui.Cell {
	if !v.picks() {
		return nil
	}
	return []ui.Cell{{Body: pickCell(p, r.Case.Ref, r.Case.Ref+"."+strconv.Itoa(r.Case.Version))}}
}
