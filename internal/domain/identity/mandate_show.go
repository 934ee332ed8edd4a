package identity

import (
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

// mandatesView is who may act for a person, and for whom they may.
type mandatesView struct {
	Mine, Past, Theirs []mandateLine
	Orgs               []orgLine
	Services           []ServiceTitle
	Form               giveForm
	Problems           []ui.Problem
}

type mandateLine struct {
	ID, Who, Scope, Until, State string
	Offered                      bool
	Acts                         []actLine
}

type actLine struct{ When, Who, What string }

type orgLine struct {
	ID   string
	Name locale.Text
}

// actsShown bounds the acts listed under a mandate; the person's own page of
// looks has all of them.
const actsShown = 200

func (x *Identity) mandatesPage(w http.ResponseWriter, r *http.Request) error {
	return x.mandatesRender(w, r, mandatesView{}, http.StatusOK)
}

func (x *Identity) mandatesRender(w http.ResponseWriter, r *http.Request, v mandatesView, status int) error {
	a := web.ActorOf(r.Context())
	page := ui.NewPage(r, web.L(r.Context()).T("identity.mandate.title"))
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
		mine, err := mandatesOf(tx, a.Subject())
		if err != nil {
			return err
		}
		acts, err := x.actsUnder(tx, page, a)
		if err != nil {
			return err
		}
		for _, m := range mine {
			line, err := x.line(tx, page, m, false)
			if err != nil {
				return err
			}
			if line.Acts = acts[m.ID]; m.Stands(x.now()) || line.Offered {
				v.Mine = append(v.Mine, line)
			} else {
				v.Past = append(v.Past, line)
			}
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
	return web.Render(w, r, status, mandatesPageView(page, v))
}

// given are the mandates that name a, by which they can act now or that wait
// for their answer.
func (x *Identity) given(tx *db.Tx, page ui.Page, a actor.Actor) ([]mandateLine, error) {
	list, err := mandatesTo(tx, a.Person, helperOf(a))
	if err != nil {
		return nil, err
	}
	var out []mandateLine
	for _, m := range list {
		if !m.names(a) || x.now() >= m.UntilAt {
			continue
		}
		line, err := x.line(tx, page, m, true)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// line names the other side: who may act, or for whom.
func (x *Identity) line(tx *db.Tx, p ui.Page, m Mandate, principal bool) (mandateLine, error) {
	l := mandateLine{ID: m.ID, Until: p.L.DateTime(clock.FromMicro(m.UntilAt)), Offered: m.State == Offered && x.now() < m.UntilAt,
		Scope: p.L.T("identity.mandate.all")}
	state := m.State
	if state == Active && !m.Stands(x.now()) || state == Offered && !l.Offered {
		state = Ended
	}
	l.State = p.L.T("identity.mandate.state." + state)
	if m.Services != nil {
		l.Scope = ""
		for _, s := range x.services.Titles() {
			for _, id := range m.Services {
				if id == s.ID {
					if l.Scope != "" {
						l.Scope += "; "
					}
					l.Scope += p.L.Pick(s.Title)
				}
			}
		}
	}
	var err error
	switch {
	case principal:
		l.Who, err = x.people.NameOf(tx, m.Principal)
	case m.Agency != "":
		org, e := x.directory.Agency(tx, m.Agency)
		l.Who, err = p.L.Pick(org.Name), e
	default:
		l.Who, err = x.people.NameOf(tx, m.Person)
	}
	return l, err
}

// actsUnder are the acts done under each of the person's mandates.
func (x *Identity) actsUnder(tx *db.Tx, p ui.Page, a actor.Actor) (map[string][]actLine, error) {
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
func (x *Identity) helperPage(w http.ResponseWriter, r *http.Request) error {
	page := ui.NewPage(r, web.L(r.Context()).T("identity.helper.title"))
	var list []mandateLine
	err := x.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = x.given(tx, page, web.ActorOf(r.Context()))
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, helperView(page, list))
}
