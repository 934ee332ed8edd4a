package desk

import (
	"context"
	"embed"
	"net/http"
	"net/url"

	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/policy"
)

// Texts are the desk's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is who has a desk; the acts on a case are the service part's actions.
//
//go:embed policy.cedar
var Policy string

// Service is what the desk needs of the part whose cases these are.
type Service interface {
	// Content tells what a case is about, as the viewer may see it.
	Content(tx *db.Tx, viewer actor.Actor, c casework.Case) (casework.Content, error)
	// Look records that an officer saw the case, once a quarter of an hour.
	Look(ctx context.Context, a actor.Actor, ref string) error
	// CaseResource is what policies may know of a case.
	CaseResource(r *http.Request, ref string) (policy.Resource, error)
	// Sees tells whether a policy lets the viewer see what a case is about.
	Sees(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error)
	// Act does one act on a case.
	Act(ctx context.Context, by actor.Actor, ref, kind string, version int, data map[string]any) (casework.Case, error)
}

// Forms knows the questions behind a case, for corrections.
type Forms interface {
	// Fields are the answers that a correction can change, in the order of
	// the form; none for a case that has no form.
	Fields(c casework.Case) ([]Field, error)
	// Typed reads corrected values as their fields mean them. Faults carry
	// the field's id as their location.
	Typed(c casework.Case, values url.Values) (map[string]any, []fault.Field, error)
	// Needed are the values that a yes needs and only the decider knows; none
	// for most cases.
	Needed(tx *db.Tx, c casework.Case) ([]Field, error)
}

// Field is one answer that can be corrected.
type Field struct {
	ID      string
	Label   locale.Text
	Options []Option // a choice; empty for words
	Multi   bool     // of any of the options
	Date    bool     // written as 2026-11-23
	Money   bool     // written in ringgit, kept in sen
}

// Option is one choice of a field.
type Option struct {
	Value string
	Label locale.Text
}

// People knows what a person is called and in which language they are written to.
type People interface {
	LangOf(tx *db.Tx, person string) (locale.Lang, error)
	NameOf(tx *db.Tx, person string) (string, error)
}

// Reach tells whether a person hears of what is done in their case.
type Reach interface {
	Reach(tx *db.Tx, person string) (notify.Reach, error)
}

// Finder finds people by what is typed whole: a name or an identity number.
type Finder interface {
	Named(tx *db.Tx, text string) (persons []string, err error)
}

// Seal tells whether a case of a protected person is hidden from an officer.
type Seal interface {
	Sealed(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error)
}

// Names of the services whose cases an agency works on; of all where it is "".
type Names interface {
	ServicesOf(agency string) []ServiceName
}

// ServiceName is a service as a list names it.
type ServiceName struct {
	Kind  string // jpn/birth-registration
	Title locale.Text
}

// Journal is where leave and searches by name are recorded.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Deps is what the desk stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Cases     *casework.Engine
	Calendars *calendar.Set
	Directory *directory.Directory
	Blobs     blob.Store
	Texts     *locale.Catalog
	Service   Service
	Forms     Forms
	People    People
	Reach     Reach
	Finder    Finder
	Seal      Seal
	Names     Names
	Journal   Journal
	IDs       *id.Source
}

// Desk is the part.
type Desk struct{ Deps }

// New makes the part.
func New(d Deps) *Desk { return &Desk{d} }
