package backoffice

import (
	"net/http"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// guideShow is where every refusal of a caller points.
func (b *BackOffice) guideShow(w http.ResponseWriter, r *http.Request) error {
	page := ui.NewPage(r, web.L(r.Context()).T("backoffice.guide.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/api"})
	return web.Render(w, r, http.StatusOK, guidePage(page, b.BaseURL))
}
