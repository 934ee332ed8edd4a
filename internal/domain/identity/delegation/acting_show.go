package delegation

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// actingPage is where somebody chooses for whom they are here: themself, or one
// of those for whom they may act.
func (x *Delegations) actingPage(w http.ResponseWriter, r *http.Request) error {
	page := ui.NewPage(r, web.L(r.Context()).T("delegation.acting.title"))
	next := web.SafeNext(r.URL.Query().Get("next"), "/me")
	page.Before = ui.BackLink(ui.BackLinkProps{Href: next})
	var list []grantLine
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = x.given(tx, page, web.ActorOf(r.Context()))
		return err
	})
	if err != nil {
		return err
	}
	of := serviceAt(next)
	list = slices.DeleteFunc(list, func(l grantLine) bool { return of != "" && !l.Offered && !l.covers(of) })
	for i := range list {
		list[i].Next = next
	}
	return web.Render(w, r, http.StatusOK, actingView(page, list, next))
}

// serviceAt is the service at whose pages an address is, or "".
func serviceAt(path string) string {
	parts := strings.Split(path, "/")
	if len(parts) < 4 || parts[1] != "service" {
		return ""
	}
	return parts[2] + "/" + parts[3]
}

// covers tells whether somebody could use a service by it.
func (l grantLine) covers(service string) bool {
	return l.services == nil || slices.Contains(l.services, service)
}

// elsewhere tells whether it is for agencies' own software only.
func (l grantLine) elsewhere() bool { return l.Kind == Staff && len(l.services) == 0 }
