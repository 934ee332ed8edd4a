package delegation

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// actingPage is where somebody chooses for whom they are here: themself, or one
// of those for whom they may act.
func (x *Delegations) actingPage(w http.ResponseWriter, r *http.Request) error {
	page := ui.NewPage(r, web.L(r.Context()).T("delegation.acting.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	var list []grantLine
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = x.given(tx, page, web.ActorOf(r.Context()))
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, actingView(page, list))
}
