package op

import (
	"context"
	"encoding/json"
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Door ends sign-ins.
type Door interface {
	EndTx(tx *db.Tx, session string) error
	// AliveTx tells whether a sign-in, or the one that took its place, is not over.
	AliveTx(tx *db.Tx, session string) (bool, error)
}

// logouts keeps a sign-out that a program asked for until its person has
// answered, in the table of requests.
type logouts struct {
	o *OP
	r realm
}

func (m logouts) name(callback string) string { return hash(m.r.name, "logout", callback) }

func (m logouts) Save(ctx context.Context, s *goidc.LogoutSession) error {
	bare := *s
	bare.IDTokenHint = ""
	data, err := json.Marshal(bare)
	if err != nil {
		return err
	}
	return m.o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := saveRequest(tx, request{ID: s.ID, Realm: m.r.name, Client: s.ClientID, Callback: m.name(s.CallbackID), Data: string(data), ExpiresAt: micro(s.ExpiresAtTimestamp)})
		return err
	})
}

func (m logouts) SessionByCallbackID(ctx context.Context, id string) (*goidc.LogoutSession, error) {
	var data string
	err := m.o.db.Read(ctx, func(tx *db.Tx) (err error) {
		data, err = requestBy(tx, "callback", m.r.name, m.name(id), m.o.now())
		return err
	})
	if err != nil {
		return nil, notFound(err)
	}
	s := new(goidc.LogoutSession)
	return s, json.Unmarshal([]byte(data), s)
}

func (m logouts) Delete(ctx context.Context, id string) error {
	return requests(m).Delete(ctx, id)
}

// aged takes an ID token that has expired out of a program's request to sign
// somebody out, and keeps what it says: five minutes after the sign-in a program
// has no other (RP-Initiated Logout 1.0, section 2: a provider takes one whose
// time has passed). One that is not this provider's own stays, for the library
// to refuse.
func (o *OP) aged(req *http.Request, r realm, w *work) error {
	form := req.URL.Query()
	if req.Method == http.MethodPost {
		form = req.PostForm
	}
	token, err := jwt.ParseSigned(form.Get("id_token_hint"), []jose.SignatureAlgorithm{r.alg()})
	if err != nil || len(token.Headers) != 1 {
		return nil // the library says what is wrong
	}
	keys, err := o.jwks(req.Context(), r)
	if err != nil {
		return err
	}
	var c jwt.Claims
	var more map[string]any
	key, err := keys.Key(token.Headers[0].KeyID)
	if err != nil || token.Claims(key.Public().Key, &c, &more) != nil || c.Issuer != r.issuer || len(c.Audience) != 1 {
		return nil
	}
	if c.Expiry == nil || c.Expiry.Time().After(o.clock.Now()) || form.Get("client_id") != "" && form.Get("client_id") != c.Audience[0] {
		return nil
	}
	w.hint = more
	form.Del("id_token_hint")
	form.Set("client_id", c.Audience[0])
	if req.Method == http.MethodGet {
		u := *req.URL
		u.RawQuery = form.Encode()
		req.URL = &u
	}
	return nil
}

// signOut ends the person's sign-in when a program asks for it: at once where
// the program shows an ID token of this very sign-in, else when the person says
// so on a page.
func (o *OP) signOut(r realm) goidc.LogoutFunc {
	return func(w http.ResponseWriter, req *http.Request, s *goidc.LogoutSession) (goidc.Status, error) {
		a := web.ActorOf(req.Context())
		if !a.SignedIn() || r.name == Sandbox {
			return goidc.StatusSuccess, nil
		}
		hint := s.IDTokenHintClaims
		if w := workOf(req.Context()); w != nil && w.hint != nil {
			hint = w.hint
		}
		if sid, _ := hint["sid"].(string); s.ClientID != "" && sid == o.sid(s.ClientID, a.Session) || req.Method == http.MethodPost && req.PostFormValue("decision") == "out" {
			err := o.db.Write(req.Context(), func(tx *db.Tx) error { return o.door.EndTx(tx, a.Session) })
			if err != nil {
				return goidc.StatusFailure, err
			}
			return goidc.StatusSuccess, nil
		}
		if req.Method == http.MethodPost && req.PostFormValue("decision") == "stay" {
			http.Redirect(w, req, "/", http.StatusSeeOther)
			return goidc.StatusInProgress, nil
		}
		l := web.L(req.Context())
		q := question{Page: r.prefix + "/oidc/end-session/" + s.CallbackID, Name: a.Name}
		err := o.db.Read(req.Context(), func(tx *db.Tx) error {
			c, err := ClientByID(tx, s.ClientID)
			if fault.CodeOf(err) == fault.Missing {
				q.Client = locale.Text{}
				return nil
			}
			q.Client = c.Name
			web.FormsLeadTo(w, c.leaves()...)
			return err
		})
		if err != nil {
			return goidc.StatusFailure, err
		}
		return goidc.StatusInProgress, web.Render(w, req, http.StatusOK, signOutView(ui.NewPage(req, l.T("op.out.title")), q))
	}
}

// signedOut is where somebody goes whom no program wants back.
func signedOut(w http.ResponseWriter, req *http.Request, _ *goidc.LogoutSession) error {
	http.Redirect(w, req, "/signed-out", http.StatusSeeOther)
	return nil
}
