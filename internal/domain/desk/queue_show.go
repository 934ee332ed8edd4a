package desk

import (
	"net/http"
	"net/url"

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
	v := queueView{Actor: a, View: viewOf(a, q.Get("view")), Search: clip(q.Get("q"), 40), Newest: q.Get("order") == "new", First: q.Get("after") == ""}
	f := filter(a, v.View)
	if v.Search != "" {
		f = scope(a)
		f.Search = v.Search
	}
	f.Newest = f.Newest || v.Newest
	v.Newest = f.Newest
	if err := d.readQueue(r, a, f, q, &v); err != nil {
		return err
	}
	page := ui.NewPage(r, web.L(r.Context()).T("desk.title"))
	page.Wide = true
	return web.Render(w, r, http.StatusOK, queuePage(page, v))
}

func (d *Desk) readQueue(r *http.Request, a actor.Actor, f casework.Filter, q url.Values, v *queueView) error {
	return d.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if v.Counts, err = d.Cases.Counts(tx, scope(a)); err != nil {
			return err
		}
		if place, err := d.Directory.Agency(tx, a.Agency); err == nil {
			v.Agency = place.Name
		}
		var list []casework.Case
		if v.View == viewLate && v.Search == "" {
			f.Newest = false
			list, err = d.overdue(tx, f)
		} else {
			list, v.Next, err = d.page(tx, f, q.Get("after"), perPage)
		}
		if err != nil {
			return err
		}
		v.Rows = v.Rows[:0]
		for _, c := range list {
			s, runs, err := d.promise(tx, c)
			if err != nil {
				return err
			}
			v.Rows = append(v.Rows, queueRow{Case: c, Span: s, Runs: runs, Turn: turnOf(a, c),
				Today: s.DueAt > 0 && clock.Day(clock.FromMicro(s.DueAt)) == clock.Day(d.Clock.Now())})
		}
		return nil
	})
}

// clip keeps the first runes of a text.
func clip(s string, most int) string {
	r := []rune(s)
	if len(r) > most {
		r = r[:most]
	}
	return string(r)
}
