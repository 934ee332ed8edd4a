package portal

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// bench is the agencies of one level, or of one state.
type bench struct {
	title    string
	agencies []Agency
}

// benches sorts agencies for reading: the federal ones, then each state's with
// its councils.
func benches(p ui.Page, all []Agency) []bench {
	federal := bench{title: p.L.T("portal.agencies.federal")}
	var out []bench
	for _, a := range all {
		if a.Level == directory.Federal {
			federal.agencies = append(federal.agencies, a)
		}
	}
	for _, place := range directory.Places() {
		b := bench{title: p.L.Pick(place.Name)}
		for _, level := range []string{directory.State, directory.Local} {
			for _, a := range all {
				if a.Level == level && a.State == place.Code {
					b.agencies = append(b.agencies, a)
				}
			}
		}
		out = append(out, b)
	}
	out = slices.DeleteFunc(append([]bench{federal}, out...), func(b bench) bool { return len(b.agencies) == 0 })
	for _, b := range out {
		slices.SortStableFunc(b.agencies, func(a, c Agency) int { return strings.Compare(p.L.Pick(a.Name), p.L.Pick(c.Name)) })
	}
	return out
}

// agencies lists every public body that the hall knows.
func (x *Portal) agencies(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("portal.agencies.title"))
	p.Public, p.Lead, p.Before = true, l.T("portal.agencies.lead"), crumbs(p, p.Title)
	count := func(a Agency) int {
		return len(ofAgency(x.Shelf.Services(), a.ID)) + len(ofAgency(x.Shelf.Listings(), a.ID))
	}
	return web.Render(w, r, http.StatusOK, agenciesPage(p, benches(p, x.Shelf.Agencies()), count))
}

// ofAgency are the services that an agency does.
func ofAgency(all []Service, agency string) []Service {
	var out []Service
	for _, s := range all {
		if s.of(agency) {
			out = append(out, s)
		}
	}
	return out
}

// level names an agency's level, with its state.
func level(p ui.Page, a Agency) string {
	place := locale.Text{}
	if one, ok := directory.PlaceOf(a.State); ok {
		place = one.Name
	}
	return p.L.T("portal.agency.level."+a.Level, "place", place)
}
