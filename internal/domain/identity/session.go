package identity

import (
	"net/http"
	"net/url"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/web"
)

// byPasskey is a passkey whose holder was verified by it: something one has,
// opened by something one is or knows.
var byPasskey = actor.Start{Method: "passkey", AAL: 2, AMR: []string{"pop", "user"}}

// byPassword is a password with a code of its app, byCard a printed code with
// its PIN: something one knows beside something one has.
var (
	byPassword = actor.Start{Method: "password", AAL: 2}
	byCard     = actor.Start{Method: "card", AAL: 2, Shared: true}
)

// enter signs a person in and says where to go: to the form they had sent, to
// where they were, or to their own page. An officer enters in their first
// post; the posts page changes it.
// What they showed is used up by first, in the commit that begins the session.
func (x *Identity) enter(w http.ResponseWriter, r *http.Request, person string, how actor.Start, next string, first ...func(tx *db.Tx) error) (to string, err error) {
	post := ""
	err = x.db.Read(r.Context(), func(tx *db.Tx) error {
		posts, err := x.directory.PostsOf(tx, person, x.now())
		if err != nil || len(posts) == 0 {
			return err
		}
		out, err := suspended(tx, suspendStaff, person)
		if err == nil && !out {
			post = posts[0].ID
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return x.enterAs(w, r, person, post, how, next, first...)
}

// enterAs replaces the session, if there is one, by a new one: a token from
// before sign-in is never carried over it.
func (x *Identity) enterAs(w http.ResponseWriter, r *http.Request, person, post string, how actor.Start, next string, first ...func(tx *db.Tx) error) (to string, err error) {
	was := web.ActorOf(r.Context())
	old := was.Session
	token, role := "", ""
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		for _, use := range first {
			if err := use(tx); err != nil {
				return err
			}
		}
		if err := x.open(tx, person, post); err != nil {
			return err
		}
		role = ""
		if post != "" {
			p, err := x.directory.Post(tx, post)
			if err != nil {
				return err
			}
			role = p.Role
		}
		how.Replaces = ""
		if was.Person == person {
			how.Replaces = old
		} else if old != "" {
			if err := x.sessions.EndTx(tx, old); err != nil {
				return err
			}
		}
		token, err = x.startTx(tx, r, person, post, how)
		return err
	})
	if err != nil {
		return "", err
	}
	http.SetCookie(w, x.cookie(web.SessionCookie, token, 0))
	to = web.SafeNext(next, home(role))
	if c, err := r.Cookie(stashCookie); err == nil && c.Value != "" {
		return "/sign-in/resume?next=" + url.QueryEscape(to), nil
	}
	return to, nil
}

// startTx begins a session for a person.
func (x *Identity) startTx(tx *db.Tx, r *http.Request, person, post string, how actor.Start) (token string, err error) {
	how = x.starting(r, how)
	how.Person, how.Post = person, post
	if how.Name, err = x.fullName(tx, person); err != nil {
		return "", err
	}
	if token, err = x.sessions.StartTx(tx, how); err != nil || how.Shared {
		return token, err // such a device remembers nobody
	}
	return token, x.saw(tx, token, person)
}

// home is where somebody begins who came from nowhere in particular.
func home(role string) string {
	switch {
	case role == "":
		return "/me"
	case role == AdminRole:
		return "/admin/import"
	case strings.HasSuffix(role, "/counter-officer"):
		return "/counter"
	case strings.HasSuffix(role, "/helper"):
		return "/helper"
	case strings.HasSuffix(role, "/service-team"):
		return "/team"
	case strings.HasSuffix(role, "/digital-officer"):
		return "/apps"
	case strings.HasSuffix(role, "/protection-officer"):
		return "/protection"
	case role == "balai/mail-room":
		return "/letters"
	}
	return "/desk"
}

// signOut ends the session on the server and forgets the cookie.
func (x *Identity) signOut(w http.ResponseWriter, r *http.Request) error {
	if session := web.ActorOf(r.Context()).Session; session != "" {
		err := x.db.Write(r.Context(), func(tx *db.Tx) error {
			if c, err := r.Cookie(web.SessionCookie); err == nil {
				if err := x.leave(tx, c.Value); err != nil {
					return err
				}
			}
			return x.sessions.EndTx(tx, session)
		})
		if err != nil {
			return err
		}
	}
	// The token opens nothing any more. It stays in the browser, so that a form
	// sent from an old tab is kept for the one who typed it and nobody else, and is
	// asked about before it is sent.
	return web.SeeOther(w, r, "/signed-out")
}
