package insight

import (
	"time"

	"balai/internal/spine/locale"
	"balai/internal/ui"

	"github.com/a-h/templ"
)

// cardView is the page of all services.
type cardView struct {
	L    locale.Printer
	List []scored
	At   time.Time
}

// scoreView is the page of one.
type scoreView struct {
	L  locale.Printer
	S  scored
	At time.Time
}

func href(s scored) string { return "/report/" + s.Service.ID }

// shown writes a figure, or a dash where too few people stand behind it.
func shown[T any](v *T, text func(T) string) string {
	if v == nil {
		return "–"
	}
	return text(*v)
}

// figures are the cells that the card and the service's page share.
type figures struct {
	l locale.Printer
	publicReport
}

func (f figures) percent(v *float64) string {
	return shown(v, func(v float64) string { return percent(f.l, v) })
}

func (f figures) number(v *int64) string {
	return shown(v, f.l.Number)
}

func (f figures) days() string {
	return shown(f.Used, func(n int64) string { return f.l.T("insight.card.days", "count", n, "n", f.l.Number(n)) })
}

func (f figures) promised() string {
	return shown(f.Promised, func(n int64) string { return f.l.T("insight.card.days", "count", n, "n", f.l.Number(n)) })
}

func (f figures) rating() string {
	return shown(f.Rating, func(v float64) string { return decimal(f.l, v) })
}

func (f figures) took() string {
	return shown(f.Seconds, func(n int64) string { return span(f.l, float64(n)) })
}

// headline sums up all services.
func (v cardView) headline() []ui.StatProps {
	t := totalOf(v.List)
	l := v.L
	all := figures{l, publicReport{Automatic: enough(t.Decided, share(t.Automatic, t.Decided)),
		Kept:     enough(t.Decided+t.Late, share(t.Kept, t.Decided+t.Late)),
		Officers: enough(t.Decided-t.Automatic+t.Late, share(t.Officers, t.Decided-t.Automatic+t.Late)), Rating: enough(t.Rated, t.Stars)}}
	return []ui.StatProps{
		{Label: l.T("insight.sent"), Value: l.Number(t.Sent), Note: l.T("insight.card.services", "count", t.Services)},
		{Label: l.T("insight.automatic"), Value: all.percent(all.Automatic), Note: l.T("insight.automatic.note", "n", l.Number(t.Automatic), "of", l.Number(t.Decided))},
		{Label: l.T("insight.card.kept"), Value: all.percent(all.Kept), Note: l.T("insight.card.kept.note", "officers", all.percent(all.Officers), "n", l.Number(t.Late))},
		{Label: l.T("insight.rating"), Value: all.rating(), Note: l.T("insight.rated", "count", t.Rated, "n", l.Number(t.Rated))},
	}
}

// saved tells in words what the hall spares people, where it is an hour or more.
func (v cardView) saved() string {
	hours := totalOf(v.List).Minutes / 60
	if hours == 0 {
		return ""
	}
	return v.L.T("insight.card.saved", "count", hours, "n", v.L.Number(hours))
}

// table is every service in a row; the charts beside it draw its columns.
func (v cardView) table() ui.TableProps {
	l := v.L
	t := ui.TableProps{Caption: l.T("insight.card.table"), CaptionClasses: "govuk-table__caption--m", FirstCellIsHeader: true,
		Head: []ui.Cell{{Text: l.T("insight.card.service")}}}
	keys := []string{"insight.sent", "insight.automatic", "insight.card.promised", "insight.card.used", "insight.card.kept", "insight.card.officers",
		"insight.effort.typed", "insight.card.counter.fields", "insight.card.took", "insight.card.counter.minutes", "insight.rating"}
	for _, key := range keys {
		t.Head = append(t.Head, ui.Cell{Text: l.T(key), Format: "numeric"})
	}
	for _, s := range v.List {
		f := figures{l, s.All.public(s.Overdue)}
		row := []ui.Cell{{Body: link(href(s), l.Pick(s.Service.Title), l.Pick(s.Service.AgencyName))}}
		for i, text := range []string{l.Number(s.All.Sent), f.percent(f.Automatic), f.promised(), f.days(), f.percent(f.Kept), f.percent(f.Officers),
			f.number(f.Typed), none(s.Service.Counter.Fields > 0, l.Number(int64(s.Service.Counter.Fields))), f.took(),
			none(s.Service.Counter.Minutes > 0, span(l, float64(s.Service.Counter.Minutes)*60)), f.rating()} {
			// a phone has no head above the cell
			row = append(row, ui.Cell{Text: text, Format: "numeric", Attributes: templ.Attributes{"data-label": l.T(keys[i]) + ": "}})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// bars are the small multiples: one question each, a bar a service.
func (v cardView) bars() []ui.BarsProps {
	l := v.L
	draw := func(key string, most float64, tone func(float64) string, of func(f figures) (*float64, string)) ui.BarsProps {
		p := ui.BarsProps{Caption: l.T(key), LabelHead: l.T("insight.card.service"), BarHead: l.T(key), Max: most}
		for _, s := range v.List {
			value, text := of(figures{l, s.All.public(s.Overdue)})
			b := ui.Bar{Label: l.Pick(s.Service.Title), Text: text}
			if value != nil {
				b.Value, b.Tone = *value, tone(*value)
			}
			p.Bars = append(p.Bars, b)
		}
		return p
	}
	plain := func(float64) string { return "" }
	return []ui.BarsProps{
		draw("insight.automatic", 100, plain, func(f figures) (*float64, string) { return f.Automatic, f.percent(f.Automatic) }),
		draw("insight.card.officers", 100, keptTone, func(f figures) (*float64, string) { return f.Officers, f.percent(f.Officers) }),
		draw("insight.rating", 5, plain, func(f figures) (*float64, string) { return f.Rating, f.rating() }),
	}
}

// keptTone warns where the charter is broken more than now and then.
func keptTone(v float64) string {
	switch {
	case v >= 95:
		return "leaf"
	case v >= 80:
		return "gold"
	}
	return "red"
}

// headline of one service.
func (v scoreView) headline() []ui.StatProps {
	l, f := v.L, figures{v.L, v.S.All.public(v.S.Overdue)}
	return []ui.StatProps{
		{Label: l.T("insight.sent"), Value: l.Number(f.Sent), Note: l.T("insight.card.open", "count", v.S.Open, "n", l.Number(v.S.Open))},
		{Label: l.T("insight.automatic"), Value: f.percent(f.Automatic), Note: l.T("insight.automatic.note", "n", l.Number(v.S.All.Automatic), "of", l.Number(f.Decided))},
		{Label: l.T("insight.card.kept"), Value: f.percent(f.Kept), Note: l.T("insight.card.kept.note", "officers", f.percent(f.Officers), "n", l.Number(v.S.Overdue))},
		{Label: l.T("insight.rating"), Value: f.rating(), Note: l.T("insight.rated", "count", f.Ratings, "n", l.Number(f.Ratings))},
	}
}

// days draws the promise beside what was needed.
func (v scoreView) days() ui.BarsProps {
	l, f := v.L, figures{v.L, v.S.All.public(v.S.Overdue)}
	p := ui.BarsProps{Caption: l.T("insight.card.working"), LabelHead: l.T("insight.measure"), BarHead: l.T("insight.card.working")}
	for _, b := range []struct {
		key, tone string
		v         *int64
	}{{"insight.card.promised", "gold", f.Promised}, {"insight.card.used", "leaf", f.Used}, {"insight.card.p90", "", f.UsedP90}} {
		bar := ui.Bar{Label: l.T(b.key), Tone: b.tone, Text: shown(b.v, func(n int64) string { return l.T("insight.card.days", "count", n, "n", l.Number(n)) })}
		if b.v != nil {
			bar.Value = float64(*b.v)
		}
		p.Bars = append(p.Bars, bar)
	}
	return p
}

// effort draws a person's effort here beside today's counter.
func (v scoreView) effort() []ui.BarsProps {
	if v.S.All.Sent < few {
		return nil
	}
	return v.column(v.S.All).effort()
}

// column lends the team's drawings to the public page.
func (v scoreView) column(r Report) column {
	return column{l: v.L, service: v.S.Service, rel: Release{Number: r.Release}, r: r}
}

// table sets the releases side by side, all of them together first.
func (v scoreView) table() ui.TableProps {
	l := v.L
	t := ui.TableProps{Caption: l.T("insight.card.releases"), CaptionClasses: "govuk-table__caption--m", FirstCellIsHeader: true,
		Head: []ui.Cell{{Text: l.T("insight.measure")}, {Text: l.T("insight.card.all"), Format: "numeric"}}}
	columns := []figures{{l, v.S.All.public(v.S.Overdue)}}
	for i := len(v.S.By) - 1; i >= 0; i-- {
		columns = append(columns, figures{l, v.S.By[i].public(0)})
		t.Head = append(t.Head, ui.Cell{Text: l.T("insight.release", "n", v.S.By[i].Release), Format: "numeric"})
	}
	for _, m := range []struct {
		key string
		of  func(f figures) string
	}{
		{"insight.m.sent", func(f figures) string { return l.Number(f.Sent) }},
		{"insight.m.decided", func(f figures) string { return l.Number(f.Decided) }},
		{"insight.m.automatic", func(f figures) string { return f.percent(f.Automatic) }},
		{"insight.card.promised", figures.promised},
		{"insight.card.used", figures.days},
		{"insight.card.kept", func(f figures) string { return f.percent(f.Kept) }},
		{"insight.card.officers", func(f figures) string { return f.percent(f.Officers) }},
		{"insight.effort.typed", func(f figures) string { return f.number(f.Typed) }},
		{"insight.effort.held", func(f figures) string { return f.number(f.Held) }},
		{"insight.card.screens", func(f figures) string { return f.number(f.Screens) }},
		{"insight.card.took", figures.took},
		{"insight.rating", figures.rating},
	} {
		row := []ui.Cell{{Text: l.T(m.key)}}
		for _, f := range columns {
			row = append(row, ui.Cell{Text: m.of(f), Format: "numeric"})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// note is what a release answered, and since when it has been in force: where
// the hall's past began before the hall, since its first application.
type note struct {
	Release
	Since int64
}

// notes are newest first.
func (v scoreView) notes() []note {
	out := make([]note, 0, len(v.S.Service.Releases))
	for i := len(v.S.Service.Releases) - 1; i >= 0; i-- {
		one := note{v.S.Service.Releases[i], v.S.Service.Releases[i].At}
		if i < len(v.S.By) {
			one.Since = since(one.Release, v.S.By[i])
		}
		out = append(out, one)
	}
	return out
}

func since(rel Release, r Report) int64 {
	if r.First > 0 {
		return min(rel.At, r.First)
	}
	return rel.At
}
