package insight

import (
	"net/http"
	"strconv"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// teamShow shows one release, and beside it another where there are two.
func (x *Insight) teamShow(w http.ResponseWriter, r *http.Request) error {
	s, err := x.service(r.Context(), r.PathValue("agency"), r.PathValue("service"))
	if err != nil {
		return err
	}
	this, other := chosen(s, r.URL.Query().Get("release"), r.URL.Query().Get("beside"))
	l := web.L(r.Context())
	v := teamView{Service: s, L: l}
	err = x.db.Read(r.Context(), func(tx *db.Tx) error {
		for _, i := range []int{this, other} {
			if i < 0 {
				continue
			}
			report, err := x.report(tx, s.ID, s.Releases[i].Number)
			if err != nil {
				return err
			}
			v.Columns = append(v.Columns, column{l, s, s.Releases[i], report})
		}
		return nil
	})
	if err != nil {
		return err
	}
	p := ui.NewPage(r, l.T("insight.title", "service", l.Pick(s.Title)))
	p.Wide = true
	p.Before = ui.BackLink(ui.BackLinkProps{Text: l.T("insight.back"), Href: "/team"})
	return web.Render(w, r, http.StatusOK, teamPage(p, v))
}

// chosen are the places of the two releases: those asked for or, where nothing
// sensible is asked, the newest and the one before it (-1: there is none).
func chosen(s Service, this, other string) (int, int) {
	at := func(text string) int {
		n, err := strconv.ParseInt(text, 10, 64)
		for i, r := range s.Releases {
			if err == nil && r.Number == n {
				return i
			}
		}
		return -1
	}
	a := at(this)
	if a < 0 {
		a = len(s.Releases) - 1
	}
	b := at(other)
	if b < 0 || b == a {
		b = a - 1
	}
	if b < 0 && len(s.Releases) > 1 {
		b = a + 1
	}
	return a, b
}
