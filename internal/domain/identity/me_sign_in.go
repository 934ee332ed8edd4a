package identity

import (
	"net/http"
	"net/url"

	"balai/internal/domain/identity/authenticator"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/qrcode"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// A keyring is all that a person signs in with, and where they are signed in,
// as their page shows it.
type keyring struct {
	ways
	Passkeys       bool
	Host           string
	Fresh          bool // they may be changed without signing in again
	Last           bool // one is left, and stays
	Number         bool // they have a number to sign in with beside a password
	Added, Removed bool
	Ended          bool
	Script         string
	Sessions       []actor.Session
	Session        string // this one's
	Held           int64
	Add            bool   // this session may add
	Kiosk          bool   // it may not, on a device of everybody's
	Next           string // where the person was going, ""; once a way is made they go on
}

// waysPage shows every way of signing in, and every device.
func (x *Identity) waysPage(w http.ResponseWriter, r *http.Request) error {
	q, a := r.URL.Query(), web.ActorOf(r.Context())
	k := keyring{Passkeys: x.passkeys != nil, Host: x.base.Hostname(), Fresh: x.fresh(r) == nil, Script: scriptPath(), Session: a.Session, Kiosk: a.AtKiosk(), Next: web.SafeNext(q.Get("next"), ""),
		Added: q.Has("added"), Removed: q.Has("removed"), Ended: q.Has("ended")}
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if k.ways, err = x.waysOf(tx, a.Person); err != nil {
			return err
		}
		if k.Sessions, err = x.sessions.Of(tx, a.Person); err != nil {
			return err
		}
		if k.Held, err = x.Held(tx, a.Person); err != nil {
			return err
		}
		number, err := x.numberOf(tx, a.Person)
		k.Number, k.Add = number != "", x.mayAdd(tx, r) == nil
		return err
	})
	if err != nil {
		return err
	}
	k.Last = k.count() == 1
	return web.Render(w, r, http.StatusOK, waysView(ui.NewPage(r, web.L(r.Context()).T("identity.ways.title")), k))
}

// finish is where a new passkey is taken.
func (k keyring) finish() string {
	if k.Next == "" {
		return "/me/sign-in/passkey/finish"
	}
	return "/me/sign-in/passkey/finish?next=" + url.QueryEscape(k.Next)
}

// password is where a password is set.
func (k keyring) password() string {
	if k.Next == "" {
		return "/me/sign-in/password"
	}
	return "/me/sign-in/password?next=" + url.QueryEscape(k.Next)
}

// onward is where somebody goes on to who made a way of signing in before they
// go there: a session of a code is a weak one, and is proved by what was made.
func onward(a actor.Actor, next string) string {
	switch next = web.SafeNext(next, ""); {
	case next == "":
		return "/me/sign-in?added=1"
	case a.AAL >= byPasskey.AAL:
		return next
	}
	return "/sign-in?aal=2&next=" + url.QueryEscape(next)
}

// numberOf is a person's number, "" where they have none: an officer from
// elsewhere signs in by passkey only.
func (x *Identity) numberOf(tx *db.Tx, person string) (string, error) {
	n, err := x.people.NumberOf(tx, person)
	if fault.CodeOf(err) == fault.Missing {
		return "", nil
	}
	return n, err
}

// A pairing is the page on which a password and its app are set together.
type pairing struct {
	authenticator.Setup
	QR                 qrcode.Picture
	Password, CodeText string // what is wrong, "" where nothing is
	Next               string // where the person was going, or ""
}

// passwordPage shows the app's secret; nothing is kept before its first code
// comes back.
func (x *Identity) passwordPage(w http.ResponseWriter, r *http.Request) error {
	a := web.ActorOf(r.Context())
	err := x.db.Read(r.Context(), func(tx *db.Tx) error {
		number, err := x.numberOf(tx, a.Person)
		if err == nil && number == "" {
			err = fault.New(fault.Conflict, "identity.error.no_number")
		}
		if err != nil {
			return err
		}
		return x.mayAdd(tx, r)
	})
	if err != nil {
		return err
	}
	return x.pair(w, r, http.StatusOK, pairing{Setup: x.auth.Begin(a.Person, x.site.MS, a.Name), Next: web.SafeNext(r.URL.Query().Get("next"), "")})
}

func (x *Identity) pair(w http.ResponseWriter, r *http.Request, status int, v pairing) error {
	v.QR, _ = qrcode.Draw(v.URI)
	p := ui.NewPage(r, web.L(r.Context()).T("identity.password.title"))
	p.Error, p.Alone = status != http.StatusOK, true
	return web.Render(w, r, status, passwordView(p, v))
}

// passwordSet keeps a password with its app, in place of those before.
func (x *Identity) passwordSet(w http.ResponseWriter, r *http.Request) error {
	a, l := web.ActorOf(r.Context()), web.L(r.Context())
	password, sealed := r.PostFormValue("password"), r.PostFormValue("setup")
	number := ""
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if err := x.mayAdd(tx, r); err != nil {
			return err
		}
		number, err = x.numberOf(tx, a.Person)
		return err
	})
	if err != nil {
		return err
	}
	setup, ok := x.auth.Again(a.Person, x.site.MS, a.Name, sealed)
	if !ok || number == "" {
		return fault.New(fault.Conflict, "identity.error.ceremony_gone")
	}
	v := pairing{Setup: setup, Next: web.SafeNext(r.PostFormValue("next"), "")}
	if key := authenticator.Weak(password, number, a.Name); key != "" {
		v.Password = l.T(key)
		return x.pair(w, r, fault.Status(fault.Invalid), v)
	}
	hash, err := x.auth.Hash(r.Context(), password)
	if err != nil {
		return err
	}
	fits, codes := false, x.auth.Codes()
	err = x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if codes, fits, err = x.setPasswordTx(tx, r, hash, sealed, codes); err != nil || !fits {
			return err
		}
		return x.added(tx, r, locale.Text{MS: "Kata laluan dan aplikasi pengesah ditambah.", EN: "A password and an authenticator app were added."})
	})
	if err != nil {
		return err
	}
	if !fits {
		v.CodeText = l.T("identity.password.code.wrong")
		return x.pair(w, r, fault.Status(fault.Invalid), v)
	}
	if codes == nil {
		return web.SeeOther(w, r, onward(a, v.Next))
	}
	return x.showCodes(w, r, codes, onward(a, v.Next))
}

// setPasswordTx also gives the first recovery codes, so that nobody has to be
// sent for them.
func (x *Identity) setPasswordTx(tx *db.Tx, r *http.Request, hash, sealed string, fresh []string) (codes []string, fits bool, err error) {
	person := web.ActorOf(r.Context()).Person
	if err := x.mayAdd(tx, r); err != nil {
		return nil, false, err
	}
	if fits, err = x.auth.SetTx(tx, person, hash, sealed, r.PostFormValue("code")); err != nil || !fits {
		return nil, false, err
	}
	own, err := x.auth.Of(tx, person)
	if err != nil || own.Codes > 0 {
		return nil, true, err
	}
	return fresh, true, x.auth.NewCodesTx(tx, person, fresh)
}

// showCodes is the one time that recovery codes are seen; done is where the
// person goes on to.
func (x *Identity) showCodes(w http.ResponseWriter, r *http.Request, codes []string, done string) error {
	p := ui.NewPage(r, web.L(r.Context()).T("identity.codes.title"))
	p.Alone = true
	return web.Render(w, r, http.StatusOK, codesView(p, codes, done))
}

// codesMake gives new recovery codes in place of the old.
func (x *Identity) codesMake(w http.ResponseWriter, r *http.Request) error {
	codes := x.auth.Codes()
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		if err := x.mayAdd(tx, r); err != nil {
			return err
		}
		if err := x.auth.NewCodesTx(tx, web.ActorOf(r.Context()).Person, codes); err != nil {
			return err
		}
		a, why := web.ActorOf(r.Context()), locale.Text{MS: "Kod pemulihan baharu dibuat.", EN: "New recovery codes were made."}
		if err := x.record(tx, journal.ByActor(a), a.Person, "signin.authenticator_added", why); err != nil {
			return err
		}
		return x.notice(tx, a.Person, "identity.notice.way_added", why)
	})
	if err != nil {
		return err
	}
	return x.showCodes(w, r, codes, "/me/sign-in")
}

// passwordRemove takes the password and its app away.
func (x *Identity) passwordRemove(w http.ResponseWriter, r *http.Request) error {
	return x.removeWay(w, r, locale.Text{MS: "Kata laluan dan aplikasi pengesah dibuang.", EN: "The password and authenticator app were removed."}, x.auth.RemovePasswordTx)
}

// cardRemove makes a printed card worthless, as when it was lost.
func (x *Identity) cardRemove(w http.ResponseWriter, r *http.Request) error {
	return x.removeWay(w, r, locale.Text{MS: "Kad log masuk dibatalkan.", EN: "The sign-in card was cancelled."}, x.auth.RemoveCardTx)
}

func (x *Identity) removeWay(w http.ResponseWriter, r *http.Request, why locale.Text, drop func(*db.Tx, string) (bool, error)) error {
	if err := x.fresh(r); err != nil {
		return err
	}
	person := web.ActorOf(r.Context()).Person
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		had, err := x.waysOf(tx, person)
		if err != nil {
			return err
		}
		was, err := drop(tx, person)
		if err != nil {
			return err
		}
		if !was {
			return fault.New(fault.Missing, "web.error.missing")
		}
		return x.removed(tx, r, had.count(), why)
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/sign-in?removed=1")
}

// sessionEnd signs the person out on another device, or on all others.
func (x *Identity) sessionEnd(w http.ResponseWriter, r *http.Request) error {
	a, one := web.ActorOf(r.Context()), r.PostFormValue("session")
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		list, err := x.sessions.Of(tx, a.Person)
		if err != nil {
			return err
		}
		ended := 0
		for _, s := range list {
			if s.ID == a.Session || one != "others" && s.ID != one {
				continue
			}
			if err := x.sessions.EndTx(tx, s.ID); err != nil {
				return err
			}
			ended++
		}
		if ended == 0 && one != "others" {
			return fault.New(fault.Missing, "web.error.missing")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/me/sign-in?ended=1")
}
