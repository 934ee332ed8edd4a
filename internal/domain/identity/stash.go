package identity

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

const (
	stashCookie = "balai_stash"
	// stashLife is how long a form waits for its sender to sign in.
	stashLife = time.Hour
	// stashSize bounds a form kept for somebody whose session is over;
	// strangerSize one that comes from a browser never signed in here.
	stashSize    = 1 << 20
	strangerSize = 16 << 10
	// seenLife is how long a token's owner is remembered after sign-in.
	seenLife = 30 * 24 * time.Hour
)

var errStashTooBig = fault.New(fault.SignedOut, "identity.error.stash_too_big")

// A stash is a form sent while nobody was signed in.
type stash struct {
	Person      string // whose session it was; "" unknown
	Path        string // where it was sent, with its query
	Back        string // the page it was sent from
	ContentType string
	Body        []byte
	Doubtful    bool // it may be somebody else's at the same device
}

// SignIn is where somebody who must sign in first is sent. A form that they
// had sent is kept and carried out afterwards; the cookie that claims it goes
// to this browser only.
func (x *Identity) SignIn(w http.ResponseWriter, r *http.Request) (location string, err error) {
	next := r.URL.RequestURI()
	if r.Method == http.MethodPost {
		next = x.back(r)
		if strings.HasPrefix(r.URL.Path, "/sign-in/") { // what waits already goes on waiting
			return "/sign-in", nil
		}
		if err := x.keep(w, r, next); err != nil {
			return "", err
		}
	}
	return "/sign-in?next=" + url.QueryEscape(next), nil
}

// back is the page that a form was sent from, where the browser says so.
func (x *Identity) back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != x.base.Host {
		return r.URL.Path
	}
	return web.SafeNext(from.RequestURI(), r.URL.Path)
}

// powerOver tells whether a form gives power over a person's own affairs, such
// as a mandate or a key. One that a stranger left in a browser, or somebody
// after its person had signed out, is not kept: whoever signs in there next
// would carry it out.
func powerOver(path string) bool {
	return strings.HasPrefix(path, "/me/") || strings.HasPrefix(path, "/acting/")
}

func (x *Identity) keep(w http.ResponseWriter, r *http.Request, back string) error {
	s := stash{Path: r.URL.RequestURI(), Back: back, ContentType: r.Header.Get("Content-Type")}
	limit, left := strangerSize, false
	if a := web.ActorOf(r.Context()); a.SignedIn() { // and asked for a stronger sign-in
		s.Person = a.Person
	} else if c, err := r.Cookie(web.SessionCookie); err == nil {
		err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
			s.Person, left, err = x.owner(tx, c.Value)
			return err
		})
		if err != nil {
			return err
		}
	}
	if s.Person != "" {
		limit = stashSize
	}
	if shared(r) {
		return nil
	}
	power := powerOver(r.URL.Path)
	if power && (s.Person == "" || left) {
		return nil
	}
	s.Doubtful = s.Person == "" || left || power
	if r.PostForm != nil { // somebody has read the body already
		s.ContentType, s.Body = "application/x-www-form-urlencoded", []byte(r.PostForm.Encode())
	} else {
		var err error
		var tooBig *http.MaxBytesError
		s.Body, err = io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
		switch {
		case errors.As(err, &tooBig): // half a form is worse than none
			return errStashTooBig
		case err != nil:
			return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
		}
	}
	if len(s.Body) > limit {
		return errStashTooBig
	}
	token := x.token()
	if err := x.db.Write(r.Context(), func(tx *db.Tx) error { return x.stashTx(tx, token, s) }); err != nil {
		return err
	}
	http.SetCookie(w, x.cookie(stashCookie, token, stashLife))
	return nil
}

// resume carries out the form that waited, as if it were sent now. One that
// was sent before anybody had signed in or after they had signed out is asked
// about first, unless it only keeps answers: somebody else may have left it in
// this browser.
func (x *Identity) resume(w http.ResponseWriter, r *http.Request) error {
	next := web.SafeNext(r.URL.Query().Get("next"), "/me")
	c, err := r.Cookie(stashCookie)
	if err != nil {
		return web.SeeOther(w, r, next)
	}
	var s stash
	err = x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		s, err = x.stashed(tx, c.Value)
		return err
	})
	theirs := s.Person == "" || s.Person == web.ActorOf(r.Context()).Person
	if err == nil && theirs && s.Doubtful && (x.keeps == nil || !x.keeps(s.Path)) {
		page := ui.NewPage(r, web.L(r.Context()).T("identity.resume.title"))
		return web.Render(w, r, http.StatusOK, resumeView(page, s.Back, next))
	}
	return x.carryOut(w, r, c.Value, next)
}

// resumeSave is the answer: the form is sent, or thrown away.
func (x *Identity) resumeSave(w http.ResponseWriter, r *http.Request) error {
	next := web.SafeNext(r.PostFormValue("next"), "/me")
	c, err := r.Cookie(stashCookie)
	if err != nil {
		return web.SeeOther(w, r, next)
	}
	if r.PostFormValue("do") == "send" {
		return x.carryOut(w, r, c.Value, next)
	}
	x.drop(w, stashCookie)
	err = x.db.Write(r.Context(), func(tx *db.Tx) error {
		_, err := x.takeStash(tx, c.Value)
		return err
	})
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return err
	}
	return web.SeeOther(w, r, next)
}

// carryOut takes the form out before it is sent, so that it happens once; a
// form of another person's session is thrown away unseen.
func (x *Identity) carryOut(w http.ResponseWriter, r *http.Request, token, next string) error {
	x.drop(w, stashCookie)
	var s stash
	err := x.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		s, err = x.takeStash(tx, token)
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return web.SeeOther(w, r, next)
	}
	if err != nil {
		return err
	}
	if s.Person != "" && s.Person != web.ActorOf(r.Context()).Person {
		return fault.New(fault.Conflict, "identity.error.stash_other")
	}
	again, err := x.again(r.Context(), r, s)
	if err != nil {
		return err
	}
	x.replay.ServeHTTP(w, again)
	return nil
}

func (x *Identity) again(ctx context.Context, r *http.Request, s stash) (*http.Request, error) {
	again, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Path, bytes.NewReader(s.Body))
	if err != nil {
		return nil, err
	}
	again.Host, again.RemoteAddr, again.RequestURI = r.Host, r.RemoteAddr, s.Path
	for _, name := range []string{"Cookie", "Accept", "Accept-Language", "User-Agent"} {
		if v := r.Header.Values(name); len(v) > 0 {
			again.Header[name] = v
		}
	}
	again.Header.Set("Content-Type", s.ContentType)
	again.Header.Set("Referer", x.base.Scheme+"://"+x.base.Host+s.Back)
	return again, nil
}
