package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"balai/internal/domain/portal"
	"balai/internal/spine/clock"
)

// figures tells the portal what the hall did and what changed in it.
type figures struct{ h *Hall }

func (f figures) Figures(ctx context.Context) (out portal.Figures, err error) {
	totals, err := f.h.insight.Totals(ctx)
	if err != nil {
		return out, err
	}
	out = portal.Figures{Day: clock.Day(totals.At)}
	for _, t := range totals.Services {
		out.Received, out.Decided, out.Automatic = out.Received+t.Sent, out.Decided+t.Decided, out.Automatic+t.Automatic
		out.Kept, out.Overdue = out.Kept+t.Kept, out.Overdue+t.Overdue
		out.Services = append(out.Services, portal.Used{ID: t.ID, Title: t.Title, Received: t.Sent})
	}
	return out, nil
}

func (f figures) News(context.Context) (out []portal.News) {
	for _, s := range f.h.service.Services() {
		for _, r := range f.h.service.Releases(s.Service) {
			out = append(out, portal.News{Service: r.Service, Title: r.Def.Title, Notes: r.Said(), Href: "/service/" + r.Service,
				Number: r.Number, Day: clock.Day(clock.FromMicro(r.At))})
		}
	}
	slices.SortStableFunc(out, func(a, b portal.News) int {
		return cmp.Or(strings.Compare(b.Day, a.Day), strings.Compare(a.Service, b.Service), cmp.Compare(b.Number, a.Number))
	})
	return out
}

// contact is how to reach who runs the hall. The demo country's is invented,
// as everything in it.
func (h *Hall) contact() portal.Contact {
	c := portal.Contact{Address: h.cfg.Get("contact-address"), Map: h.cfg.Get("contact-map"), Phone: h.cfg.Get("contact-phone"), Mail: h.cfg.Get("contact-mail")}
	if h.cfg.Demo && c == (portal.Contact{}) {
		return portal.Contact{Address: "Balai Khidmat (contoh), Aras 3, Kompleks Contoh, Presint 2, 62100 Putrajaya",
			Map: "https://www.openstreetmap.org/search?query=Presint+2+Putrajaya", Phone: "+60300000000", Mail: "bantuan@balai.example"}
	}
	return c
}
