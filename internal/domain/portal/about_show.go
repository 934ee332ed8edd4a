package portal

import (
	"net/http"

	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/a-h/templ"
)

// say renders one of the pages that explain the hall; key names its title
// and lead.
func say(w http.ResponseWriter, r *http.Request, key string, body func(ui.Page) templ.Component) error {
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("portal."+key+".title"))
	p.Public, p.Lead, p.Before = true, l.T("portal."+key+".lead"), crumbs(p, p.Title)
	return web.Render(w, r, http.StatusOK, body(p))
}

func (x *Portal) about(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "about", aboutPage)
}

// deadline explains how working days are counted, for whoever doubts a date.
func (x *Portal) deadline(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "deadline", deadlinePage)
}

func (x *Portal) accessibility(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "accessibility", accessibilityPage)
}

func (x *Portal) privacy(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "privacy", func(p ui.Page) templ.Component {
		if p.Actor.Officer() { // the list is a person's own, not a post's
			return privacyPage(p, "")
		}
		return privacyPage(p, x.LooksHref)
	})
}

func (x *Portal) api(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "api", func(p ui.Page) templ.Component { return apiPage(p, x.BaseURL) })
}
