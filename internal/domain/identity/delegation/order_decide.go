package delegation

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// orderDecide is the second officer's yes or no.
func (x *Delegations) orderDecide(w http.ResponseWriter, r *http.Request) error {
	a, yes := web.ActorOf(r.Context()), r.PostFormValue("answer") == "yes"
	err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.decideTx(tx, a, r.PathValue("id"), yes) })
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/delegation/orders")
}
