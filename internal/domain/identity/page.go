package identity

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

//go:embed passkey.js
var script []byte

// scriptPath changes with the script, so that browsers may keep it for ever.
func scriptPath() string {
	s := sha256.Sum256(script)
	return "/static/identity/passkey.js?v=" + hex.EncodeToString(s[:5])
}

func (x *Identity) serveScript(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(script)
	return err
}

// A door is what the sign-in page shows.
type door struct {
	Next     string      // where to go afterwards, "" home
	From     locale.Text // the program that waits there, if one does
	Passkeys bool
	Host     string // of the base URL, when passkeys are off
	Demo     bool
	Kept     bool // a form waits to be carried out
	Script   string
	Number   string // as it was typed
	Wrong    string // what is said of an attempt, "" where there was none
	Ask      ask
	Blanks   blanks
	Make     bool // they have nothing to sign in with, and make it first
}

// An ask is what somebody who is signed in already is asked for besides.
type ask struct {
	Again bool // to sign in once more: more strongly, or a short while ago
	Known int  // how well they must be known; 0 where they are
	Is    int  // how well they are
}

// finish is where the passkey's answer goes.
func (d door) finish() string {
	if d.Next == "" {
		return "/sign-in/passkey/finish"
	}
	return "/sign-in/passkey/finish?next=" + url.QueryEscape(d.Next)
}

// make is where a way of signing in is made on the way to a page.
func (d door) make() string { return "/me/sign-in?next=" + url.QueryEscape(d.Next) }

// first is the field with which a sign-in by password begins.
func (d door) first() string {
	if d.Ask != (ask{}) {
		return "password"
	}
	return "number"
}

// password is what a browser may fill into the password's field.
func (d door) password() string {
	if d.first() == "password" {
		return "current-password webauthn"
	}
	return "current-password"
}

func (d door) personas() string {
	if d.Next == "" {
		return "/demo"
	}
	return "/demo?next=" + url.QueryEscape(d.Next)
}

func (x *Identity) signInPage(w http.ResponseWriter, r *http.Request) error {
	d := x.door(r, web.SafeNext(r.URL.Query().Get("next"), ""))
	title := "identity.sign_in.title"
	if web.ActorOf(r.Context()).SignedIn() {
		var err error
		if d.Ask, err = x.asked(r); err != nil {
			return err
		}
		if d.Ask != (ask{}) {
			title = "identity.step_up.title"
		}
		if d.Make, err = x.mustMake(r, d.Ask); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, signInView(ui.NewPage(r, web.L(r.Context()).T(title)), d))
}

func (x *Identity) door(r *http.Request, next string) door {
	d := door{Next: next, Passkeys: x.passkeys != nil, Host: x.base.Hostname(), Demo: x.demo != nil, Script: scriptPath()}
	if c, err := r.Cookie(stashCookie); err == nil && c.Value != "" {
		d.Kept = true
	}
	if x.host != nil && next != "" {
		d.From, _ = x.host.Visitor(r.Context(), next) // the door opens without it, too
	}
	return d
}

// mustMake tells whether somebody is asked for a stronger sign-in who has nothing
// to sign in with yet: who was let in by a code, and makes a way first.
func (x *Identity) mustMake(r *http.Request, a ask) (must bool, err error) {
	if !a.Again {
		return false, nil
	}
	err = x.db.Read(r.Context(), func(tx *db.Tx) error {
		w, err := x.waysOf(tx, web.ActorOf(r.Context()).Person)
		must = err == nil && w.count() == 0 && x.mayAdd(tx, r) == nil
		return err
	})
	return must, err
}

// asked compares what a page needs, in the address, with what there is: aal and
// ial are levels, fresh the time since when the sign-in must be (unix
// microseconds).
func (x *Identity) asked(r *http.Request) (out ask, err error) {
	a, q := web.ActorOf(r.Context()), r.URL.Query()
	number := func(name string) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	out.Again = int64(a.AAL) < number("aal") || a.AuthAt < number("fresh")
	want := int(min(number("ial"), 3))
	if want <= 0 || x.levels == nil {
		return out, nil
	}
	err = x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		out.Is, err = x.levels.Level(tx, a.Person, x.now())
		return err
	})
	if out.Is < want {
		out.Known = want
	} else {
		out.Is = 0
	}
	return out, err
}

func (x *Identity) signedOutPage(w http.ResponseWriter, r *http.Request) error {
	if web.ActorOf(r.Context()).SignedIn() {
		return web.SeeOther(w, r, "/")
	}
	return web.Render(w, r, http.StatusOK, signedOutView(ui.NewPage(r, web.L(r.Context()).T("identity.signed_out.title"))))
}

// postsPage lets an officer choose the post they act in, or none.
func (x *Identity) postsPage(w http.ResponseWriter, r *http.Request) error {
	posts, err := x.posts(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, postsView(ui.NewPage(r, web.L(r.Context()).T("identity.posts.title")), posts, ""))
}

// A seat is a post with the office it is in.
type seat struct {
	directory.Post
	Office locale.Text
}

func (x *Identity) posts(r *http.Request) (seats []seat, err error) {
	err = x.db.Read(r.Context(), func(tx *db.Tx) error {
		seats = nil
		posts, err := x.directory.PostsOf(tx, web.ActorOf(r.Context()).Person, x.now())
		if err != nil {
			return err
		}
		for _, p := range posts {
			u, err := x.directory.Unit(tx, p.Unit)
			if err != nil {
				return err
			}
			seats = append(seats, seat{p, u.Name})
		}
		return nil
	})
	return seats, err
}

// mayServe asks for a stronger sign-in before a post is taken up: a recovery by
// codes lets somebody make a new way of signing in, and not act for the state.
// Who was invited has nothing stronger yet.
func (x *Identity) mayServe(r *http.Request) error {
	a := web.ActorOf(r.Context())
	if a.AAL >= 2 {
		return nil
	}
	return x.db.Read(r.Context(), func(tx *db.Tx) error {
		had, err := x.everHad(tx, a.Person)
		if err == nil && had {
			err = stepUp(2, 0)
		}
		return err
	})
}

// choosePost begins a new session in the post: rights never change within one.
func (x *Identity) choosePost(w http.ResponseWriter, r *http.Request) error {
	posts, err := x.posts(r)
	if err != nil {
		return err
	}
	l, a, want := web.L(r.Context()), web.ActorOf(r.Context()), r.PostFormValue("post")
	known := want == "self"
	for _, p := range posts {
		known = known || p.ID == want
	}
	if !known {
		p := ui.NewPage(r, l.T("identity.posts.title"))
		p.Error = true
		return web.Render(w, r, fault.Status(fault.Invalid), postsView(p, posts, l.T("identity.posts.choose")))
	}
	if want == "self" {
		want = ""
	} else if err := x.mayServe(r); err != nil {
		return err
	}
	how := actor.Start{Method: "post", AAL: a.AAL, AMR: a.AMR, ProvedAt: a.AuthAt}
	to, err := x.enterAs(w, r, a.Person, want, how, "")
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, to)
}

// invitation shows what the link is for. Reading it uses nothing up: programs
// that look into mails follow links too.
func (x *Identity) invitation(w http.ResponseWriter, r *http.Request) error {
	var i invite
	var post directory.Post
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if i, err = x.openInvite(tx, r.PathValue("token")); err != nil {
			return err
		}
		post, err = x.directory.Post(tx, i.Post)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return errInviteGone
	}
	if err != nil {
		return err
	}
	l := web.L(r.Context())
	p := ui.NewPage(r, l.T("identity.invite.title"))
	p.Alone = true // the address is a secret
	return web.Render(w, r, http.StatusOK, inviteView(p, i, l.Pick(post.Title), r.PathValue("token")))
}
