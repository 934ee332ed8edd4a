package service

import (
	"net/http"

	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// offerDismiss puts an offer aside, or with undo brings it back.
func (p *Part) offerDismiss(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	back := r.PostForm.Get("undo") != ""
	if err := p.Dismiss(r.Context(), web.ActorOf(r.Context()), r.PathValue("id"), back); err != nil {
		return err
	}
	if back {
		return web.SeeOther(w, r, "/me/offers?done=restored")
	}
	return web.SeeOther(w, r, "/me/offers?done=dismissed")
}
