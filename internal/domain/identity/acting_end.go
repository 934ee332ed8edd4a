package identity

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// actingEnd stops acting for somebody, by whatever right it was.
func (x *Identity) actingEnd(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.sessions.RestTx(tx, a) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, home(a.Role))
}
