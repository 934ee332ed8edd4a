package desk

import (
	"net/http"
	"net/url"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// headView is the load of an office: by officer, and by service.
type headView struct {
	Actor    actor.Actor
	Officers []load
	Free     load // in nobody's hands
	Services []serviceLoad
}

// load is what one officer has in hand.
type load struct {
	colleagueName
	Late, Soon, Done int // done: acts that moved a case on, in 30 days
}

// serviceLoad is how an office keeps a service's promise.
type serviceLoad struct {
	ServiceName
	Open, Late int
}

// share is the late part in whole per cent.
func (s serviceLoad) share() int {
	if s.Open == 0 {
		return 0
	}
	return (s.Late*100 + s.Open/2) / s.Open
}

// doneDays is how far back an officer's work is counted.
const doneDays = 30

// headShow is the head's view of load and late cases.
func (d *Desk) headShow(w http.ResponseWriter, r *http.Request) error {
	v := headView{Actor: web.ActorOf(r.Context())}
	if err := d.DB.Read(r.Context(), func(tx *db.Tx) error { return d.readLoad(tx, &v) }); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("desk.head.title"))
	page.Wide = true
	page.Before = ui.BackLink(ui.BackLinkProps{Text: page.L.T("desk.back"), Href: "/desk"})
	return web.Render(w, r, http.StatusOK, headPage(page, v))
}

func (d *Desk) readLoad(tx *db.Tx, v *headView) error {
	team, err := d.team(tx, v.Actor)
	if err != nil {
		return err
	}
	since := clock.Micro(d.Clock.Now().Add(-doneDays * 24 * time.Hour))
	count := func(to *int, change func(*casework.Filter)) {
		f := scope(v.Actor)
		change(&f)
		if err == nil {
			*to, err = d.Cases.WorkCount(tx, f)
		}
	}
	for _, c := range team {
		l := load{colleagueName: c}
		mine := func(f *casework.Filter) { f.Assignees = []string{c.Person} }
		count(&l.Open, mine)
		count(&l.Late, func(f *casework.Filter) { mine(f); f.Due = casework.DueLate })
		count(&l.Soon, func(f *casework.Filter) { mine(f); f.Due = casework.DueWeek })
		if err == nil {
			l.Done, err = d.Cases.DoneBy(tx, c.Person, c.Post, since)
		}
		v.Officers = append(v.Officers, l)
	}
	free := func(f *casework.Filter) { f.Unassigned, f.Work = true, []string{casework.WorkTodo} }
	count(&v.Free.Open, free)
	count(&v.Free.Late, func(f *casework.Filter) { free(f); f.Due = casework.DueLate })
	count(&v.Free.Soon, func(f *casework.Filter) { free(f); f.Due = casework.DueWeek })
	for _, s := range d.Names.ServicesOf(v.Actor.Agency) {
		l := serviceLoad{ServiceName: s}
		count(&l.Open, func(f *casework.Filter) { f.Kind = s.Kind })
		count(&l.Late, func(f *casework.Filter) { f.Kind, f.Due = s.Kind, casework.DueLate })
		if l.Open > 0 {
			v.Services = append(v.Services, l)
		}
	}
	return err
}

// to is the address of the branch's list, filtered.
func to(pairs ...string) string {
	q := url.Values{"view": {viewTodo}}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/desk?" + q.Encode()
}

func (v headView) officers(p ui.Page) ui.TableProps {
	t := ui.TableProps{Caption: p.L.T("desk.head.officers"), CaptionClasses: "govuk-table__caption--m", FirstCellIsHeader: true,
		Head: ui.Cells(p.L.T("desk.head.officer"))}
	for _, key := range []string{"open", "late", "soon", "done"} {
		t.Head = append(t.Head, ui.Cell{Text: p.L.T("desk.head." + key), Format: "numeric"})
	}
	cell := func(n int, href string) ui.Cell {
		c := ui.Cell{Format: "numeric", Text: number(p, n)}
		if n > 0 && href != "" {
			c.Text, c.Body = "", link(href, number(p, n))
		}
		return c
	}
	for _, o := range v.Officers {
		t.Rows = append(t.Rows, []ui.Cell{{Body: officerCell(p, o)}, cell(o.Open, to("who", o.Post)), cell(o.Late, to("who", o.Post, "due", casework.DueLate)),
			cell(o.Soon, ""), cell(o.Done, "")})
	}
	t.Rows = append(t.Rows, []ui.Cell{{Text: p.L.T("desk.filter.nobody")}, cell(v.Free.Open, to("who", whoNobody)),
		cell(v.Free.Late, to("who", whoNobody, "due", casework.DueLate)), cell(v.Free.Soon, ""), {Text: ""}})
	return t
}

func (v headView) bars(p ui.Page) ui.BarsProps {
	b := ui.BarsProps{Caption: p.L.T("desk.head.chart"), LabelHead: p.L.T("desk.head.officer"), BarHead: p.L.T("desk.head.open")}
	for _, o := range v.Officers {
		b.Bars = append(b.Bars, ui.Bar{Label: o.Name, Value: float64(o.Open), Text: number(p, o.Open), Tone: tone(o.Late)})
	}
	return b
}

func (v headView) services(p ui.Page) ui.BarsProps {
	b := ui.BarsProps{Caption: p.L.T("desk.head.services"), LabelHead: p.L.T("desk.col.service"), BarHead: p.L.T("desk.head.share"), Max: 100}
	for _, s := range v.Services {
		b.Bars = append(b.Bars, ui.Bar{Label: p.L.Pick(s.Title), Value: float64(s.share()), Tone: tone(s.Late),
			Text: p.L.T("desk.head.of", "share", s.share(), "late", number(p, s.Late), "open", number(p, s.Open))})
	}
	return b
}

func tone(late int) string {
	if late > 0 {
		return "red"
	}
	return "leaf"
}
