package identity

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"balai/internal/domain/identity/authenticator"
	"balai/internal/domain/identity/proof"
	"balai/internal/domain/identity/recovery"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// recoverCookie has the token of a recovery: only the browser that began one
// can go on with it, and a code that was sent for it is good there alone.
const recoverCookie = "balai_recover"

// recovering counts recoveries that are begun apart from what is typed in them.
const recovering = "recover"

// Activations are the codes that two officers gave somebody at a counter.
type Activations interface {
	// Recover uses a person's code up; false where it is not theirs.
	Recover(ctx context.Context, person, code string) (bool, error)
}

// Contacts tells whether where a person is reached by mail and text has stood
// since before a time; unix microseconds.
type Contacts interface {
	Settled(tx *db.Tx, person string, before int64) (bool, error)
}

// ReachBy names who knows it; without it every contact counts.
func (x *Identity) ReachBy(c Contacts) { x.contacts = c }

// Activate names who has them.
func (x *Identity) Activate(a Activations) { x.activations = a }

// recoverPage asks whose account it is.
func (x *Identity) recoverPage(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, recoverView(ui.NewPage(r, web.L(r.Context()).T("identity.recover.title")), "", ""))
}

// recoverBegin begins a recovery. Whether the number is anybody's, the answer is
// the same; what can be no number at all is said at once.
func (x *Identity) recoverBegin(w http.ResponseWriter, r *http.Request) error {
	number := strings.TrimSpace(r.PostFormValue("number"))
	if key := wrongNumber(number); key != "" {
		p := ui.NewPage(r, web.L(r.Context()).T("identity.recover.title"))
		p.Error = true
		return web.Render(w, r, fault.Status(fault.Invalid), recoverView(p, number, p.L.T(key)))
	}
	in, err := x.typed(r.Context(), r, number, "")
	if err != nil {
		return err
	}
	token := x.token()
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		in.For = recovering
		if err := x.auth.TryTx(tx, in); err != nil {
			return err
		}
		return x.recoveries.BeginTx(tx, recovery.Attempt{ID: hash(token), Account: in.Account, Person: in.Person})
	})
	if text, wrong := said(r, err); wrong {
		p := ui.NewPage(r, web.L(r.Context()).T("identity.recover.title"))
		p.Error = true
		return web.Render(w, r, http.StatusTooManyRequests, recoverView(p, number, text))
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, x.cookie(recoverCookie, token, recovery.Life))
	return web.SeeOther(w, r, "/recover/steps")
}

// wrongNumber is what is wrong with a number as it was typed, whoever's it is.
func wrongNumber(number string) string {
	switch {
	case number == "":
		return "identity.error.number_missing"
	case !proof.Possible(number):
		return "identity.error.number_shape"
	}
	return ""
}

// errRecoverGone is the answer where no recovery of this browser is under way.
var errRecoverGone = fault.New(fault.Conflict, "identity.recover.gone")

// attempt is the browser's recovery.
func (x *Identity) attempt(r *http.Request) (a recovery.Attempt, err error) {
	c, err := r.Cookie(recoverCookie)
	if err != nil {
		return a, errRecoverGone
	}
	err = x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		a, err = x.recoveries.Of(tx, hash(c.Value))
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		err = errRecoverGone
	}
	return a, err
}

// steps are what the page of a recovery shows.
type steps struct {
	Number   string // as it was typed
	Shown    []recovery.Path
	Sent     bool
	Counter  bool // there are activation codes here
	Passkeys bool
	Script   string
	Wrong    string // what is said of an attempt
	At       string // the field that it is about
	Enough   bool
	Lost     ways // what can be said to be lost, once two paths were shown
}

func (s steps) has(p recovery.Path) bool { return slices.Contains(s.Shown, p) }

// recoverSteps shows the paths, and what is left to do.
func (x *Identity) recoverSteps(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	return x.showSteps(w, r, a, http.StatusOK, "", "")
}

func (x *Identity) showSteps(w http.ResponseWriter, r *http.Request, a recovery.Attempt, status int, at, wrong string) error {
	s := steps{Number: a.Account, Shown: a.Shown, Sent: a.CodeAt > 0, Counter: x.activations != nil, Passkeys: x.passkeys != nil, Script: scriptPath(), At: at, Wrong: wrong,
		Enough: recovery.Enough(a.Shown)}
	if s.Enough {
		err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
			s.Lost, err = x.waysOf(tx, a.Person)
			return err
		})
		if err != nil {
			return err
		}
	}
	p := ui.NewPage(r, web.L(r.Context()).T("identity.recover.title"))
	p.Error, p.Alone = status != http.StatusOK, true
	return web.Render(w, r, status, stepsView(p, s))
}

// shown notes a path that was shown, or says that it was not.
func (x *Identity) shown(w http.ResponseWriter, r *http.Request, a recovery.Attempt, p recovery.Path, at string, err error) error {
	if text, wrong := said(r, err); wrong {
		return x.showSteps(w, r, a, fault.Status(fault.Denied), at, text)
	}
	if err == nil {
		err = x.db.Write(r.Context(), func(tx *db.Tx) error { return x.recoveries.ShowTx(tx, a.ID, p) })
	}
	if errors.Is(err, db.ErrNoRows) {
		err = errRecoverGone
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/recover/steps")
}

// tries is what was typed for a path of a recovery.
func tries(r *http.Request, a recovery.Attempt) authenticator.Typed {
	return authenticator.Typed{Account: a.Account, Address: address(r), Person: a.Person, Secret: r.PostFormValue("password"), Code: r.PostFormValue("code"), AppOnly: true}
}

func (x *Identity) recoverCode(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	return x.shown(w, r, a, recovery.Code, "code", x.auth.Recovery(r.Context(), tries(r, a)))
}

func (x *Identity) recoverPassword(w http.ResponseWriter, r *http.Request) error {
	a, err := x.attempt(r)
	if err != nil {
		return err
	}
	_, err = x.auth.Password(r.Context(), tries(r, a))
	return x.shown(w, r, a, recovery.Authenticator, "password", err)
}
