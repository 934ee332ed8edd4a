package desk

import (
	"net/http"
	"net/url"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// perPage is how many cases an officer takes in at a glance.
const perPage = 30

// queueShow lists the work that waits, by the time that remains.
func (d *Desk) queueShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if team(a) {
		return web.SeeOther(w, r, "/team")
	}
	q := r.URL.Query()
	if whole := id.NormalRef(q.Get("q")); id.ValidRef(whole) {
		return web.SeeOther(w, r, "/desk/"+whole) // where the policy says whether it is theirs to open
	}
	v := queueView{Actor: a, View: viewOf(a, q.Get("view")), Search: clip(q.Get("q"), 40), Newest: q.Get("order") == "new",
		First: q.Get("after") == "", Chosen: chosenOf(q)}
	if done := q.Get("done"); slices.Contains([]string{"hand_over", "undone"}, done) {
		v.Done = done
	}
	if err := d.DB.Read(r.Context(), func(tx *db.Tx) error { return d.readQueue(tx, a, q, &v) }); err != nil {
		return err
	}
	return d.showQueue(w, r, v, http.StatusOK)
}

func (d *Desk) showQueue(w http.ResponseWriter, r *http.Request, v queueView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("desk.title"))
	page.Wide = true
	page.Error = v.Problem != ""
	return web.Render(w, r, status, queuePage(page, v))
}

func (d *Desk) readQueue(tx *db.Tx, a actor.Actor, q url.Values, v *queueView) error {
	if err := d.readAround(tx, a, v); err != nil {
		return err
	}
	f, err := d.filter(tx, a, v.View)
	if err != nil {
		return err
	}
	if v.Search != "" {
		f = scope(a)
		f.Search = v.Search
	}
	past := !listed(v.View)
	if v.Search != "" { // who answers for all of it finds what is finished too
		past = !works(a)
	}
	if !past {
		if err := d.narrow(tx, a, &f, v.Chosen); err != nil {
			return err
		}
	}
	f.Newest = f.Newest || v.Newest
	v.Newest = f.Newest
	list, next, err := d.page(tx, f, q.Get("after"), perPage, past)
	if err != nil {
		return err
	}
	v.Next = next
	if v.Found = -1; v.Chosen.any() && listed(v.View) {
		if v.Found, err = d.Cases.WorkCount(tx, f); err != nil {
			return err
		}
	}
	return d.readRows(tx, a, list, v)
}

// readAround reads what stands about the list: counts, names, the team.
func (d *Desk) readAround(tx *db.Tx, a actor.Actor, v *queueView) error {
	v.Counts = map[string]int{}
	all := views(a)
	if !auditor(a) && !slices.Contains(all, viewLate) {
		all = append(slices.Clone(all), viewLate)
	}
	for _, view := range all {
		if !listed(view) {
			continue
		}
		f, err := d.filter(tx, a, view)
		if err != nil {
			return err
		}
		if v.Counts[view], err = d.Cases.WorkCount(tx, f); err != nil {
			return err
		}
	}
	if place, err := d.Directory.Agency(tx, a.Agency); err == nil {
		v.Agency = place.Name
	}
	var err error
	if v.Team, err = d.team(tx, a); err != nil {
		return err
	}
	agency := a.Agency
	if auditor(a) {
		agency = ""
	}
	v.Services = d.Names.ServicesOf(agency)
	return nil
}

func (d *Desk) readRows(tx *db.Tx, a actor.Actor, list []casework.Case, v *queueView) error {
	today := clock.Day(d.Clock.Now())
	for _, c := range list {
		s, runs, err := d.promise(tx, c)
		if err != nil {
			return err
		}
		row := queueRow{Case: c, Span: s, Runs: runs, Turn: turnOf(a, c),
			Today: s.DueAt > 0 && clock.Day(clock.FromMicro(s.DueAt)) == today}
		if a.State != "" && c.Calendar != a.State {
			row.Office = c.Calendar
		}
		if c.Assignee != "" && c.Assignee != a.Person {
			if who, err := d.Directory.Person(tx, c.Assignee); err == nil {
				row.Holder = who.Name
			}
		}
		v.Rows = append(v.Rows, row)
	}
	return d.readNames(tx, a, v.Rows)
}

// clip keeps the first runes of a text.
func clip(s string, most int) string {
	r := []rune(s)
	if len(r) > most {
		r = r[:most]
	}
	return string(r)
}
