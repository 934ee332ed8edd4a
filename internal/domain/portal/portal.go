package portal

import (
	"context"
	"embed"
	"io"

	"balai/internal/spine/actor"
	"balai/internal/spine/locale"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Service is one service as a card shows it: in force here, or listed because
// its agency does it elsewhere.
type Service struct {
	ID             string      // "jpn/birth-registration"
	Title, Summary locale.Text // what it is, in a sentence
	Agency         Agency      // who answers for it
	Promise        locale.Text // how long and how much, in a line; may be empty

	Online      bool                // it can be done here
	Cost, Time  locale.Text         // of a life event's step
	Places      []string            // codes of the states where it applies, such as "MY-12"
	PersonalLaw string              // "muslim", "civil", or "" where it is the same for all
	Bodies      map[string][]Agency // who does it for a state, where that is not Agency
}

// Href is the service's page.
func (s Service) Href() string { return "/service/" + s.ID }

// of tells whether an agency does the service anywhere.
func (s Service) of(agency string) bool {
	for _, list := range s.Bodies {
		for _, a := range list {
			if a.ID == agency {
				return true
			}
		}
	}
	return len(s.Bodies) == 0 && s.Agency.ID == agency
}

// Agency is a public body: federal, state or local. State is the code of the
// state whose body it is, Site its own home page; either may be empty.
type Agency struct {
	ID, Level, State, Site string
	Name                   locale.Text
}

// Href is the agency's page.
func (a Agency) Href() string { return "/agency/" + a.ID }

// Step is a service's place in a life event.
type Step struct {
	Service Service
	Note    locale.Text // when or why in this event
	After   []Service   // what must come first
}

// LifeEvent clusters services around a moment in a life.
type LifeEvent struct {
	Slug           string
	Title, Summary locale.Text
	Pictogram      string
	Steps          []Step
}

// Href is the life event's page.
func (e LifeEvent) Href() string { return "/life/" + e.Slug }

// Shelf holds what the hall offers today, and what it only lists. A life event
// has at least one step.
type Shelf interface {
	LifeEvents() []LifeEvent
	Services() []Service
	Listings() []Service
	Agencies() []Agency
}

// Item is something that concerns a person now: an offer, a draft to finish,
// a case that waits for an answer. Tone is leaf for good news, gold for what
// waits for the person, empty for the rest.
type Item struct {
	Tag, Title, Text locale.Text
	Href, Tone       string
}

// Look is one access to a person's data.
type Look struct {
	At   int64       // unix microseconds
	Who  locale.Text // the post and its agency
	Why  locale.Text
	Href string // its proof; may be empty
}

// Mine tells what concerns a person.
type Mine interface {
	ForYou(ctx context.Context, person string) ([]Item, error)
	Looks(ctx context.Context, person string, limit int) ([]Look, error)
	// Home is the code of the state where the registers say that the person
	// lives, "" where none does.
	Home(ctx context.Context, person string) (string, error)
	// Progress is how far who is signed in has come with services, by id: for
	// themself and for what they have, or for the business for which they act.
	Progress(ctx context.Context, a actor.Actor, services []string) (map[string]Progress, error)
	// Cases are those of the person that a question is about.
	Cases(ctx context.Context, person, q string, lang locale.Lang) ([]Own, error)
}

// Progress is how far somebody has come with a step.
type Progress struct {
	Done   bool
	Number string // what its register gave; may be empty
	Word   string // key of the text that says how the case stands
	Class  string // the colour of its tag
	Href   string // of the case or the draft; empty where there is none to read
	Paper  string // of its document; may be empty
	Draft  bool   // begun and not sent
}

// Own is a person's own case among what was found.
type Own struct {
	Ref, Href     string
	Title, Agency locale.Text
	State, Class  string // a word of the case engine; the colour of its tag
	Elsewhere     bool   // the agency keeps it in its own system
}

// Record is the public journal.
type Record interface {
	Checkpoint(ctx context.Context) ([]byte, error)
	VKey() string
	Origin() string
}

// Material is something in the hall's program that others wrote.
type Material struct{ Name, Version, Licence string }

// Notices are the materials and, written out, their licences.
type Notices interface {
	Parts() ([]Material, error)
	Write(out io.Writer) error
}

// Deps is what the portal needs of the hall.
type Deps struct {
	Shelf     Shelf
	Finder    Finder
	Mine      Mine
	Record    Record
	Notices   Notices
	Counts    Counts
	Past      Past
	Contact   Contact
	Mails     Mails  // the demo's mailbox; nil elsewhere
	Phones    Phones // the demo's telephones; nil elsewhere
	BaseURL   string // scheme and host, no slash at the end
	LooksHref string // the page of all accesses to one's data
	Demo      bool
}

// Portal serves the front. Make it with New.
type Portal struct{ Deps }

// New makes the portal.
func New(d Deps) *Portal { return &Portal{d} }

func (x *Portal) lifeEvent(slug string) (LifeEvent, bool) {
	for _, e := range x.Shelf.LifeEvents() {
		if e.Slug == slug {
			return e, true
		}
	}
	return LifeEvent{}, false
}
