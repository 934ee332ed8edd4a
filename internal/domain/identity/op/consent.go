package op

import (
	"net/http"
	"slices"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// consentLife is how long a remembered yes holds.
const consentLife = 365 * 24 * time.Hour

// A question is what the page asks.
type question struct {
	Client locale.Text
	Agency locale.Text
	Why    locale.Text
	Items  []item
	Choice []Choice
	Ready  []Choice // for whom one press is enough
	Name   string
	Page   string
	Asked  string // whose answer it is to be
	Low    bool   // the level asked for is not reached
	Least  int
}

// An item is one thing that the program would learn.
type item struct {
	What, Basis string
	Held        bool // back, while an order protects the person
}

func (o *OP) items(l locale.Printer, c Client, scopes []string, hidden bool) (out []item) {
	for _, s := range scopes {
		if wanted, ok := c.wants(s); ok {
			out = append(out, item{What: l.T("op.scope." + s), Basis: o.basisWords(l, wanted.Basis), Held: hidden && slices.Contains(locating, s)})
		}
	}
	return out
}

func (o *OP) consentPage(w http.ResponseWriter, req *http.Request, v visit, low bool) error {
	l := web.L(req.Context())
	q := question{Client: v.client.Name, Why: v.client.Purpose, Choice: v.choice, Ready: v.ready, Name: v.actor.Name, Page: v.page(), Asked: v.asked(), Low: low}
	q.Least, _ = asked(v.client, v.as.ACRValues)
	err := o.db.Read(req.Context(), func(tx *db.Tx) (err error) {
		q.Agency, err = o.directory.AgencyName(tx, v.client.Agency)
		return err
	})
	if err != nil {
		return err
	}
	q.Items = o.items(l, v.client, v.scopes, v.hidden)
	web.FormsLeadTo(w, v.client.origins()...)
	return web.Render(w, req, http.StatusOK, consentView(ui.NewPage(req, l.T("op.consent.title", "client", l.Pick(q.Client))), q))
}

func (o *OP) basisWords(l locale.Printer, basis string) string {
	if law, ok := o.directory.Law(basis); ok {
		return l.Pick(law)
	}
	return l.T("op.basis.consent")
}

// rememberTx keeps a yes, so that the person is not asked again.
func (o *OP) rememberTx(tx *db.Tx, v visit, principal string, scopes []string) error {
	if err := saveConsent(tx, Consent{Person: v.actor.Person, Client: v.client.ID, Principal: principal, Scopes: scopes, MadeAt: o.now(), UntilAt: o.now() + consentLife.Microseconds()}); err != nil {
		return err
	}
	return o.leaf(tx, "consent.given", v.actor, v.client, locale.Text{
		MS: "Persetujuan diingat untuk " + v.client.Name.MS + ".", EN: "Consent remembered for " + v.client.Name.EN + "."})
}

func (o *OP) leaf(tx *db.Tx, kind string, a actor.Actor, c Client, why locale.Text) error {
	_, err := o.journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(a), Subjects: []string{a.Person}, Why: why,
		Data: map[string]any{"client": c.ID, "agency": c.Agency}})
	return err
}

// principalName is the name of somebody for whom a person may act now, or "".
func (o *OP) principalName(tx *db.Tx, person, principal string) (string, error) {
	if o.delegations == nil {
		return "", nil
	}
	list, err := o.delegations.Choices(tx, person, o.now())
	for _, c := range list {
		if c.Principal == principal {
			return c.Name, err
		}
	}
	return "", err
}

// consentWithdraw ends a remembered consent, every token that came of one, and a
// yes that the program has not come for yet: it learns nothing more from that
// moment on. What a person withdraws
// of their own ends what others obtained for them, too; of whom they act for,
// what they obtained themself.
func (o *OP) consentWithdraw(w http.ResponseWriter, req *http.Request) error {
	a, id := web.ActorOf(req.Context()), req.PathValue("client")
	principal := req.PostFormValue("for")
	if principal == "" {
		principal = a.Person
	}
	err := o.db.Write(req.Context(), func(tx *db.Tx) error {
		c, err := ClientByID(tx, id)
		if err != nil {
			return err
		}
		was, err := deleteConsent(tx, a.Person, id, principal)
		if err != nil {
			return err
		}
		ended, err := o.endWhere(tx, "person", a.Person, func(g standing) bool { return g.Client == id && g.Person == principal })
		if err != nil {
			return err
		}
		waits, err := deleteGiven(tx, a.Person, id, principal)
		if err != nil {
			return err
		}
		if !was && ended == 0 && waits == 0 {
			return fault.New(fault.Missing, "web.error.missing")
		}
		return o.leaf(tx, "consent.withdrawn", a, c, locale.Text{
			MS: "Persetujuan untuk " + c.Name.MS + " ditarik balik.", EN: "Consent for " + c.Name.EN + " withdrawn."})
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, req, "/me/consents?withdrawn=1")
}
