package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"balai/internal/domain/insight"
	"balai/internal/domain/portal"
	"balai/internal/domain/service"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// shelf shows the portal what the hall offers. It changes with a release or a
// new name of an agency, so it is put together once every few seconds and not
// for each page.
type shelf struct {
	h  *Hall
	mu sync.Mutex
	at time.Time
	// what was put together at that time
	services []portal.Service
	listings []portal.Service
	events   []portal.LifeEvent
	agencies []portal.Agency
}

// shelfLife is how long a new name may stay unseen.
const shelfLife = 3 * time.Second

func (s *shelf) Services() []portal.Service     { return filled(s, &s.services) }
func (s *shelf) Listings() []portal.Service     { return filled(s, &s.listings) }
func (s *shelf) LifeEvents() []portal.LifeEvent { return filled(s, &s.events) }
func (s *shelf) Agencies() []portal.Agency      { return filled(s, &s.agencies) }

// filled is one of the shelf's lists as of now.
func filled[T any](s *shelf, list *[]T) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill()
	return *list
}

func (s *shelf) fill() {
	now := s.h.clock.Now()
	if !s.at.IsZero() && now.Sub(s.at) < shelfLife {
		return
	}
	s.at, s.services, s.listings, s.events = now, nil, nil, nil
	bodies := s.bodies()
	byID := map[string]portal.Service{}
	for _, r := range s.h.service.Services() {
		byID[r.Service] = online(r, bodies)
		s.services = append(s.services, byID[r.Service])
	}
	after := map[string][]string{}
	for _, l := range s.h.service.Listings() {
		byID[l.ID] = outside(l, bodies)
		after[l.ID] = l.After
		s.listings = append(s.listings, byID[l.ID])
	}
	for _, e := range s.h.service.LifeEvents() {
		pe := portal.LifeEvent{Slug: e.Slug, Title: e.Title, Summary: e.Summary, Pictogram: e.Pictogram}
		for _, link := range e.Services {
			one, ok := byID[link.Service]
			if !ok {
				continue
			}
			step := portal.Step{Service: one, Note: link.Note}
			for _, id := range append(slices.Clone(link.After), after[link.Service]...) {
				if first, ok := byID[id]; ok {
					step.After = append(step.After, first)
				}
			}
			pe.Steps = append(pe.Steps, step)
		}
		if len(pe.Steps) > 0 {
			s.events = append(s.events, pe)
		}
	}
}

// bodies reads the agencies; an empty hall that has not named them yet has
// none, and shows their ids.
func (s *shelf) bodies() func(id string) portal.Agency {
	byID := map[string]portal.Agency{}
	err := s.h.db.Read(context.Background(), func(tx *db.Tx) error {
		list, err := s.h.directory.Agencies(tx)
		s.agencies = s.agencies[:0:0]
		for _, a := range list {
			byID[a.ID] = portal.Agency{ID: a.ID, Name: a.Name, Level: a.Level, State: a.State, Site: a.Site}
			s.agencies = append(s.agencies, byID[a.ID])
		}
		return err
	})
	if err != nil {
		s.h.log.Error("the agencies cannot be read", "error", err)
	}
	return func(id string) portal.Agency {
		if a, ok := byID[id]; ok {
			return a
		}
		return portal.Agency{ID: id, Name: locale.Same(id), Level: directory.Federal}
	}
}

// statesOf are the codes of the states in which something applies.
func statesOf(in []string) []string {
	var out []string
	for _, p := range directory.Places() {
		if definition.Applies(in, p.Code) {
			out = append(out, p.Code)
		}
	}
	return out
}

// online is a service in force.
func online(r *service.Release, body func(string) portal.Agency) portal.Service {
	d := r.Def
	return portal.Service{ID: d.ID, Title: d.Title, Summary: d.Summary, Agency: body(d.Agency), Promise: d.Charter.Promise,
		Online: true, Cost: d.CostText(), Time: d.Charter.Promise, Places: statesOf(d.AppliesIn)}
}

// outside is a service that its agency does itself.
func outside(l definition.Listing, body func(string) portal.Agency) portal.Service {
	s := portal.Service{ID: l.ID, Title: l.Title, Summary: l.Summary, Agency: body(l.Agency), Cost: l.Cost, Time: l.Time,
		Places: statesOf(l.AppliesIn), PersonalLaw: l.PersonalLaw}
	for state, ids := range l.Bodies {
		if s.Bodies == nil {
			s.Bodies = map[string][]portal.Agency{}
		}
		for _, id := range ids {
			s.Bodies[state] = append(s.Bodies[state], body(id))
		}
	}
	return s
}

// agencyName is an agency's name; an empty hall that has not named its
// agencies yet shows their ids.
func (h *Hall) agencyName(ctx context.Context, id string) locale.Text {
	name := locale.Same(id)
	_ = h.db.Read(ctx, func(tx *db.Tx) error {
		a, err := h.directory.Agency(tx, id)
		if err == nil {
			name = a.Name
		}
		return err
	})
	return name
}

// mine tells the portal what concerns a person.
type mine struct{ h *Hall }

func (m mine) ForYou(ctx context.Context, person string) ([]portal.Item, error) {
	items, err := m.h.service.ForYou(ctx, person, m.h.texts)
	out := make([]portal.Item, len(items))
	for i, it := range items {
		out[i] = portal.Item{Tag: it.Tag, Title: it.Title, Text: it.Text, Href: it.Href, Tone: it.Tone}
	}
	if err != nil {
		return nil, err
	}
	owed, err := m.h.owed(ctx, person)
	return append(out, owed...), err
}

// owed tells a person that they have bills to pay; nothing where they have none.
func (h *Hall) owed(ctx context.Context, person string) (out []portal.Item, err error) {
	var n int
	var sen int64
	err = h.db.Read(ctx, func(tx *db.Tx) (err error) { n, sen, err = h.bill.OwedBy(tx, person); return err })
	if err != nil || n == 0 {
		return nil, err
	}
	both := func(key string) (t locale.Text) {
		say := func(l locale.Printer) string { return l.T(key, "n", n, "amount", l.Ringgit(sen)) }
		return locale.Text{MS: say(h.texts.For(locale.Malay)), EN: say(h.texts.For(locale.English))}
	}
	return []portal.Item{{Tag: both("service.me.bills.tag"), Title: both("service.me.bills"), Text: both("service.me.bills.owed"), Href: "/me/bills", Tone: "gold"}}, nil
}

// Home reads a person's own state; it is no look, for nobody else sees it.
func (m mine) Home(ctx context.Context, person string) (state string, err error) {
	err = m.h.db.Read(ctx, func(tx *db.Tx) error {
		held, err := m.h.register.Facts(tx, person, []string{"population.person"})
		state = ""
		if err == nil {
			state, _ = held["applicant.state"].V.(string)
		}
		return err
	})
	return state, err
}

func (m mine) Looks(ctx context.Context, person string, limit int) (out []portal.Look, err error) {
	err = m.h.db.Read(ctx, func(tx *db.Tx) error {
		entries, err := m.h.journal.ForSubject(tx, person, "", limit)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, e := range entries {
			hides, err := m.h.protection.HidesAny(tx, e.Record.Subjects, person)
			if err != nil {
				return err
			}
			who, helped := e.Record.By.Title, e.Record.By.For.Person != ""
			if hides {
				who = service.SomeOfficer
			}
			switch a, err := m.h.directory.Agency(tx, e.Record.By.Agency); {
			case hides && helped: // not even of which body
			case helped && e.Record.By.Post == "": // a parent, a carer
				who = locale.Same(e.Record.By.Name)
			case e.Record.By.Post == "" && (e.Record.By.Person == person || e.Record.By.Agency == ""):
				who = locale.Text{MS: "Anda", EN: "You"}
			case err == nil && who == locale.Text{}: // a body, without its officer's title
				who = a.Name
			case err == nil:
				who = locale.Text{MS: who.MS + ", " + a.Name.MS, EN: who.EN + ", " + a.Name.EN}
			}
			out = append(out, portal.Look{At: e.Record.At, Who: who, Why: e.Record.Why, Href: "/me/looks/" + e.Leaf + ".tlog-proof"})
		}
		return nil
	})
	return out, err
}

// teams shows insight the services of an agency with their releases.
type teams struct{ h *Hall }

func (t teams) Of(ctx context.Context, agency string) ([]insight.Service, error) {
	var out []insight.Service
	for _, r := range t.h.service.Services() {
		if agency != "" && r.Def.Agency != agency {
			continue
		}
		s := insight.Service{ID: r.Service, Agency: r.Def.Agency, AgencyName: t.h.agencyName(ctx, r.Def.Agency), Title: r.Def.Title,
			Promise: r.Def.Charter.Promise, Counter: insight.Counter{
				Minutes: r.Def.Charter.TodayCounterMinutes, Fields: r.Def.Charter.TodayFieldsTyped,
				Visits: r.Def.Charter.TodayVisits, Source: r.Def.Charter.Source}}
		for _, rel := range t.h.service.Releases(r.Service) {
			ir := insight.Release{Number: rel.Number, At: rel.At, Notes: rel.Said(), Answers: rel.Reply(),
				Pages: []insight.Page{{ID: "held", Title: locale.Text{MS: "Maklumat yang kami ada", EN: "What we already hold"}}}}
			for _, fp := range rel.Def.Form.Pages {
				ir.Pages = append(ir.Pages, insight.Page{ID: fp.ID, Title: fp.Title})
			}
			s.Releases = append(s.Releases, ir)
		}
		out = append(out, s)
	}
	return out, nil
}

// mails shows the demo's mailbox.
type mails struct{ h *Hall }

func (m mails) Newest(ctx context.Context, limit int) (out []portal.Mail, err error) {
	err = m.h.db.Read(ctx, func(tx *db.Tx) error {
		list, err := m.h.notify.Mailbox(tx, limit)
		out = out[:0]
		for _, one := range list {
			out = append(out, portal.Mail{Address: one.Address, Subject: one.Subject, Body: one.Body, Lang: string(one.Lang), At: clock.FromMicro(one.At)})
		}
		return err
	})
	return out, err
}

func (m mails) NewestTexts(ctx context.Context, limit int) (out []portal.Text, err error) {
	err = m.h.db.Read(ctx, func(tx *db.Tx) error {
		list, err := m.h.notify.Texted(tx, limit)
		out = out[:0]
		for _, one := range list {
			out = append(out, portal.Text{Phone: one.Phone, Body: one.Body, Lang: string(one.Lang), At: clock.FromMicro(one.At)})
		}
		return err
	})
	return out, err
}
