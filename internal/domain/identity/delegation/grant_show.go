package delegation

import (
	"net/http"
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// grantsView is who may act for a person, and for whom they may.
type grantsView struct {
	Mine, Past, Theirs []grantLine
	Orgs               []orgLine
	Services           []ServiceTitle
	Form               giveForm
	Problems           []ui.Problem
}

type grantLine struct {
	ID, Kind, Who, What, Scope, Until, State string
	Company                                  string // its number, where it is one
	Offered                                  bool
	Mandate                                  bool // given by the principal, who ends it
	Acts                                     []actLine
	Next                                     string   // where who begins to act goes on
	services                                 []string // those that it is for; nil is all
}

type actLine struct{ When, Who, What string }

type orgLine struct {
	ID   string
	Name locale.Text
}

// actsShown bounds the acts listed under a mandate; the person's own page of
// looks has all of them.
const actsShown = 200

func (x *Delegations) grantsPage(w http.ResponseWriter, r *http.Request) error {
	return x.grantsRender(w, r, grantsView{}, http.StatusOK)
}

func (x *Delegations) grantsRender(w http.ResponseWriter, r *http.Request, v grantsView, status int) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("delegation.title"))
	page.Before = ui.BackLink(ui.BackLinkProps{Href: "/me"})
	page.Error = len(v.Problems) > 0
	v.Services = x.services.Titles()
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.Mine, v.Past, v.Theirs, v.Orgs = nil, nil, nil, nil
		orgs, err := x.organisations(tx)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			v.Orgs = append(v.Orgs, orgLine{o.ID, o.Name})
		}
		mine, err := grantsOf(tx, a.Subject())
		if err != nil {
			return err
		}
		acts, err := x.actsUnder(tx, page, a)
		if err != nil {
			return err
		}
		for _, g := range mine {
			line, err := x.line(tx, page, g, false)
			if err != nil {
				return err
			}
			if g.Kind == Barred && g.State != Active { // only whether a parent may act is told
				continue
			}
			if line.Acts = acts[g.ID]; g.Kind != Barred && g.Stands(x.now()) || line.Offered || g.State == Proposed {
				v.Mine = append(v.Mine, line)
			} else {
				v.Past = append(v.Past, line)
			}
		}
		if err := x.parentLines(tx, page, a.Subject(), acts, &v); err != nil {
			return err
		}
		if a.Acting() { // an officer gives for the person, and takes nothing
			return nil
		}
		v.Theirs, err = x.given(tx, page, a)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, status, grantsPageView(page, v))
}

// parentLines are a child's parents, who act for it until it is of age, and
// afterwards what they did, if anything.
func (x *Delegations) parentLines(tx *db.Tx, page ui.Page, child string, acts map[string][]actLine, v *grantsView) error {
	born, err := x.people.BornOn(tx, child)
	if fault.CodeOf(err) == fault.Missing || err == nil && born == "" {
		return nil // an officer without an entry
	}
	if err != nil {
		return err
	}
	parents, err := x.people.Parents(tx, child)
	if err != nil || len(parents) == 0 {
		return err
	}
	done := acts[childPrefix+child]
	for i, parent := range parents {
		g, err := guardianship(parent, Child{ID: child, BornOn: born})
		if err != nil {
			return err
		}
		line, err := x.line(tx, page, g, false)
		if err != nil {
			return err
		}
		if i == 0 {
			line.Acts = done
		}
		stands, err := x.stands(tx, g, parent, x.now())
		switch {
		case err != nil:
			return err
		case stands:
			v.Mine = append(v.Mine, line)
		case len(line.Acts) > 0:
			line.State = page.L.T("delegation.state.ended")
			v.Past = append(v.Past, line)
		}
	}
	return nil
}

// given are the delegations that name a, by which they can act now or that wait
// for their answer. Whom an order hides from them is not told.
func (x *Delegations) given(tx *db.Tx, page ui.Page, a actor.Actor) ([]grantLine, error) {
	list, err := x.rightsOf(tx, a)
	if err != nil {
		return nil, err
	}
	var out []grantLine
	for _, g := range list {
		wants := g.State == Offered && x.now() < g.UntilAt
		if !wants {
			stands, err := x.stands(tx, g, a.Person, x.now())
			if err != nil {
				return nil, err
			}
			if !stands {
				continue
			}
		} else if kept, err := x.keptAway(tx, g, a.Person); err != nil {
			return nil, err
		} else if kept {
			continue
		}
		line, err := x.line(tx, page, g, true)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// line names the other side: who may act, or for whom.
func (x *Delegations) line(tx *db.Tx, p ui.Page, g Grant, principal bool) (grantLine, error) {
	l := grantLine{ID: g.ID, Kind: g.Kind, services: g.Services, Offered: g.State == Offered && x.now() < g.UntilAt, Mandate: g.mandate(),
		Until: p.L.T("delegation.until", "time", p.L.DateTime(clock.FromMicro(g.UntilAt)))}
	switch g.Kind {
	case Guardian:
		l.Until = p.L.T("delegation.until.adult", "day", p.L.Date(clock.FromMicro(g.UntilAt)))
	case Director:
		l.Until = p.L.T("delegation.until.company")
	}
	state := g.State
	if state == Active && !g.Stands(x.now()) || state == Offered && !l.Offered {
		state = Ended
	}
	l.State, l.What = p.L.T("delegation.state."+state), p.L.T("delegation.kind."+g.Kind)
	if l.Company, _ = actor.CompanyNumber(g.Principal); g.Kind == Director {
		l.services = x.forCompanies()
	} else if l.Company == "" {
		l.Scope = x.scopeWords(p, g)
	}
	var err error
	switch {
	case principal:
		l.Who, err = x.nameOf(tx, g)
	case g.Agency != "":
		org, e := x.directory.Agency(tx, g.Agency)
		l.Who, err = p.L.Pick(org.Name), e
	default:
		l.Who, err = x.people.NameOf(tx, g.Person)
	}
	return l, err
}

// scopeWords are the services that a grant is for.
func (x *Delegations) scopeWords(p ui.Page, g Grant) string {
	if g.Services == nil {
		return p.L.T("delegation.all")
	}
	var out []string
	for _, s := range x.services.Titles() {
		if slices.Contains(g.Services, s.ID) {
			out = append(out, p.L.Pick(s.Title))
		}
	}
	return strings.Join(out, "; ")
}

// actsUnder are the acts done for the person under each delegation.
func (x *Delegations) actsUnder(tx *db.Tx, p ui.Page, a actor.Actor) (map[string][]actLine, error) {
	entries, err := x.journal.ForSubject(tx, a.Subject(), "", actsShown)
	out := map[string][]actLine{}
	for _, e := range entries {
		if by := e.Record.By; by.For.Right != "" && by.For.As != actor.Counter {
			out[by.For.Right] = append(out[by.For.Right], actLine{p.L.DateTime(clock.FromMicro(e.Record.At)), by.Name, p.L.Pick(e.Record.Why)})
		}
	}
	return out, err
}

// helperPage is the helper's desk: who gave their organisation a mandate that
// stands. One that was ended is not there any more.
func (x *Delegations) helperPage(w http.ResponseWriter, r *http.Request) error {
	page := ui.NewPage(r, web.L(r.Context()).T("delegation.helper.title"))
	var list []grantLine
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = x.given(tx, page, web.ActorOf(r.Context()))
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, helperView(page, list))
}
