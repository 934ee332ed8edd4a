package portal

import (
	"encoding/json"
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

// apiIndex tells a program that has only the API's first address where the
// rest is.
func (x *Portal) apiIndex(w http.ResponseWriter, r *http.Request) error {
	type line struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		What   string `json:"what"`
	}
	l := web.L(r.Context())
	out := struct {
		Documentation string `json:"documentation"`
		OpenAPI       string `json:"openapi"`
		SignIn        string `json:"sign_in"`
		Addresses     []line `json:"addresses"`
	}{x.BaseURL + "/api", x.BaseURL + "/api/openapi.json", l.T("portal.api.sign_in.text"), nil}
	for _, a := range apiLines {
		out.Addresses = append(out.Addresses, line{a.method, a.path, l.T("portal.api." + a.key)})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return json.NewEncoder(w).Encode(out)
}
