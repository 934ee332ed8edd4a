package app

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
	"balai/internal/spine/search"
)

// Kinds of what can be found.
const (
	foundService = "service"
	foundListing = "listing"
	foundEvent   = "event"
	foundAgency  = "agency"
)

// onlineWeight puts what can be done here a little before what cannot.
const onlineWeight = 1.2

// offered is what the hall offers at one moment, as search and the pages see it.
type offered struct {
	services []*definition.Service
	listings []definition.Listing
	events   []definition.LifeEvent
	laws     func(id string) (definition.Law, bool)
	agencies map[string]locale.Text
}

// docs turns what the hall offers into what can be found.
func (o offered) docs() []search.Doc {
	moments, first := map[string][]locale.Text{}, map[string][]locale.Text{}
	var out []search.Doc
	for _, e := range o.events {
		var notes []locale.Text
		begins := max(0, slices.IndexFunc(e.Services, func(l definition.ServiceLink) bool { return l.Start }))
		for i, link := range e.Services {
			if i == begins { // who names the moment wants where it starts
				first[link.Service] = append(first[link.Service], e.Title)
			} else {
				moments[link.Service] = append(moments[link.Service], e.Title)
			}
			notes = append(notes, link.Note)
		}
		out = append(out, search.Doc{Kind: foundEvent, ID: e.Slug, Title: e.Title, Summary: e.Summary, More: notes})
	}
	offers := map[string]bool{}
	for _, s := range o.services {
		offers[s.Agency] = true
		d := search.Doc{Kind: foundService, ID: s.ID, Title: s.Title, Summary: s.Summary, Keywords: append(keywords(s.Keywords), first[s.ID]...),
			Agency: o.agency(s.Agency), Moments: moments[s.ID], More: []locale.Text{s.Charter.Promise}, Weight: onlineWeight}
		out = append(out, o.withLaw(d, s.Law))
	}
	for _, l := range o.listings {
		offers[l.Agency] = true
		d := search.Doc{Kind: foundListing, ID: l.ID, Title: l.Title, Summary: l.Summary, Keywords: append(keywords(l.Keywords), first[l.ID]...),
			Agency: o.agency(l.Agency), Moments: moments[l.ID], More: []locale.Text{l.Why}}
		for _, list := range l.Bodies {
			for _, body := range list {
				offers[body] = true
			}
		}
		out = append(out, o.withLaw(d, l.Law))
	}
	for id, name := range o.agencies {
		if offers[id] {
			out = append(out, search.Doc{Kind: foundAgency, ID: id, Title: name, Keywords: []locale.Text{locale.Same(id)}})
		}
	}
	return out
}

func (o offered) agency(id string) []locale.Text {
	return []locale.Text{locale.Same(id), o.agencies[id]}
}

func (o offered) withLaw(d search.Doc, id string) search.Doc {
	if l, ok := o.laws(id); ok {
		d.More = append(d.More, l.Title)
	}
	return d
}

func keywords(k definition.Keywords) []locale.Text {
	return []locale.Text{{MS: strings.Join(k.MS, " | "), EN: strings.Join(k.EN, " | ")}}
}

// offeredBy is what a catalogue offers by itself, without a database.
func offeredBy(c *definition.Catalogue, agencies map[string]locale.Text) offered {
	return offered{services: c.Services, listings: c.Listings, events: c.LifeEvents, agencies: agencies,
		laws: func(id string) (definition.Law, bool) { l, ok := c.Laws[id]; return l, ok }}
}

// synonymsOf reads a catalogue's synonyms; a catalogue without any has none.
func synonymsOf(fsys fs.FS) (*search.Synonyms, error) {
	text, err := fs.ReadFile(fsys, "synonym.yaml")
	if err != nil {
		return nil, nil
	}
	s, err := search.ReadSynonyms(text)
	if err != nil {
		return nil, fmt.Errorf("synonym.yaml: %w", err)
	}
	return s, nil
}

// finder answers questions over what the hall offers now. A question never
// waits for a new index: while one asker makes it, the others use the old.
type finder struct {
	h        *Hall
	synonyms *search.Synonyms

	mu      sync.RWMutex
	index   *search.Index
	made    string // of which releases and names
	checked time.Time
	making  sync.Mutex
}

func newFinder(h *Hall) (*finder, error) {
	synonyms, err := synonymsOf(h.definitions())
	return &finder{h: h, synonyms: synonyms}, err
}

// indexLife is how long a release or an agency's new name may stay unfound.
const indexLife = 2 * time.Second

// Find answers a question.
func (f *finder) Find(ctx context.Context, q search.Query) search.Result {
	return f.current(ctx).Find(q)
}

func (f *finder) current(ctx context.Context) *search.Index {
	f.mu.RLock()
	x, fresh := f.index, f.h.clock.Now().Sub(f.checked) < indexLife
	f.mu.RUnlock()
	switch {
	case x != nil && fresh:
		return x
	case x == nil:
		f.making.Lock()
	case !f.making.TryLock():
		return x
	}
	defer f.making.Unlock()
	return f.renew(ctx)
}

// renew makes a new index where something has changed.
func (f *finder) renew(ctx context.Context) *search.Index {
	now := f.h.clock.Now()
	o := offered{listings: f.h.service.Listings(), events: f.h.service.LifeEvents(), laws: f.h.service.Law, agencies: map[string]locale.Text{}}
	var made strings.Builder
	for _, r := range f.h.service.Services() {
		o.services = append(o.services, r.Def)
		made.WriteString(r.Name())
	}
	var all []directory.Agency
	// Names that cannot be read now are read at the next look.
	_ = f.h.db.Read(context.WithoutCancel(ctx), func(tx *db.Tx) (err error) {
		all, err = f.h.directory.Agencies(tx)
		return err
	})
	for _, a := range all {
		o.agencies[a.ID] = a.Name
		fmt.Fprintf(&made, "|%s %s %s", a.ID, a.Name.MS, a.Name.EN)
	}
	f.mu.RLock()
	x, same := f.index, f.made == made.String()
	f.mu.RUnlock()
	if x == nil || !same {
		x = search.New(o.docs(), f.synonyms)
	}
	f.mu.Lock()
	f.index, f.made, f.checked = x, made.String(), now
	f.mu.Unlock()
	return x
}
