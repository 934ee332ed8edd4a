package service

import (
	"context"
	"slices"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// LifeEventOut is a moment in a life and the services for it.
type LifeEventOut struct {
	Slug     string      `json:"slug"`
	Title    locale.Text `json:"title"`
	Summary  locale.Text `json:"summary"`
	Services []string    `json:"services" doc:"Ids of those that are online here"`
	Steps    []StepOut   `json:"steps" doc:"All agencies' services for this moment, in the order in which a person needs them"`
}

// StepOut is one service's place in a life event.
type StepOut struct {
	Service     string              `json:"service" doc:"Its id, such as jpn/birth-registration"`
	Agency      string              `json:"agency" doc:"Who answers for it"`
	Title       locale.Text         `json:"title"`
	Why         locale.Text         `json:"why"`
	Cost        locale.Text         `json:"cost"`
	Time        locale.Text         `json:"time"`
	After       []string            `json:"after" doc:"Ids of what must come first"`
	Places      []string            `json:"places" doc:"Codes of the states where the step is to be taken, ISO 3166-2"`
	PersonalLaw string              `json:"personal_law" enum:",civil,muslim" doc:"Whose family law asks for it; empty where it is the same for all"`
	Bodies      map[string][]string `json:"bodies" doc:"Ids of who does it, by state, where that is not the agency"`
	Online      bool                `json:"online"`
	URL         string              `json:"url"`
	Channel     *ChannelOut         `json:"channel" doc:"The agency's own way; null where the step is online here"`
}

// ChannelOut is where an agency does a service itself.
type ChannelOut struct {
	Site    string      `json:"site" doc:"May be empty"`
	Phone   string      `json:"phone" doc:"May be empty"`
	Counter locale.Text `json:"counter"`
}

type lifeEventsOut struct {
	LifeEvents []LifeEventOut `json:"life_events"`
}

// apiLifeEvents tells a program what the pages of life events tell a person.
func (p *Part) apiLifeEvents(ctx context.Context, _ *none) (*body[lifeEventsOut], error) {
	sites, err := p.sites(ctx)
	if err != nil {
		return nil, err
	}
	out := lifeEventsOut{LifeEvents: []LifeEventOut{}}
	for _, e := range p.LifeEvents() {
		l := LifeEventOut{Slug: e.Slug, Title: e.Title, Summary: e.Summary, Services: []string{}, Steps: []StepOut{}}
		for _, link := range e.Services {
			step, ok := p.step(link, sites)
			if !ok {
				continue // retired since the event was written
			}
			if step.Online {
				l.Services = append(l.Services, step.Service)
			}
			l.Steps = append(l.Steps, step)
		}
		out.LifeEvents = append(out.LifeEvents, l)
	}
	return ok(out), nil
}

// sites are the agencies' own home pages.
func (p *Part) sites(ctx context.Context) (map[string]string, error) {
	var out map[string]string
	err := p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := p.Directory.Agencies(tx)
		out = map[string]string{}
		for _, a := range all {
			out[a.ID] = a.Site
		}
		return err
	})
	return out, err
}

// step is a link of a life event with what it leads to.
func (p *Part) step(link definition.ServiceLink, sites map[string]string) (StepOut, bool) {
	out := StepOut{Service: link.Service, Why: link.Note, After: append([]string{}, link.After...), Bodies: map[string][]string{}, URL: "/service/" + link.Service}
	if r, err := p.Current(link.Service); err == nil {
		d := r.Def
		out.Agency, out.Title, out.Online = d.Agency, d.Title, true
		out.Cost, out.Time, out.Places = d.CostText(), d.Charter.Promise, placesOf(d.AppliesIn)
		if out.Why.Empty() {
			out.Why = d.Summary
		}
		return out, true
	}
	l, known := p.listing(link.Service)
	if !known {
		return StepOut{}, false
	}
	out.Agency, out.Title, out.Cost, out.Time = l.Agency, l.Title, l.Cost, l.Time
	out.Places, out.PersonalLaw = placesOf(l.AppliesIn), l.PersonalLaw
	if l.Bodies != nil {
		out.Bodies = l.Bodies
	}
	if out.Why.Empty() {
		out.Why = l.Why
	}
	for _, id := range l.After {
		if !slices.Contains(out.After, id) {
			out.After = append(out.After, id)
		}
	}
	out.Channel = &ChannelOut{Site: l.Site, Phone: l.Phone, Counter: l.Counter}
	if out.Channel.Site == "" {
		out.Channel.Site = sites[l.Agency]
	}
	return out, true
}

// placesOf are the codes of the states in which something applies.
func placesOf(in []string) []string {
	out := []string{}
	for _, one := range directory.Places() {
		if definition.Applies(in, one.Code) {
			out = append(out, one.Code)
		}
	}
	return out
}
