package service

import (
	"maps"
	"slices"
	"strconv"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func dayOf(p ui.Page, us int64) string { return p.L.Date(clock.FromMicro(us)) }

func (f Filling) href(rest string) string { return "/service/" + f.Release.Service + rest }

func (f Filling) others() string { return others(f.Release.Service) }

// heldHref is where the held facts stand: in the application, or the person's
// own page of them.
func (f Filling) heldHref() string {
	if f.Release.Service == aboutMe {
		return "/me/held"
	}
	return f.href("/apply/" + pageHeld)
}

// wrongHref is where a person says that a held value is wrong.
func (f Filling) wrongHref(field string) string {
	if f.Release.Service == aboutMe {
		return "/me/held/wrong/" + field
	}
	return f.href("/apply/wrong/" + field)
}

// held groups the facts that the person sees by their register.
func (p *Part) held(f Filling) heldView {
	v := heldView{Filling: f}
	at := map[string]int{}
	for _, spec := range f.Result.Facts {
		row, has := p.heldRow(f, spec)
		if !has {
			continue
		}
		i, seen := at[spec.From]
		if !seen {
			i = len(v.Sections)
			at[spec.From] = i
			v.Sections = append(v.Sections, heldSection{Title: spec.Register})
		}
		v.Sections[i].Rows = append(v.Sections[i].Rows, row)
	}
	return v
}

// stopped tells whether the registers alone say that the service is not for this
// person. Without shown facts there is none to dispute, so there is no way on.
func (v heldView) stopped() bool {
	return len(v.Sections) == 0 && !v.Result.Eligible && v.Result.Verdict != definition.Unknown && len(v.Result.Answers) == 0
}

func (p *Part) heldRow(f Filling, spec definition.Fact) (heldRow, bool) {
	fact, has := f.Held[spec.Field]
	row := heldRow{Spec: spec, Fact: fact, Basis: p.lawTitle(f.Release.Def.BasisIn(spec.Basis, f.Result.Law)), Veiled: f.Veiled && spec.Locates}
	for i := range f.Draft.Disputed {
		if f.Draft.Disputed[i].Field == spec.Field {
			row.Dispute = &f.Draft.Disputed[i]
		}
	}
	return row, has
}

func (v heldView) rows(p ui.Page, s heldSection) []ui.SummaryRow {
	var out []ui.SummaryRow
	for _, r := range s.Rows {
		row := ui.SummaryRow{Key: ui.Text{Text: p.L.Pick(r.Spec.Label)}, Value: ui.Text{Body: heldValue(p, v.Release.Def, r, s.differs(r))}}
		if r.Spec.Disputable && r.Dispute == nil && !r.Veiled {
			row.Actions.Items = []ui.ActionProps{{Href: v.wrongHref(r.Spec.Field), Text: p.L.T("service.held.wrong"),
				VisuallyHiddenText: ": " + p.L.Pick(r.Spec.Label)}}
		}
		out = append(out, row)
	}
	return out
}

func (v wrongView) wrongText() string {
	if v.Draft.ID == "" {
		return "service.wrong.text.me"
	}
	return "service.wrong.text"
}

// reasonHint asks for what the register's owner will need.
func (v wrongView) reasonHint(p ui.Page) string {
	if key := "service.wrong.reason." + v.Row.Spec.Field; p.L.Has(key) {
		return p.L.T(key)
	}
	return ""
}

func (v wrongView) options(p ui.Page) []ui.ChoiceItem {
	var out []ui.ChoiceItem
	if v.Row.Spec.Type == "bool" { // the other of the two
		is := v.Row.Fact.Value != true
		return append(out, ui.ChoiceItem{Value: strconv.FormatBool(is), Text: v.Release.Def.Show(p.L.Lang(), v.Row.Spec.Field, is)})
	}
	for _, o := range v.Row.Spec.Options {
		if o.Value != v.Row.Fact.Value {
			out = append(out, ui.ChoiceItem{Value: o.Value, Text: p.L.Pick(o.Label)})
		}
	}
	return out
}

func (v reviewView) answerRows(p ui.Page) []ui.SummaryRow {
	var out []ui.SummaryRow
	for _, a := range v.Answers {
		out = append(out, ui.Row(p.L.Pick(a.Label), p.L.Pick(a.Value), ui.ActionProps{Href: v.href("/apply/" + a.Page),
			Text: p.L.T("service.review.change"), VisuallyHiddenText: ": " + p.L.Pick(a.Label)}))
	}
	return out
}

// review lists the answers of the pages that the route reaches, files too.
func (p *Part) review(page ui.Page, f Filling) reviewView {
	v := reviewView{heldView: p.held(f), Trace: resultTrace(page, f.Release.Def, f.Result)}
	for i := range v.Trace {
		if f.Veiled {
			v.Trace[i].Note = "" // what the rule looked at
		}
	}
	for _, id := range f.Result.Route {
		fp, ok := f.Release.Def.Form.Page(id)
		if !ok {
			continue
		}
		for _, field := range fp.Fields {
			label := labelOf(*fp, field)
			if field.Type == form.TypeFile {
				for _, file := range f.Draft.Files[field.ID] {
					v.Answers = append(v.Answers, answerRow{id, label, locale.Same(file.Name)})
				}
				continue
			}
			if a, has := f.Result.Answers[field.ID]; has {
				v.Answers = append(v.Answers, answerRow{id, label, shown(f.Release.Def, field.ID, a)})
			}
		}
	}
	return v
}

// differs tells whether a line's source is not the one that its card names.
func (s heldSection) differs(r heldRow) bool {
	first := s.Rows[0]
	return r.Fact.AsOf != first.Fact.AsOf || r.Fact.Version != first.Fact.Version || r.Basis != first.Basis || r.Fact.Register != first.Fact.Register
}
