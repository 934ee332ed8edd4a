package operating

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// statusView is the page.
type statusView struct {
	p      ui.Page
	Checks []Check
	At     time.Time
	Days   []Day
}

func (x *Operating) statusShow(w http.ResponseWriter, r *http.Request) error {
	p := ui.NewPage(r, web.L(r.Context()).T("operating.title"))
	p.Public, p.Lead = true, p.L.T("operating.lead")
	p.Before = ui.Breadcrumbs(ui.BreadcrumbsProps{Items: []ui.Crumb{{Text: p.L.T("ui.home"), Href: "/"}, {Text: p.Title}}})
	v := statusView{p: p}
	v.Checks, v.At = x.Now(r.Context())
	// The page is there to be read when something is wrong, so what cannot be
	// read is left out.
	v.Days, _ = x.History(r.Context())
	return web.Render(w, r, http.StatusOK, statusPage(p, v))
}

// share is a share as people read it, never rounded up to the whole.
func share(v float64) string {
	if v == 1 {
		return "100 %"
	}
	return fmt.Sprintf("%.2f %%", math.Min(v, 0.9999)*100)
}

// total is the share of all days together.
func total(days []Day) float64 {
	var all Day
	for _, d := range days {
		all.Noted, all.Troubled, all.Minutes = all.Noted+d.Noted, all.Troubled+d.Troubled, all.Minutes+d.Minutes
	}
	return all.There()
}

func (v statusView) rows() [][]ui.Cell {
	rows := make([][]ui.Cell, len(v.Checks))
	for i, c := range v.Checks {
		rows[i] = []ui.Cell{{Text: v.p.L.T("operating.part." + c.Key)}, {Body: stateTag(v.p, c.State)}}
	}
	return rows
}

// bars are the days, newest first.
func (v statusView) bars() ui.BarsProps {
	b := ui.BarsProps{Caption: v.p.L.T("operating.days"), LabelHead: v.p.L.T("operating.day"), BarHead: v.p.L.T("operating.there"), Max: 1}
	for i := len(v.Days) - 1; i >= 0; i-- {
		d := v.Days[i]
		tone := "leaf"
		if d.There() < 0.99 {
			tone = "red"
		} else if d.There() < 1 {
			tone = "gold"
		}
		b.Bars = append(b.Bars, ui.Bar{Label: v.p.L.Day(d.Day), Text: share(d.There()), Value: d.There(), Tone: tone})
	}
	return b
}

type statusOut struct {
	Body struct {
		State State        `json:"state" enum:"well,slow,down"`
		At    time.Time    `json:"checked_at"`
		Parts []statusPart `json:"parts"`
		There *float64     `json:"there_30_days" doc:"Share of the minutes of the last 30 days, 0 to 1; null before the first minute"`
		Days  []statusDay  `json:"days" doc:"Oldest first"`
	}
}

type statusPart struct {
	Part  string `json:"part"`
	State State  `json:"state"`
}

type statusDay struct {
	Day   string  `json:"day"`
	There float64 `json:"there"`
}

func (x *Operating) apiStatus(ctx context.Context, _ *struct{}) (*statusOut, error) {
	out := &statusOut{}
	checks, at := x.Now(ctx)
	out.Body.State, out.Body.At, out.Body.Parts, out.Body.Days = Worst(checks), at.UTC(), []statusPart{}, []statusDay{}
	for _, c := range checks {
		out.Body.Parts = append(out.Body.Parts, statusPart{c.Key, c.State})
	}
	list, err := x.History(ctx)
	if err != nil || len(list) == 0 {
		return out, nil // the database is down, which the parts say
	}
	for _, d := range list {
		out.Body.Days = append(out.Body.Days, statusDay{d.Day, d.There()})
	}
	all := total(list)
	out.Body.There = &all
	return out, nil
}
