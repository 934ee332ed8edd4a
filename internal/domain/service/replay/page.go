package replay

import (
	"context"
	"embed"
	"io"
	"maps"
	"slices"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/locale"
	"balai/internal/ui"
)

// Texts are the sentences of the page.
//
//go:embed text.yaml
var Texts embed.FS

type reportView struct {
	Report         *Report
	Pair           Pair
	Malay, English locale.Printer
}

// Page writes the report as a page that stands alone, in Malay and in English.
func (r *Report) Page(ctx context.Context, out io.Writer, p Pair, texts *locale.Catalog) error {
	return reportPage(reportView{r, p, texts.For(locale.Malay), texts.For(locale.English)}).Render(ctx, out)
}

type countRow struct {
	words string
	Count
}

func (v reportView) counts(l locale.Printer) []countRow {
	rows := []countRow{{l.T("replay.replayed"), v.Report.Replayed}, {l.T("replay.same"), v.Report.Same}, {l.T("replay.changed"), v.Report.Changed}}
	if n := v.Report.Lost(); n > 0 {
		rows = append(rows, countRow{l.T("replay.gone"), Count{Past: n}})
	}
	return rows
}

type moneyRow struct {
	words string
	Sums
}

func (v reportView) money(l locale.Printer) []moneyRow {
	return []moneyRow{{l.T("replay.money.atonce"), v.Report.AtOnce}, {l.T("replay.money.ifyes"), v.Report.IfYes}, {l.T("replay.money.fees"), v.Report.Fees}}
}

func (v reportView) kinds(l locale.Printer) ui.BarsProps {
	p := ui.BarsProps{Caption: l.T("replay.kinds"), LabelHead: l.T("replay.kind"), BarHead: l.T("replay.count")}
	for _, k := range Kinds {
		if c := v.Report.ByKind[k]; c != nil {
			p.Bars = append(p.Bars, bar(l, kindText(l, k), c.All()))
		}
	}
	return p
}

func (v reportView) places(l locale.Printer) ui.BarsProps {
	p := ui.BarsProps{Caption: l.T("replay.states"), LabelHead: l.T("replay.state"), BarHead: l.T("replay.count")}
	for _, s := range v.Report.Places {
		if s.Changed == 0 {
			continue
		}
		name := l.T("replay.nowhere")
		if s.State != "" {
			name = definition.StateName(s.State)
		}
		p.Bars = append(p.Bars, bar(l, name, s.Changed))
	}
	return p
}

func bar(l locale.Printer, label string, n int) ui.Bar {
	return ui.Bar{Label: label, Text: l.Number(int64(n)), Value: float64(n)}
}

// kindText tells a kind of change.
func kindText(l locale.Printer, k Kind) string {
	from, to, moves := strings.Cut(string(k), "-")
	if !moves {
		return l.T("replay.kind." + string(k))
	}
	return l.T("replay.kind.move", "from", l.T("replay.standing."+from), "to", strings.ToLower(l.T("replay.standing."+to)))
}

// looked tells in words what the deciding rule looked at.
func looked(l locale.Printer, def *definition.Service, d Side) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(d.Looked)) {
		out = append(out, l.Pick(def.Label(name))+": "+def.Show(l.Lang(), name, d.Looked[name]))
	}
	return strings.Join(out, "; ")
}
