package identity

import (
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// passwordSignIn lets somebody in by number, password and a code. Whatever is
// wrong, and whether the number is anybody's, the page says the same. Who is
// signed in already and is asked again types no number: it is theirs.
func (x *Identity) passwordSignIn(w http.ResponseWriter, r *http.Request) error {
	number, again := r.PostFormValue("number"), false
	if a := web.ActorOf(r.Context()); a.SignedIn() && !r.PostForm.Has("number") {
		again = true
		err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
			number, err = x.numberOf(tx, a.Person)
			return err
		})
		if err != nil {
			return err
		}
	}
	next := web.SafeNext(r.PostFormValue("next"), "")
	failed := func(text string, b blanks, code fault.Code) error {
		d, title := x.door(r, next), "identity.sign_in.title"
		d.Wrong, d.Number, d.Blanks = text, number, b
		if again {
			d.Ask, d.Number, title = ask{Again: true}, "", "identity.step_up.title"
		}
		p := ui.NewPage(r, web.L(r.Context()).T(title))
		p.Error = true
		return web.Render(w, r, fault.Status(code), signInView(p, d))
	}
	asks := []string{"number", "password", "code"}
	if again {
		asks = asks[1:]
	}
	if b := blanksOf(r, asks...); len(b.Problems) > 0 {
		return failed("", b, fault.Invalid)
	}
	in, err := x.typed(r.Context(), r, number, r.PostFormValue("password"))
	if err != nil {
		return err
	}
	amr, err := x.auth.Password(r.Context(), in)
	to := ""
	if err == nil {
		to, err = x.enter(w, r, in.Person, by(byPassword, amr), next)
	}
	if text, wrong := said(r, err); wrong {
		return failed(text, blanks{}, fault.Denied)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}

// by is a way of signing in with the means that were shown.
func by(how actor.Start, amr []string) actor.Start {
	how.AMR = amr
	return how
}

// said is what a page tells of an attempt that was refused; anything else is an
// error of another kind.
func said(r *http.Request, err error) (text string, wrong bool) {
	f, ok := fault.As(err)
	if !ok || f.Code != fault.Denied && (f.Code != fault.Busy || f.After == 0) {
		return "", false
	}
	return web.L(r.Context()).T(f.Key, f.Args...), true
}
