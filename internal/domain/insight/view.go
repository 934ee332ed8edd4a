package insight

import (
	"math"
	"strconv"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// teamView is the page: one column per release that is shown.
type teamView struct {
	L       locale.Printer
	Service Service
	Columns []column
}

// column is one release in one language.
type column struct {
	l       locale.Printer
	service Service
	rel     Release
	r       Report
}

func (c column) name() string { return c.l.T("insight.release", "n", c.rel.Number) }

// suffix tells a drawing's release; over all releases there is none to tell.
func (c column) suffix() string {
	if c.rel.Number == every {
		return ""
	}
	return " – " + c.name()
}

// id marks the column's parts in the page.
func (c column) id(part string) string { return part + "-" + strconv.FormatInt(c.rel.Number, 10) }

// decimal writes a number with at most one digit after the point; both
// languages of the hall write a point.
func decimal(l locale.Printer, v float64) string {
	v = math.Round(v*10) / 10
	if v == math.Trunc(v) {
		return l.Number(int64(v))
	}
	return l.Number(int64(math.Trunc(v))) + "." + strconv.Itoa(int(math.Round((v-math.Trunc(v))*10)))
}

func percent(l locale.Printer, v float64) string { return decimal(l, v) + "%" }

// span writes a length of time in the one unit that fits it.
func span(l locale.Printer, seconds float64) string {
	switch {
	case seconds < 60:
		return l.T("insight.span.second", "count", int64(math.Round(seconds)), "n", decimal(l, math.Round(seconds)))
	case seconds < 90*60:
		return counted(l, "insight.span.minute", seconds/60)
	case seconds < 48*60*60:
		return counted(l, "insight.span.hour", seconds/60/60)
	default:
		return counted(l, "insight.span.day", seconds/60/60/24)
	}
}

func counted(l locale.Printer, key string, v float64) string {
	n := int64(2) // a fraction is plural
	if math.Round(v*10) == 10 {
		n = 1
	}
	return l.T(key, "count", n, "n", decimal(l, v))
}

const daySeconds = 24 * 60 * 60

// headline is what a team looks for first.
func (c column) headline() []ui.StatProps {
	n, mean := c.r.rated()
	rating, ratings := "–", c.l.T("insight.rated.none")
	if n > 0 {
		rating, ratings = decimal(c.l, mean), c.l.T("insight.rated", "count", n, "n", c.l.Number(n))
	}
	took := "–"
	if c.r.Decided > 0 {
		took = span(c.l, c.r.MedianDays*daySeconds)
	}
	return []ui.StatProps{
		{Label: c.l.T("insight.sent"), Value: c.l.Number(c.r.Sent), Note: c.l.T("insight.sent.note", "started", c.l.Number(c.r.Started))},
		{Label: c.l.T("insight.automatic"), Value: c.automatic(), Note: c.l.T("insight.automatic.note", "n", c.l.Number(c.r.Automatic), "of", c.l.Number(c.r.Decided))},
		{Label: c.l.T("insight.took"), Value: took, Note: c.l.T("insight.took.note")},
		{Label: c.l.T("insight.rating"), Value: rating, Note: ratings},
	}
}

func (c column) automatic() string {
	if c.r.Decided == 0 {
		return "–"
	}
	return percent(c.l, share(c.r.Automatic, c.r.Decided))
}

// measure is a row of the table in which releases stand side by side.
type measure struct {
	key string
	of  func(c column) string
}

// none stands where a release has nothing to measure.
func none(there bool, s string) string {
	if there {
		return s
	}
	return "–"
}

func measures() []measure {
	number := func(of func(r Report) int64) func(column) string {
		return func(c column) string { return c.l.Number(of(c.r)) }
	}
	return []measure{
		{"insight.m.started", number(func(r Report) int64 { return r.Started })},
		{"insight.m.finished", func(c column) string {
			return c.l.Number(c.r.Finished) + none(c.r.Started > 0, " ("+percent(c.l, share(c.r.Finished, c.r.Started))+")")
		}},
		{"insight.m.dropped", number(func(r Report) int64 { return r.Dropped })},
		{"insight.m.open", number(func(r Report) int64 { return r.Open })},
		{"insight.m.nodraft", number(func(r Report) int64 { return r.NoDraft })},
		{"insight.m.sent", number(func(r Report) int64 { return r.Sent })},
		{"insight.m.decided", number(func(r Report) int64 { return r.Decided })},
		{"insight.m.automatic", column.automatic},
		{"insight.m.approved", number(func(r Report) int64 { return r.Approved })},
		{"insight.m.refused", number(func(r Report) int64 { return r.Refused })},
		{"insight.m.withdrawn", number(func(r Report) int64 { return r.Withdrawn })},
		{"insight.m.wrong", number(func(r Report) int64 { return r.Wrong })},
		{"insight.m.median", func(c column) string { return none(c.r.Decided > 0, span(c.l, c.r.MedianDays*daySeconds)) }},
		{"insight.m.p90", func(c column) string { return none(c.r.Decided > 0, span(c.l, c.r.P90Days*daySeconds)) }},
		{"insight.m.actions", func(c column) string { return none(c.r.Decided > c.r.Automatic, decimal(c.l, c.r.Actions)) }},
		{"insight.m.rating", func(c column) string {
			n, mean := c.r.rated()
			return none(n > 0, decimal(c.l, mean)+" ("+c.l.Number(n)+")")
		}},
	}
}

// table sets the releases side by side, a measure a row.
func (v teamView) table() ui.TableProps {
	t := ui.TableProps{Caption: v.L.T("insight.table"), CaptionClasses: "govuk-table__caption--m", FirstCellIsHeader: true,
		Head: []ui.Cell{{Text: v.L.T("insight.measure")}}}
	for _, c := range v.Columns {
		t.Head = append(t.Head, ui.Cell{Text: c.name(), Format: "numeric"})
	}
	for _, m := range measures() {
		row := []ui.Cell{{Text: v.L.T(m.key)}}
		for _, c := range v.Columns {
			row = append(row, ui.Cell{Text: m.of(c), Format: "numeric"})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// effort compares what a person gives here with what the counter takes.
func (c column) effort() []ui.BarsProps {
	e, k := c.r.Effort, c.service.Counter
	bars := func(part string, list ...ui.Bar) ui.BarsProps {
		return ui.BarsProps{Caption: c.l.T("insight.effort."+part) + c.suffix(), LabelHead: c.l.T("insight.measure"), BarHead: c.l.T("insight.value"), Bars: list}
	}
	fields := bars("fields",
		ui.Bar{Label: c.l.T("insight.effort.typed"), Value: float64(e.Typed), Text: c.l.Number(e.Typed)},
		ui.Bar{Label: c.l.T("insight.effort.held"), Value: float64(e.Held), Text: c.l.Number(e.Held), Tone: "leaf"})
	if k.Fields > 0 {
		fields.Bars = append(fields.Bars, ui.Bar{Label: c.l.T("insight.effort.counter.fields"), Value: float64(k.Fields), Text: c.l.Number(int64(k.Fields)), Tone: "gold"})
	}
	minutes := bars("minutes", ui.Bar{Label: c.l.T("insight.effort.here"), Value: float64(e.Seconds) / 60, Text: span(c.l, float64(e.Seconds))})
	if k.Minutes > 0 {
		minutes.Bars = append(minutes.Bars, ui.Bar{Label: c.l.T("insight.effort.counter"), Value: float64(k.Minutes), Text: span(c.l, float64(k.Minutes)*60), Tone: "gold"})
	}
	return []ui.BarsProps{fields, minutes}
}

// others are the costs that need no drawing.
func (c column) others() string {
	return c.l.T("insight.effort.screens", "n", c.l.Number(c.r.Effort.Screens))
}

// stops draws where people gave up, in the order of the form.
func (c column) stops() ui.BarsProps {
	p := ui.BarsProps{Caption: c.l.T("insight.stops.left") + " – " + c.name(), LabelHead: c.l.T("insight.stops.page"), BarHead: c.l.T("insight.stops.left")}
	for _, s := range c.ordered() {
		p.Bars = append(p.Bars, ui.Bar{Label: c.pageTitle(s.Page), Value: float64(s.Left), Text: c.l.Number(s.Left), Tone: "red"})
	}
	return p
}

// pages tells what each page costs.
func (c column) pages() ui.TableProps {
	t := ui.TableProps{FirstCellIsHeader: true, Caption: c.l.T("insight.pages") + " – " + c.name(), CaptionClasses: "govuk-visually-hidden",
		Head: []ui.Cell{{Text: c.l.T("insight.stops.page")}, {Text: c.l.T("insight.pages.reached"), Format: "numeric"},
			{Text: c.l.T("insight.pages.typed"), Format: "numeric"}, {Text: c.l.T("insight.pages.took"), Format: "numeric"}}}
	for _, s := range c.ordered() {
		if s.Page != "" {
			t.Rows = append(t.Rows, []ui.Cell{{Text: c.pageTitle(s.Page)}, {Text: c.l.Number(s.Reached), Format: "numeric"},
				{Text: decimal(c.l, s.Typed), Format: "numeric"}, {Text: span(c.l, s.Seconds), Format: "numeric"}})
		}
	}
	return t
}

// ordered puts the stops in the order of the form; what the form does not
// know, such as its review, comes after it.
func (c column) ordered() []Stop {
	by := map[string]Stop{}
	for _, s := range c.r.Stops {
		by[s.Page] = s
	}
	var out []Stop
	take := func(id string) {
		if s, ok := by[id]; ok {
			out = append(out, s)
			delete(by, id)
		}
	}
	take("")
	for _, p := range c.rel.Pages {
		take(p.ID)
	}
	for _, s := range c.r.Stops {
		take(s.Page)
	}
	return out
}

func (c column) pageTitle(id string) string {
	for _, p := range c.rel.Pages {
		if p.ID == id {
			return c.l.Pick(p.Title)
		}
	}
	if key := "insight.page." + id; id == "" || c.l.Has(key) {
		return c.l.T(strings.TrimSuffix(key, "."))
	}
	return id
}

// ratings draws how many gave which rating.
func (c column) ratings() ui.BarsProps {
	p := ui.BarsProps{Caption: c.l.T("insight.ratings") + c.suffix(), LabelHead: c.l.T("insight.rating"), BarHead: c.l.T("insight.ratings.n")}
	for i := 4; i >= 0; i-- {
		tone := "leaf"
		if i < 2 {
			tone = "red"
		} else if i == 2 {
			tone = "gold"
		}
		n := c.r.Levels[i]
		p.Bars = append(p.Bars, ui.Bar{Label: c.l.T("insight.level", "n", i+1), Value: float64(n), Text: c.l.Number(n), Tone: tone})
	}
	return p
}

// lines are the small multiples over the weeks.
func (c column) lines() []ui.SparkProps {
	line := func(key string, value func(w Week) float64, text func(v float64) string) ui.SparkProps {
		p := ui.SparkProps{Caption: c.l.T(key), LabelHead: c.l.T("insight.week"), ValueHead: c.l.T(key)}
		for _, w := range c.r.Weeks {
			v := value(w)
			p.Points = append(p.Points, ui.Point{Label: c.l.Day(w.Monday), Value: v, Text: text(v)})
		}
		return p
	}
	number := func(v float64) string { return c.l.Number(int64(v)) }
	return []ui.SparkProps{
		line("insight.line.started", func(w Week) float64 { return float64(w.Started) }, number),
		line("insight.line.sent", func(w Week) float64 { return float64(w.Sent) }, number),
		line("insight.line.decided", func(w Week) float64 { return float64(w.Decided) }, number),
		line("insight.line.automatic", func(w Week) float64 { return share(w.Automatic, w.Decided) }, func(v float64) string { return percent(c.l, v) }),
	}
}

// public are the lines that everybody may see; a share over a few cases is
// left out, since it could tell of one person.
func (c column) public() []ui.SparkProps { return c.lines()[1:3] }

func (c column) when() string { return c.l.Date(clock.FromMicro(since(c.rel, c.r))) }

func (c column) said(r Rating) string { return c.l.Date(clock.FromMicro(r.At)) }

// choices are the releases to choose from, newest first.
func (v teamView) choices() []ui.SelectItem {
	var out []ui.SelectItem
	for i := len(v.Service.Releases) - 1; i >= 0; i-- {
		r := v.Service.Releases[i]
		out = append(out, ui.SelectItem{Value: strconv.FormatInt(r.Number, 10),
			Text: v.L.T("insight.release", "n", r.Number) + ", " + v.L.Date(clock.FromMicro(r.At))})
	}
	return out
}

func (v teamView) value(i int) string {
	if i < len(v.Columns) {
		return strconv.FormatInt(v.Columns[i].rel.Number, 10)
	}
	return ""
}

// half is the width of a column: all of it when one release stands alone.
func (v teamView) half() string {
	if len(v.Columns) > 1 {
		return "govuk-grid-column-one-half"
	}
	return "govuk-grid-column-two-thirds"
}
