package service

import (
	"net/url"

	"slices"

	"balai/internal/domain/service/definition"
	"balai/internal/ui"
)

func (v serviceView) href(rest string) string { return "/service/" + v.Release.Service + rest }

func (v serviceView) others() string { return others(v.Release.Service) }

// others is where somebody chooses for whom they apply.
func others(service string) string {
	return "/acting?next=" + url.QueryEscape("/service/"+service+"/apply")
}

// shown counts the facts that the person does not have to type.
func (v serviceView) shown() int {
	n := 0
	for _, f := range v.Release.Def.Facts {
		if f.Shown {
			n++
		}
	}
	return n
}

func (v serviceView) factTable(p ui.Page) ui.TableProps {
	t := ui.TableProps{Caption: p.L.T("service.facts"), CaptionClasses: "govuk-visually-hidden", FirstCellIsHeader: true,
		Head: []ui.Cell{{Text: p.L.T("service.facts.field")}, {Text: p.L.T("service.facts.register")}, {Text: p.L.T("service.facts.basis")}}}
	for _, f := range v.Release.Def.Facts {
		t.Rows = append(t.Rows, []ui.Cell{{Text: p.L.Pick(f.Label)}, {Text: p.L.Pick(f.Register)}, {Text: p.L.Pick(v.Basis(f.Basis))}})
	}
	return t
}

func (v checkView) headline() string {
	switch {
	case v.Result.Verdict == definition.Unknown:
		return "service.check.unknown"
	case v.Result.Eligible:
		return "service.check.eligible"
	}
	return "service.check.stopped"
}

func (v checkView) tone() string {
	switch {
	case v.Result.Verdict == definition.Unknown:
		return "indigo"
	case v.Result.Eligible:
		return "leaf"
	}
	return "gold"
}

// traceRows are a trace as a person reads it: the condition in words, whether
// it held, and what it looked at.
func traceRows(p ui.Page, def *definition.Service, rows []definition.TraceRow, step bool) []ui.TraceRow {
	var out []ui.TraceRow
	for _, r := range rows {
		t := ui.TraceRow{Text: p.L.Pick(r.Text), Else: p.L.Pick(r.Because), Held: ui.No, Rule: r.Rule, Step: step}
		switch {
		case r.Unknown:
			t.Held = ui.Unset
		case r.Held:
			t.Held = ui.Yes
		}
		for _, name := range sortedKeys(r.Value) {
			if r.Value[name] == nil || def.Yes(name) { // the row's own words say so
				continue
			}
			if t.Note != "" {
				t.Note += " · "
			}
			t.Note += p.L.Pick(def.Label(name)) + ": " + def.Show(p.L.Lang(), name, r.Value[name])
		}
		out = append(out, t)
	}
	if n := len(rows) - 1; n >= 0 && rows[n].Rule == definition.RuleFee && !slices.ContainsFunc(rows[:n], func(r definition.TraceRow) bool { return !r.Held }) {
		out[n].Fee = true // the yes follows from the payment
	}
	return out
}

// start is what the button says that begins an application.
func start(p ui.Page) string {
	if p.Actor.Acting() {
		return p.L.T("service.start.for", "name", p.Actor.For.Name)
	}
	return p.L.T("service.start")
}

// resultTrace is the row of the decision table that held, the conditions of an
// automatic decision, and last the rows that did not apply.
func resultTrace(p ui.Page, def *definition.Service, res definition.Result) []ui.TraceRow {
	return appliedFirst(append(traceRows(p, def, res.Trace, true), traceRows(p, def, res.AutomaticTrace, false)...))
}

// appliedFirst puts a table's rows that did not apply below everything else.
func appliedFirst(rows []ui.TraceRow) []ui.TraceRow {
	slices.SortStableFunc(rows, func(a, b ui.TraceRow) int { return passedBy(a) - passedBy(b) })
	return rows
}

func passedBy(r ui.TraceRow) int {
	if r.Step && r.Held == ui.No {
		return 1
	}
	return 0
}
