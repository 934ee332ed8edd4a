package desk

import (
	"slices"

	"balai/internal/spine/casework"
	"balai/internal/ui"
)

// contentTable sets what was answered beside what a register holds, with the
// columns that have something to show.
func contentTable(p ui.Page, s casework.Section) ui.TableProps {
	has := func(of func(casework.Row) bool) bool { return slices.ContainsFunc(s.Rows, of) }
	answered := has(func(r casework.Row) bool { return !r.Answer.Empty() })
	held := has(func(r casework.Row) bool { return !r.Fact.Empty() })
	claimed := has(func(r casework.Row) bool { return r.Claimed != "" })
	sourced := has(func(r casework.Row) bool { return !r.Source.Empty() })
	t := ui.TableProps{Caption: p.L.Pick(s.Title), CaptionClasses: "govuk-table__caption--s", FirstCellIsHeader: true,
		Head: []ui.Cell{{Text: p.L.T("desk.col.item")}}}
	column := func(show bool, key string) {
		if show {
			t.Head = append(t.Head, ui.Cell{Text: p.L.T(key)})
		}
	}
	column(answered, "desk.col.answer")
	column(held, "desk.col.fact")
	column(claimed, "desk.col.claimed")
	column(sourced, "desk.col.source")
	for _, r := range s.Rows {
		row := []ui.Cell{{Body: labelCell(p, r)}}
		if answered {
			row = append(row, beside(p.L.Pick(r.Answer), p.L.Pick(r.Fact)))
		}
		if held {
			said := p.L.Pick(r.Answer)
			if r.Claimed != "" {
				said = r.Claimed
			}
			row = append(row, beside(p.L.Pick(r.Fact), said))
		}
		if claimed {
			row = append(row, ui.Cell{Body: claimCell(p, r)})
		}
		if sourced {
			row = append(row, ui.Cell{Body: sourceCell(p, r)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// beside is a value with the words marked that the other value lacks.
func beside(value, other string) ui.Cell {
	if value == "" || other == "" || value == other {
		return ui.Cell{Text: value}
	}
	return ui.Cell{Body: marked(differ(value, other))}
}

func size(p ui.Page, bytes int64) string {
	return p.L.T("desk.file.size", "kb", p.L.Number(max(1, (bytes+512)/1024)))
}
