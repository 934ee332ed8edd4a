package portal

import (
	"net/http"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// life shows a life event's services in the order in which they come.
func (x *Portal) life(w http.ResponseWriter, r *http.Request) error {
	e, ok := x.lifeEvent(r.PathValue("slug"))
	if !ok {
		return fault.New(fault.Missing, "portal.life.missing")
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.Pick(e.Title))
	p.Public, p.Lead, p.Before = true, l.Pick(e.Summary), crumbs(p, p.Title)
	return web.Render(w, r, http.StatusOK, lifePage(p, e))
}
