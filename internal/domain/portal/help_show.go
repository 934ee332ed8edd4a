package portal

import (
	"context"
	"net/http"

	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/a-h/templ"
)

// Contact is how to reach who runs the hall; each may be empty.
type Contact struct{ Address, Map, Phone, Mail string }

// Used is how often a service was used.
type Used struct {
	ID       string
	Title    locale.Text
	Received int64
}

// Figures are what the hall did, over all services, as its cases tell it.
type Figures struct {
	Received, Decided, Automatic int64
	Kept, Overdue                int64 // decided within the charter's time; not decided and past it
	Services                     []Used
	Day                          string // as of which they are
}

// Counts computes the figures.
type Counts interface {
	Figures(ctx context.Context) (Figures, error)
}

// fewest is below how many a share would tell of one person.
const fewest = 5

func (x *Portal) faq(w http.ResponseWriter, r *http.Request) error { return say(w, r, "faq", faqPage) }

func (x *Portal) contact(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "contact", func(p ui.Page) templ.Component { return contactPage(p, x.Contact) })
}

func (x *Portal) securityShow(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "security", securityPage)
}

func (x *Portal) terms(w http.ResponseWriter, r *http.Request) error {
	return say(w, r, "terms", termsPage)
}

// statistics tells how many services there are and how often they are used.
func (x *Portal) statistics(w http.ResponseWriter, r *http.Request) error {
	f, err := x.Counts.Figures(r.Context())
	if err != nil {
		return err
	}
	return say(w, r, "statistics", func(p ui.Page) templ.Component {
		return statisticsPage(p, len(x.Shelf.Services()), len(x.Shelf.Listings()), f)
	})
}

// mapGroup is one heading of the site map.
type mapGroup struct {
	title string
	links []mapLink
}

type mapLink struct {
	Title locale.Text
	Href  string
}

// siteMap lists every public page for people, as sitemap.xml does for programs.
func (x *Portal) siteMap(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	groups := []mapGroup{{title: l.T("portal.map.pages")}, {title: l.T("portal.map.events")}, {title: l.T("portal.map.services")}}
	for _, n := range ui.SiteOf(r.Context()).Footer {
		groups[0].links = append(groups[0].links, mapLink{n.Text, n.Href})
	}
	groups[0].links = append(groups[0].links, mapLink{locale.Text{MS: "Semua perkhidmatan", EN: "Every service"}, "/services"},
		mapLink{locale.Text{MS: "Cara kami mengira tempoh", EN: "How we count the time"}, "/deadline"})
	for _, e := range x.Shelf.LifeEvents() {
		groups[1].links = append(groups[1].links, mapLink{e.Title, e.Href()})
	}
	for _, s := range x.Shelf.Services() {
		groups[2].links = append(groups[2].links, mapLink{s.Title, s.Href()})
	}
	return say(w, r, "map", func(p ui.Page) templ.Component { return sitemapPage(p, groups) })
}
