package op

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Somebody is on the telephone with an agency, which asks the hall to let them
// say yes on their own device (CIBA Core 1.0, poll). The officer types the
// number of the identity card and reads a few words aloud; the person finds the
// same words in the hall.

const (
	// wordsMost bounds the words that both read.
	wordsMost = 60
	// callsDay is how often one agency's program may ask one person in a day, so
	// that nobody says yes for being tired of being asked.
	callsDay = 5
	// pollEvery is how often a program may ask for the answer, in seconds; one
	// that comes a little sooner was sent in time (pollLeast).
	pollEvery = 5
	pollLeast = pollEvery*time.Second - time.Second
	// callFresh is how lately the person must have proved who they are.
	callFresh = 5 * time.Minute
)

// call is asked of each request by telephone. An unknown number is answered like
// a known one whose person never says yes: the program learns nothing of who
// exists.
func (o *OP) call(r realm) goidc.HandleSessionFunc {
	return func(ctx context.Context, as *goidc.AuthnSession, _ *goidc.Client) error {
		w := workOf(ctx)
		number := as.LoginHint
		as.LoginHint, as.LoginTokenHint, as.IDTokenHint = "", "", ""
		switch {
		case w == nil || r.name != Citizen:
			return goidc.NewError(goidc.ErrorCodeInvalidRequest, "there is nobody to ask here")
		case number == "":
			return goidc.NewError(goidc.ErrorCodeUnknownUserID, "login_hint must be the number of an identity card")
		case as.BindingMessage == "" || len([]rune(as.BindingMessage)) > wordsMost || strings.ContainsAny(as.BindingMessage, "\r\n\t"):
			return goidc.NewError(goidc.ErrorCodeInvalidBindingMessage, "binding_message must be one line of 1 to "+strconv.Itoa(wordsMost)+" characters")
		case as.RequestedExpiry != nil && (*as.RequestedExpiry < 1 || *as.RequestedExpiry > callLifetime):
			return goidc.NewError(goidc.ErrorCodeInvalidRequest, "requested_expiry must be 1 to "+strconv.Itoa(callLifetime)+" seconds")
		}
		person := ""
		err := o.db.Read(ctx, func(tx *db.Tx) (err error) {
			person, err = o.people.ByIDNumber(tx, number)
			if fault.CodeOf(err) == fault.Missing {
				return nil
			}
			return err
		})
		if err != nil {
			return err
		}
		// By the person, however their number is written: else each hyphen is a new one.
		within, err := o.meter.Day(ctx, "op.call "+hash(w.client, cmp.Or(person, number)), callsDay)
		if err == nil && within { // else it waits like any other, and is shown to nobody
			w.asked = person
		}
		return err
	}
}

// askTx tells the person that they are asked. The same words from the same
// program once more take the place of those before: a program that asks again
// had no answer to its first request, and waits by the name of its last.
func (o *OP) askTx(tx *db.Tx, r request) error {
	again, err := o.replaceTx(tx, r)
	if err != nil || again || o.notices == nil {
		return err
	}
	c, err := ClientByID(tx, r.Client)
	if err != nil {
		return err
	}
	return o.notices.SendTx(tx, notify.Message{To: r.Person, Key: "op.notice.call", Minor: true, Args: notify.Both(map[string]string{}, "client", c.Name)})
}

// replaceTx takes from its person what r asks anew, and tells whether there was
// such a thing.
func (o *OP) replaceTx(tx *db.Tx, r request) (again bool, err error) {
	now, err := session(r.Data, nil)
	if err != nil {
		return false, err
	}
	all, err := waiting(tx, r.Person, o.now())
	if err != nil {
		return false, err
	}
	for _, old := range all {
		if old.ID == r.ID || old.Client != r.Client {
			continue
		}
		was, err := session(old.Data, nil)
		if err != nil {
			return again, err
		}
		if was.BindingMessage != now.BindingMessage || was.Scopes != now.Scopes || was.ACRValues != now.ACRValues {
			continue
		}
		again = true
		if err := forgetCall(tx, old.ID); err != nil {
			return again, err
		}
	}
	return again, nil
}

// A callLine is one request by telephone as its person sees it.
type callLine struct {
	ID, Words string
	Client    locale.Text
	Agency    string
	Items     []item
	Back      bool // its person comes from the sign-in that their yes asked for
}

// A callSheet is the page of calls.
type callSheet struct {
	List  []callLine
	Done  string // "yes" or "no", just answered
	Fresh bool   // a yes needs no other sign-in
	Gone  bool   // the call that the person comes back to waits no more
}

func freshEnough(a actor.Actor, now int64) bool {
	return a.AAL >= 2 && a.AuthAt >= now-callFresh.Microseconds()
}

func (o *OP) callsPage(w http.ResponseWriter, req *http.Request) error {
	l, a := web.L(req.Context()), web.ActorOf(req.Context())
	var list []callLine
	err := o.db.Read(req.Context(), func(tx *db.Tx) error {
		list = list[:0]
		hidden, err := o.people.Hidden(tx, a.Person)
		if err != nil {
			return err
		}
		all, err := waiting(tx, a.Person, o.now())
		if err != nil {
			return err
		}
		for _, r := range all {
			as, c, err := o.called(tx, r)
			if err != nil {
				return err
			}
			agency, err := o.directory.AgencyName(tx, c.Agency)
			if err != nil {
				return err
			}
			list = append(list, callLine{ID: r.ID, Words: as.BindingMessage, Client: c.Name, Agency: l.Pick(agency),
				Items: o.items(l, c, told(as.Scopes), hidden)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	page := ui.NewPage(req, l.T("op.calls.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	q := req.URL.Query()
	s := callSheet{List: list, Done: q.Get("done"), Fresh: freshEnough(a, o.now())}
	if id := q.Get("call"); id != "" && s.Fresh {
		i := slices.IndexFunc(list, func(c callLine) bool { return c.ID == id })
		if s.Gone = i < 0; !s.Gone { // the one that they came for stands first
			back := list[i]
			back.Back = true
			s.List = append([]callLine{back}, slices.Delete(list, i, i+1)...)
		}
	}
	return web.Render(w, req, http.StatusOK, callsView(page, s))
}

func (o *OP) called(tx *db.Tx, r request) (*goidc.AuthnSession, Client, error) {
	as, err := session(r.Data, nil)
	if err != nil {
		return nil, Client{}, err
	}
	c, err := ClientByID(tx, r.Client)
	return as, c, err
}

// callAnswer is the person's yes or no. A yes asks for a fresh proof of who they
// are: the request may have come while a device lay open. For the same
// reason it is not kept until they have: whoever signs in then reads the words,
// and presses.
func (o *OP) callAnswer(w http.ResponseWriter, req *http.Request) error {
	a, yes := web.ActorOf(req.Context()), req.PostFormValue("decision") == "allow"
	if yes && !freshEnough(a, o.now()) {
		next := "/me/calls?" + url.Values{"call": {req.PathValue("id")}}.Encode()
		q := url.Values{"next": {next}, "aal": {"2"}, "fresh": {strconv.FormatInt(o.now()-callFresh.Microseconds(), 10)}}
		return web.SeeOther(w, req, "/sign-in?"+q.Encode())
	}
	err := o.db.Write(req.Context(), func(tx *db.Tx) error { return o.answerTx(tx, a, req.PathValue("id"), yes) })
	if err != nil {
		return err
	}
	done := "no"
	if yes {
		done = "yes"
	}
	return web.SeeOther(w, req, "/me/calls?done="+done)
}

func (o *OP) answerTx(tx *db.Tx, a actor.Actor, id string, yes bool) error {
	all, err := waiting(tx, a.Person, o.now())
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.ID != id {
			continue
		}
		as, c, err := o.called(tx, r)
		if err != nil {
			return err
		}
		as.Status = goidc.StatusFailure
		kind, why := "call.refused", locale.Text{MS: "Permintaan melalui telefon daripada " + c.Name.MS + " ditolak.", EN: "Request by telephone from " + c.Name.EN + " refused."}
		if yes {
			if err := o.sayYes(tx, a, as, c); err != nil {
				return err
			}
			kind, why = "call.allowed", locale.Text{MS: "Permintaan melalui telefon daripada " + c.Name.MS + " diluluskan.", EN: "Request by telephone from " + c.Name.EN + " allowed."}
		}
		data, err := json.Marshal(as)
		if err != nil {
			return err
		}
		mine, err := answer(tx, id, a.Person, string(data), o.now())
		if err != nil {
			return err
		}
		if mine {
			return o.leaf(tx, kind, a, c, why)
		}
	}
	return fault.New(fault.Missing, "web.error.missing")
}

func (o *OP) sayYes(tx *db.Tx, a actor.Actor, as *goidc.AuthnSession, c Client) error {
	ial, err := o.people.Level(tx, a.Person, o.now())
	if err != nil {
		return err
	}
	least, _ := asked(c, as.ACRValues)
	if ial < least {
		return fault.New(fault.Denied, "op.error.level")
	}
	r := o.realm(Citizen)
	g := given{Person: a.Person, Sub: o.subject(r, c.Sector, a.Person), SignIn: a.Session, SID: o.sid(c.ID, a.Session),
		IAL: ial, AAL: a.AAL, AMR: a.AMR, AuthTime: a.AuthAt / 1_000_000}
	scopes := []string{"openid"}
	for _, s := range told(as.Scopes) {
		if _, ok := c.wants(s); ok {
			scopes = append(scopes, s)
		}
	}
	as.Status, as.Subject, as.GrantedScopes, as.Store = goidc.StatusSuccess, g.Sub, strings.Join(scopes, " "), g.store()
	return nil
}
