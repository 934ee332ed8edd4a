package counter

import (
	"net/http"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// counterView is the counter's first page: who stands there?
type counterView struct {
	Typed    typed
	Problems []ui.Problem
	Errors   map[string]string
	Today    []visitLine
}

// typed is what the officer typed, shown again where it led to nobody.
type typed struct{ Number, Name, Day, Month, Year, Seen, Reason string }

type visitLine struct{ From, To, Seen string }

func (c *Counter) counterShow(w http.ResponseWriter, r *http.Request) error {
	return c.counterRender(w, r, counterView{}, http.StatusOK)
}

// counterRender lists today's visits by their times: a screen that the next
// person can see names nobody.
func (c *Counter) counterRender(w http.ResponseWriter, r *http.Request, v counterView, status int) error {
	page := ui.NewPage(r, web.L(r.Context()).T("counter.title"))
	page.Error = len(v.Problems) > 0
	err := c.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.Today = v.Today[:0]
		visits, err := visitsOf(tx, web.ActorOf(r.Context()).Person, clock.Micro(c.Clock.Now().Add(-12*time.Hour)), 20)
		for _, one := range visits {
			line := visitLine{From: page.L.DateTime(clock.FromMicro(one.BeganAt)), Seen: page.L.T("counter.seen." + one.Seen)}
			if one.Over(c.now()) {
				line.To = page.L.T("counter.ended")
			}
			v.Today = append(v.Today, line)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, counterPage(page, v))
}
