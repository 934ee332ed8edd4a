package portal

import (
	"net/http"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// shelf is one agency's services.
type shelf struct {
	agency   Agency
	services []Service
}

func shelves(all []Service) []shelf {
	var out []shelf
	at := map[string]int{}
	for _, s := range all {
		i, ok := at[s.Agency.ID]
		if !ok {
			i = len(out)
			at[s.Agency.ID] = i
			out = append(out, shelf{agency: s.Agency})
		}
		out[i].services = append(out[i].services, s)
	}
	return out
}

// services lists what the hall offers, by agency.
func (x *Portal) services(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("portal.services.title"))
	p.Public, p.Lead, p.Before = true, l.T("portal.services.lead"), crumbs(p, p.Title)
	return web.Render(w, r, http.StatusOK, servicesPage(p, shelves(x.Shelf.Services())))
}
