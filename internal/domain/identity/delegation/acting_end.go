package delegation

import (
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// actingEnd stops acting for somebody, by whatever right it was.
func (x *Delegations) actingEnd(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.sessions.RestTx(tx, a) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, home(a.Role))
}

// home is where somebody goes on who acted for another.
func home(role string) string {
	switch {
	case strings.HasSuffix(role, "/counter-officer"):
		return "/counter"
	case strings.HasSuffix(role, "/helper"):
		return "/helper"
	}
	return "/me"
}
