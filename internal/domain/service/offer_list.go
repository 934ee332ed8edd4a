package service

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// offersShow is all that was ever offered to a person: what they can take, what
// they put aside and what became of the rest.
func (p *Part) offersShow(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("service.offers.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	if a.Acting() {
		page.Title = page.L.T("service.offers.title.for")
		if err := p.lookMe(r.Context(), a); err != nil {
			return err
		}
	}
	v := offersView{Done: r.URL.Query().Get("done"), Acting: a.Acting()}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.Open, v.Aside, v.Past = nil, nil, nil
		list, err := offersOf(tx, a.Subject())
		if err != nil {
			return err
		}
		for _, o := range list {
			rel, err := p.Current(o.Service)
			if err != nil {
				continue // retired since it was offered
			}
			line := offerLine{ID: o.ID, Ref: o.Ref, Service: o.Service, Title: page.L.Pick(rel.Def.Title), State: o.stands(p.now()),
				Made: dayOf(page, o.CreatedAt), Until: page.L.Date(clock.FromMicro(o.UntilAt - 1))}
			switch line.State {
			case offerOpen:
				v.Open = append(v.Open, line)
			case offerDismissed:
				v.Aside = append(v.Aside, line)
			default:
				v.Past = append(v.Past, line)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, offersPage(page, v))
}
