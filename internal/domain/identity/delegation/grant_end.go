package delegation

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// grantEnd ends a grant at once, by either side: the next request by it is
// refused.
func (x *Delegations) grantEnd(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.endTx(tx, a, r.PathValue("id")) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, web.SafeNext(r.PostFormValue("next"), "/me/mandates"))
}

// grantAnswer is the carer's yes or no.
func (x *Delegations) grantAnswer(w http.ResponseWriter, r *http.Request) error {
	a, yes := web.ActorOf(r.Context()), r.PostFormValue("answer") == "yes"
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.answerTx(tx, a, r.PathValue("id"), yes) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, web.SafeNext(r.PostFormValue("next"), "/me/mandates"))
}

// actingStart begins to act for somebody, on that person's own pages.
func (x *Delegations) actingStart(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.actTx(tx, a, r.PostFormValue("mandate")) }); err != nil {
		return err
	}
	return web.SeeOther(w, r, web.SafeNext(r.PostFormValue("next"), "/me"))
}
