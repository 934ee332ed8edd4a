package identity

import (
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

const (
	// kioskLife is how long a sign-in lasts where the device is everybody's.
	kioskLife = 15 * time.Minute
	// kioskCookie marks a device that others use after each: nothing that was
	// sent while nobody was signed in is kept on it.
	kioskCookie = "balai_kiosk"
)

// kioskPage is the door of a device at a counter.
func (x *Identity) kioskPage(w http.ResponseWriter, r *http.Request) error {
	p := ui.NewPage(r, web.L(r.Context()).T("identity.kiosk.title"))
	return web.Render(w, r, http.StatusOK, kioskView(p, "", "", blanks{}))
}

// kioskAgain is how long a number stays on the screen of a kiosk where an attempt
// failed, in seconds, and where the page goes then.
const kioskAgain = "120; url=/kiosk"

// kioskSignIn lets somebody in by number, a code of their card, and their PIN.
func (x *Identity) kioskSignIn(w http.ResponseWriter, r *http.Request) error {
	number := strings.TrimSpace(r.PostFormValue("number"))
	failed := func(text string, b blanks, code fault.Code) error {
		p := ui.NewPage(r, web.L(r.Context()).T("identity.kiosk.title"))
		p.Error = true
		w.Header().Set("Refresh", kioskAgain)
		return web.Render(w, r, fault.Status(code), kioskView(p, number, text, b))
	}
	if b := blanksOf(r, "number", "code", "pin"); len(b.Problems) > 0 {
		return failed("", b, fault.Invalid)
	}
	in, err := x.typed(r.Context(), r, number, r.PostFormValue("pin"))
	if err != nil {
		return err
	}
	amr, err := x.auth.Card(r.Context(), in)
	to := ""
	if err == nil { // as a citizen: no post is acted in at a device of everybody's
		to, err = x.enterAs(w, r, in.Person, "", by(byCard, amr), "/me")
	}
	if text, wrong := said(r, err); wrong {
		return failed(text, blanks{}, fault.Denied)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, x.cookie(kioskCookie, "1", 365*24*time.Hour))
	x.drop(w, stashCookie) // what somebody else left there is not theirs
	return web.SeeOther(w, r, to)
}

// kioskEnd ends a sign-in at a kiosk, and no other: each page there leads to it
// after three minutes in which nothing was done.
func (x *Identity) kioskEnd(w http.ResponseWriter, r *http.Request) error {
	if a := web.ActorOf(r.Context()); a.AtKiosk() {
		if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.sessions.EndTx(tx, a.Session) }); err != nil {
			return err
		}
		x.drop(w, web.SessionCookie)
	}
	return web.SeeOther(w, r, "/kiosk")
}

// shared tells whether a request comes from a device that others use after.
func shared(r *http.Request) bool {
	_, err := r.Cookie(kioskCookie)
	return err == nil || web.ActorOf(r.Context()).AtKiosk()
}
