package app

import (
	"context"
	"sync"
	"time"

	"balai/internal/domain/insight"
	"balai/internal/domain/portal"
	"balai/internal/domain/service"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
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
	events   []portal.LifeEvent
}

// shelfLife is how long a new name may stay unseen.
const shelfLife = 3 * time.Second

func (s *shelf) Services() []portal.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill()
	return s.services
}

func (s *shelf) LifeEvents() []portal.LifeEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill()
	return s.events
}

func (s *shelf) fill() {
	now := s.h.clock.Now()
	if !s.at.IsZero() && now.Sub(s.at) < shelfLife {
		return
	}
	s.at, s.services, s.events = now, nil, nil
	byID := map[string]portal.Service{}
	for _, r := range s.h.service.Services() {
		byID[r.Service] = s.one(r)
		s.services = append(s.services, byID[r.Service])
	}
	for _, e := range s.h.service.LifeEvents() {
		pe := portal.LifeEvent{Slug: e.Slug, Title: e.Title, Summary: e.Summary, Pictogram: e.Pictogram}
		for _, link := range e.Services {
			if one, ok := byID[link.Service]; ok {
				pe.Steps = append(pe.Steps, portal.Step{Service: one, Note: link.Note})
			}
		}
		if len(pe.Steps) > 0 {
			s.events = append(s.events, pe)
		}
	}
}

func (s *shelf) one(r *service.Release) portal.Service {
	return portal.Service{ID: r.Service, Title: r.Def.Title, Summary: r.Def.Summary, Agency: s.h.agencyName(context.Background(), r.Def.Agency), Promise: r.Def.Charter.Promise}
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
	return out, err
}

func (m mine) Looks(ctx context.Context, person string, limit int) (out []portal.Look, err error) {
	err = m.h.db.Read(ctx, func(tx *db.Tx) error {
		entries, err := m.h.journal.ForSubject(tx, person, "", limit)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, e := range entries {
			who := e.Record.By.Title
			if e.Record.By.Post == "" {
				who = locale.Text{MS: "Anda", EN: "You"}
			} else if a, err := m.h.directory.Agency(tx, e.Record.By.Agency); err == nil {
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
			ir := insight.Release{Number: rel.Number, At: rel.At, Notes: rel.Notes, Answers: rel.Answers,
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
