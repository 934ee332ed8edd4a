package portal

import (
	"context"
	"net/http"

	"balai/internal/spine/search"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// Finder answers what people ask for in their own words.
type Finder interface {
	Find(ctx context.Context, q search.Query) search.Result
}

// foundMost is how many hits a page shows.
const foundMost = 30

// answer is what the page of results shows.
type answer struct {
	q, meant string
	own      []Own // of who asks
	total    int
	online   []Service // can be done here
	outside  []Service // the agency does it itself
	events   []LifeEvent
	agencies []Agency
	all      []LifeEvent // where nothing was found
}

// search answers a question, or helps to ask one.
func (x *Portal) search(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	a := answer{q: search.Clean(r.URL.Query().Get("q"))}
	title := l.T("portal.search.title")
	if a.q != "" {
		title = l.T("portal.search.results")
		res := x.Finder.Find(r.Context(), search.Query{Text: a.q, Lang: l.Lang(), Limit: foundMost})
		a.meant = res.Meant
		for _, hit := range res.Hits {
			x.put(&a, hit)
		}
		if who := web.ActorOf(r.Context()); who.SignedIn() && !who.Acting() && !who.Officer() {
			var err error
			if a.own, err = x.Mine.Cases(r.Context(), who.Person, a.q, l.Lang()); err != nil {
				return err
			}
		}
	}
	if a.total = len(a.online) + len(a.outside) + len(a.events) + len(a.agencies); a.total == 0 && len(a.own) == 0 {
		a.all = x.Shelf.LifeEvents()
	}
	p := ui.NewPage(r, title)
	p.Before = crumbs(p, p.Title)
	return web.Render(w, r, http.StatusOK, searchPage(p, a))
}

// put adds what a hit stands for; what is gone since then is left out.
func (x *Portal) put(a *answer, hit search.Hit) {
	switch hit.Kind {
	case "service":
		a.online = append(a.online, byID(x.Shelf.Services(), hit.ID)...)
	case "listing":
		a.outside = append(a.outside, byID(x.Shelf.Listings(), hit.ID)...)
	case "event":
		if e, ok := x.lifeEvent(hit.ID); ok {
			a.events = append(a.events, e)
		}
	case "agency":
		for _, one := range x.Shelf.Agencies() {
			if one.ID == hit.ID {
				a.agencies = append(a.agencies, one)
			}
		}
	}
}

func byID(list []Service, id string) []Service {
	for i, s := range list {
		if s.ID == id {
			return list[i : i+1]
		}
	}
	return nil
}
