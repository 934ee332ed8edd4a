package identity

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// mandateEnd ends a mandate at once: the next request by it is refused.
func (x *Identity) mandateEnd(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.endTx(tx, a, r.PathValue("id")) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/mandates")
}

// mandateAnswer is the carer's yes or no.
func (x *Identity) mandateAnswer(w http.ResponseWriter, r *http.Request) error {
	a, yes := web.ActorOf(r.Context()), r.PostFormValue("answer") == "yes"
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.answerTx(tx, a, r.PathValue("id"), yes) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/mandates")
}

// actingStart begins to act under a mandate, on the person's own pages.
func (x *Identity) actingStart(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.actTx(tx, a, r.PostFormValue("mandate")) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me")
}
