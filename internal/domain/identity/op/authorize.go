package op

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Errors that go back to the program.
var (
	errNo        = goidc.NewError(goidc.ErrorCodeAccessDenied, "the person said no")
	errLogin     = goidc.NewError(goidc.ErrorCodeLoginRequired, "nobody is signed in")
	errConsent   = goidc.NewError("consent_required", "the person has not agreed yet")
	errWhom      = goidc.NewError("account_selection_required", "the person has to say for whom")
	errLevel     = goidc.NewError("unmet_authentication_requirements", "the level asked for is not reached")
	errElsewhere = goidc.NewError(goidc.ErrorCodeAccessDenied, "this is for the agency's own officers")
	errSuspended = goidc.NewError(goidc.ErrorCodeAccessDenied, "this person cannot sign in")
)

// A visit is one look at a request by the person in front of it.
type visit struct {
	r      realm
	as     *goidc.AuthnSession
	client Client
	actor  actor.Actor
	ial    int // the person's
	gone   bool
	scopes []string // those asked for and granted to the client, that tell something
	hidden bool     // an order protects the person
	choice []Choice
	ready  []Choice // those for whom all was agreed to before; themself has no id
}

// pageCookie holds the page that a browser has open.
const pageCookie = "balai_request"

// reopened is the page of a request that this browser has opened before: a
// pushed name opens one page, and the same browser may come with it again until
// its person has answered.
func (o *OP) reopened(req *http.Request, r realm) (string, error) {
	q := req.URL.Query()
	c, err := req.Cookie(pageCookie)
	if err != nil || q.Get("request_uri") == "" || len(c.Value) > 100 {
		return "", nil
	}
	m, same := requests{o, r}, false
	err = o.db.Read(req.Context(), func(tx *db.Tx) (err error) {
		same, err = openedBy(tx, r.name, q.Get("client_id"), m.hash(c.Value), m.hash(q.Get("request_uri")), o.now())
		return err
	})
	if err != nil || !same {
		return "", err
	}
	return r.prefix + "/oidc/authorize/" + c.Value, nil
}

// authenticate is the way of a person through a request: to the page, to the
// sign-in where it is needed, to the question, and back. The library calls it
// for the first request and for each one to the page.
func (o *OP) authenticate(r realm) goidc.AuthnFunc {
	return func(w http.ResponseWriter, req *http.Request, as *goidc.AuthnSession) (goidc.Status, error) {
		status, err := o.step(w, req, r, as)
		var told goidc.Error
		if err == nil || errors.As(err, &told) {
			return status, err
		}
		// The library would end the request and tell the program our error; the
		// person sees it instead, and may try again.
		if f, ok := req.Context().Value(faultKey{}).(*pageFault); ok {
			f.err = err
		}
		return goidc.StatusInProgress, nil
	}
}

func (o *OP) step(w http.ResponseWriter, req *http.Request, r realm, as *goidc.AuthnSession) (goidc.Status, error) {
	if req.PathValue("callback") == "" {
		if err := onlyQuery(as); err != nil {
			return goidc.StatusFailure, err
		}
		// The page has an address of its own, so that reading it again or coming back
		// from the sign-in uses nothing up; and this browser finds it again by the
		// address that it came with.
		http.SetCookie(w, &http.Cookie{Name: pageCookie, Value: as.CallbackID, Path: r.prefix + "/oidc/authorize", HttpOnly: true,
			SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(r.issuer, "https:"), MaxAge: pageLifetime})
		http.Redirect(w, req, r.prefix+"/oidc/authorize/"+as.CallbackID, http.StatusSeeOther)
		return goidc.StatusInProgress, nil
	}
	v, err := o.look(req, r, as)
	if err != nil {
		return goidc.StatusFailure, err
	}
	if r.name == Sandbox {
		return o.test(w, req, v)
	}
	silent := strings.Contains(string(as.Prompt), "none")
	if !v.actor.SignedIn() || stale(v) {
		if silent {
			return goidc.StatusFailure, errLogin
		}
		return o.signIn(w, req, v)
	}
	if v.gone {
		return goidc.StatusFailure, errSuspended
	}
	if r.name == Staff {
		return o.staff(v)
	}
	return o.ask(w, req, v, silent)
}

// look gathers what the page needs to know.
func (o *OP) look(req *http.Request, r realm, as *goidc.AuthnSession) (v visit, err error) {
	v = visit{r: r, as: as, actor: web.ActorOf(req.Context())}
	err = o.db.Read(req.Context(), func(tx *db.Tx) error {
		v.scopes, v.choice, v.ready = nil, nil, nil
		if v.client, err = ClientByID(tx, as.ClientID); err != nil {
			return err
		}
		v.client = v.client.in(r)
		for _, s := range told(as.Scopes) {
			if _, ok := v.client.wants(s); ok && !slices.Contains(v.scopes, s) {
				v.scopes = append(v.scopes, s)
			}
		}
		if !v.actor.SignedIn() || r.name == Sandbox {
			return nil
		}
		person := v.actor.Person
		if v.gone, err = o.people.Suspended(tx, person); err != nil {
			return err
		}
		if r.name == Staff {
			return nil
		}
		if v.ial, err = o.people.Level(tx, person, o.now()); err != nil {
			return err
		}
		if v.hidden, err = o.people.Hidden(tx, person); err != nil {
			return err
		}
		if o.delegations != nil {
			if v.choice, err = o.delegations.Choices(tx, person, o.now()); err != nil {
				return err
			}
		}
		agreed, err := consentsOf(tx, person, o.now())
		v.remembered(agreed)
		return err
	})
	return v, err
}

// remembered finds for whom the person has agreed to all that is asked, the
// latest answer first. A right to act that has ended is not among them.
func (v *visit) remembered(agreed []Consent) {
	own := Choice{Principal: v.actor.Person, Name: v.actor.Name}
	for _, c := range agreed {
		for _, o := range append([]Choice{own}, v.choice...) {
			lacks := func(s string) bool { return !slices.Contains(c.Scopes, s) }
			if c.Client == v.client.ID && c.Principal == o.Principal && !slices.ContainsFunc(narrowed(v.scopes, o.Scopes), lacks) {
				v.ready = append(v.ready, o)
				break
			}
		}
	}
}

// known is the one for whom the person answered before, where there is nothing
// to ask. The program may want them asked.
func (v visit) known() (Choice, bool) {
	prompt := string(v.as.Prompt)
	if len(v.ready) != 1 || strings.Contains(prompt, "consent") || strings.Contains(prompt, "select_account") {
		return Choice{}, false
	}
	return v.ready[0], true
}

// stale tells whether the person has to prove anew who they are: the program
// asked for it (prompt=login, max_age), or for a stronger way.
func stale(v visit) bool {
	began := int64(v.as.CreatedAtTimestamp) * 1_000_000
	if strings.Contains(string(v.as.Prompt), "login") && v.actor.AuthAt < began {
		return true
	}
	if age := v.as.MaxAuthnAgeSecs; age != nil && v.actor.AuthAt < began-int64(*age)*1_000_000 {
		return true
	}
	_, aal := asked(v.client, v.as.ACRValues)
	return v.actor.AAL < aal
}

// signIn sends the person to the door, which brings them back.
func (o *OP) signIn(w http.ResponseWriter, req *http.Request, v visit) (goidc.Status, error) {
	_, aal := asked(v.client, v.as.ACRValues)
	q := url.Values{"next": {v.page()}, "aal": {strconv.Itoa(aal)}}
	if stale(v) {
		q.Set("fresh", strconv.FormatInt(int64(v.as.CreatedAtTimestamp)*1_000_000, 10))
	}
	http.Redirect(w, req, "/sign-in?"+q.Encode(), http.StatusSeeOther)
	return goidc.StatusInProgress, nil
}

// asked names the person whom a page asks, to nobody else.
func (v visit) asked() string { return hash("asked", v.as.CallbackID+" "+v.actor.Person) }

// page is the request's own address.
func (v visit) page() string { return v.r.prefix + "/oidc/authorize/" + v.as.CallbackID }

// Visitor is the program in whose request a page of ours stands, by the page's
// address; empty where it is no such page, or its request is over.
func (o *OP) Visitor(ctx context.Context, page string) (name locale.Text, err error) {
	for _, r := range o.realms {
		callback, ours := strings.CutPrefix(page, r.prefix+"/oidc/authorize/")
		if !ours || callback == "" {
			continue
		}
		err = o.db.Read(ctx, func(tx *db.Tx) error {
			data, err := requestBy(tx, "callback", r.name, requests{o, r}.hash(callback), o.now())
			if errors.Is(err, db.ErrNoRows) {
				return nil
			}
			as, err := session(data, err)
			if err != nil {
				return err
			}
			c, err := ClientByID(tx, as.ClientID)
			name = c.in(r).Name
			return err
		})
	}
	return name, err
}

// ask asks the person, unless they have agreed before.
func (o *OP) ask(w http.ResponseWriter, req *http.Request, v visit, silent bool) (goidc.Status, error) {
	least, _ := asked(v.client, v.as.ACRValues)
	low := v.ial < least
	// The page says whom it asked. Where somebody else signed in to the same browser
	// since it was drawn, its answer is not theirs; nor is one to no page. They are asked.
	posted := req.Method == http.MethodPost
	other := posted && req.PostFormValue("asked") != v.asked()
	if posted && !other {
		switch req.PostFormValue("decision") {
		case "deny":
			if low {
				return goidc.StatusFailure, errLevel
			}
			return goidc.StatusFailure, errNo
		case "allow":
			if !low {
				return o.allow(req, v, req.PostFormValue("for"), req.PostFormValue("remember") != "")
			}
		}
	}
	if silent {
		switch {
		case low:
			return goidc.StatusFailure, errLevel
		case len(v.ready) == 0:
			return goidc.StatusFailure, errConsent
		case len(v.ready) > 1:
			return goidc.StatusFailure, errWhom
		}
	}
	if c, ok := v.known(); ok && !low && !other {
		return o.allow(req, v, c.ID, false)
	}
	return goidc.StatusInProgress, o.consentPage(w, req, v, low)
}

// allow lets the program have what was asked, for the person themself or for
// whom they act: id names the delegation.
func (o *OP) allow(req *http.Request, v visit, id string, remember bool) (goidc.Status, error) {
	g := given{Person: v.actor.Person, SignIn: v.actor.Session, IAL: v.ial, AAL: v.actor.AAL, AMR: v.actor.AMR, AuthTime: v.actor.AuthAt / 1_000_000}
	scopes := v.scopes
	if id != "" && id != "self" && o.delegations != nil {
		var c Choice
		var stands bool
		err := o.db.Read(req.Context(), func(tx *db.Tx) (err error) {
			c, stands, err = o.delegations.Stands(tx, id, v.actor.Person, o.now())
			return err
		})
		if err != nil {
			return goidc.StatusFailure, err
		}
		if !stands {
			return goidc.StatusFailure, errNo
		}
		g.Person, g.Delegate, g.Right = c.Principal, v.actor.Person, c.ID
		g.Act = o.subject(v.r, v.client.Sector, v.actor.Person)
		scopes = narrowed(scopes, c.Scopes)
	}
	g.Sub = o.subject(v.r, v.client.Sector, g.Person)
	g.SID = o.sid(v.client.ID, v.actor.Session)
	if remember {
		err := o.db.Write(req.Context(), func(tx *db.Tx) error {
			// It may have ended since the request came; the code is asked of where it is redeemed.
			alive, err := o.door.AliveTx(tx, v.actor.Session)
			if err == nil && !alive {
				err = fault.New(fault.SignedOut, "web.error.signed_out")
			}
			if err != nil {
				return err
			}
			return o.rememberTx(tx, v, g.Person, scopes)
		})
		if err != nil {
			return goidc.StatusFailure, err
		}
	}
	return v.grant(g, append([]string{"openid"}, scopes...))
}

// grant ends the request with a yes.
func (v visit) grant(g given, scopes []string) (goidc.Status, error) {
	v.as.Subject, v.as.GrantedScopes, v.as.Store = g.Sub, strings.Join(scopes, " "), g.store()
	return goidc.StatusSuccess, nil
}

// narrowed is what both sides allow; nil allows all.
func narrowed(scopes, allowed []string) []string {
	if allowed == nil {
		return scopes
	}
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return !slices.Contains(allowed, s) })
}

// staff signs an officer in to their own agency's software: nothing is asked,
// since nothing but their post is told.
func (o *OP) staff(v visit) (goidc.Status, error) {
	if !v.actor.Officer() || v.actor.Agency != v.client.Agency {
		return goidc.StatusFailure, errElsewhere
	}
	g := given{Person: v.actor.Person, SignIn: v.actor.Session, AAL: v.actor.AAL, AMR: v.actor.AMR, AuthTime: v.actor.AuthAt / 1_000_000,
		Sub: o.subject(v.r, v.client.Sector, v.actor.Person), SID: o.sid(v.client.ID, v.actor.Session), Staff: staffOf(v.actor)}
	scopes := strings.Fields(v.as.Scopes)
	return v.grant(g, scopes)
}
