package portal

import (
	"net/http"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// looksShown are the latest accesses that the front page shows.
const looksShown = 3

// front is what the home page shows.
type front struct {
	events []LifeEvent
	items  []Item
	looks  []Look
	all    string // page of all looks
	mine   bool   // somebody is signed in as themselves
	post   string // the post in which an officer acts
}

// home asks the person's question first; what concerns them comes right
// after, and only when they are signed in.
func (x *Portal) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	l, a := web.L(ctx), web.ActorOf(ctx)
	f := front{events: x.Shelf.LifeEvents(), all: x.LooksHref}
	switch {
	case a.Acting(): // the front is for nobody in particular now
	case a.Officer():
		f.post = l.Pick(a.Title)
	case a.SignedIn():
		f.mine = true
		var err error
		if f.items, err = x.Mine.ForYou(ctx, a.Person); err != nil {
			return err
		}
		if f.looks, err = x.Mine.Looks(ctx, a.Person, looksShown); err != nil {
			return err
		}
	}
	p := ui.NewPage(r, "")
	p.Public, p.Lead = true, l.T("portal.home.lead")
	p.Hero = hero(p, f)
	return web.Render(w, r, http.StatusOK, homePage(p, f))
}
