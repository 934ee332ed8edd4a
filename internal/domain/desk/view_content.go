package desk

import (
	"slices"
	"strings"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/ui"
)

// paired sets each answer beside what a register holds about the same; what
// stands there stands nowhere else.
func paired(sections []casework.Section) []casework.Section {
	facts := map[string]casework.Row{}
	for _, s := range sections {
		for _, r := range s.Rows {
			if !r.Fact.Empty() && r.Answer.Empty() {
				facts[r.Field] = r
			}
		}
	}
	var out []casework.Section
	beside := map[string]bool{}
	for _, s := range sections {
		section := casework.Section{Title: s.Title}
		for _, r := range s.Rows {
			if held, has := facts[r.Asks]; has && !r.Answer.Empty() {
				beside[r.Asks] = true
				r = together(r, held)
			}
			section.Rows = append(section.Rows, r)
		}
		out = append(out, section)
	}
	for i := range out {
		out[i].Rows = slices.DeleteFunc(out[i].Rows, func(r casework.Row) bool { return r.Answer.Empty() && beside[r.Field] })
	}
	return slices.DeleteFunc(out, func(s casework.Section) bool { return len(s.Rows) == 0 })
}

// together is an answer with the held value that it is about. Of an account a
// register shows the last digits only.
func together(answer, held casework.Row) casework.Row {
	out := answer
	out.Fact, out.Source, out.AsOf, out.Basis, out.Version = held.Fact, held.Source, held.AsOf, held.Basis, held.Version
	out.Disputed, out.Claimed = held.Disputed, held.Claimed
	tail := strings.HasSuffix(held.Field, "_tail") && strings.HasSuffix(answer.Answer.MS, held.Fact.MS)
	out.Differs = held.Differs || answer.Answer != held.Fact && !tail
	return out
}

// contentTable sets what the applicant says beside what a register holds, with
// the columns that have something to show.
func contentTable(p ui.Page, s casework.Section) ui.TableProps {
	has := func(of func(casework.Row) bool) bool { return slices.ContainsFunc(s.Rows, of) }
	says := has(func(r casework.Row) bool { return !r.Answer.Empty() || !r.Claimed.Empty() })
	held := has(func(r casework.Row) bool { return !r.Fact.Empty() })
	t := ui.TableProps{Caption: p.L.Pick(s.Title), CaptionClasses: "govuk-visually-hidden", FirstCellIsHeader: true,
		Head: []ui.Cell{{Text: p.L.T("desk.col.item")}}}
	if says {
		t.Head = append(t.Head, ui.Cell{Text: p.L.T("desk.col.answer")})
	}
	if held {
		t.Head = append(t.Head, ui.Cell{Text: p.L.T("desk.col.fact")})
	}
	common := commonOrigin(p, s.Rows)
	for _, r := range s.Rows {
		row := []ui.Cell{{Body: labelCell(p, r)}}
		if says {
			row = append(row, ui.Cell{Body: saysCell(p, r)})
		}
		if held {
			row = append(row, ui.Cell{Body: heldCell(p, r, originOf(p, r).beyond(common))})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// tableClasses are those of a case's table: what is compared stays side by side
// on a phone, under its name.
func tableClasses(t ui.TableProps) string {
	if len(t.Head) == 3 {
		return "b-desk b-desk--even b-desk--under"
	}
	return "b-desk b-desk--even"
}

// saysOf is what the applicant says: their answer, or what they say is right.
func saysOf(p ui.Page, r casework.Row) string {
	if !r.Claimed.Empty() && r.Answer.Empty() {
		return p.L.Pick(r.Claimed)
	}
	return p.L.Pick(r.Answer)
}

// wordsOf are a value's, each marked that the value beside it lacks where the two
// disagree.
func wordsOf(r casework.Row, value, other string) []word {
	if !r.Differs || value == "" || other == "" || value == other {
		return []word{{Text: value}}
	}
	return differ(value, other)
}

// origin is where a held value comes from: its register, of which day and
// version, and on which basis it is used.
type origin struct{ source, asOf, basis string }

func originOf(p ui.Page, r casework.Row) origin {
	o := origin{source: p.L.Pick(r.Source), basis: p.L.Pick(r.Basis)}
	if r.AsOf > 0 {
		o.asOf = p.L.T("desk.asof", "date", p.L.Date(clock.FromMicro(r.AsOf)), "version", r.Version)
	}
	return o
}

// commonOrigin is that of most rows, which is said once for all of them.
func commonOrigin(p ui.Page, rows []casework.Row) origin {
	count := map[origin]int{}
	var most origin
	for _, r := range rows {
		if o := originOf(p, r); o != (origin{}) {
			if count[o]++; count[o] > count[most] {
				most = o
			}
		}
	}
	return most
}

// beyond is what of an origin is not said for all rows.
func (o origin) beyond(common origin) origin {
	if o.source == common.source {
		o.source = ""
	}
	if o.asOf == common.asOf {
		o.asOf = ""
	}
	if o.basis == common.basis {
		o.basis = ""
	}
	return o
}

// say writes it in one line.
func (o origin) say() string {
	parts := slices.DeleteFunc([]string{o.source, o.asOf, o.basis}, func(s string) bool { return s == "" })
	return strings.Join(parts, ". ")
}

// commonLine says for a whole section where its held values come from. The
// register is not said again where it is the heading.
func commonLine(p ui.Page, s casework.Section) string {
	o := commonOrigin(p, s.Rows)
	if o.source == p.L.Pick(s.Title) {
		o.source = ""
		return o.say()
	}
	if o.source == "" {
		return o.say()
	}
	return p.L.T("desk.origin", "line", o.say())
}

func size(p ui.Page, bytes int64) string {
	return p.L.T("desk.file.size", "kb", p.L.Number(max(1, (bytes+512)/1024)))
}
