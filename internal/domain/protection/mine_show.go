package protection

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// mineShow tells a person which protection they have, and what it does.
func (p *Protection) mineShow(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	v := mineView{Now: p.now()}
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Orders, err = ofPerson(tx, web.ActorOf(r.Context()).Person)
		return err
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(r, l.T("protection.mine"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	return web.Render(w, r, http.StatusOK, minePage(page, v))
}
