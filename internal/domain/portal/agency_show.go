package portal

import (
	"net/http"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// agencyView is an agency with what it does, here and elsewhere.
type agencyView struct {
	agency          Agency
	online, outside []Service
}

// agency shows one public body and its services.
func (x *Portal) agency(w http.ResponseWriter, r *http.Request) error {
	for _, a := range x.Shelf.Agencies() {
		if a.ID != r.PathValue("agency") {
			continue
		}
		p := ui.NewPage(r, web.L(r.Context()).Pick(a.Name))
		p.Public = true
		p.Before = ui.Breadcrumbs(ui.BreadcrumbsProps{Items: []ui.Crumb{{Text: p.L.T("ui.home"), Href: "/"},
			{Text: p.L.T("portal.agencies.title"), Href: "/agencies"}, {Text: p.Title}}})
		return web.Render(w, r, http.StatusOK, agencyPage(p, agencyView{a, ofAgency(x.Shelf.Services(), a.ID), ofAgency(x.Shelf.Listings(), a.ID)}))
	}
	return fault.New(fault.Missing, "portal.agency.missing")
}
