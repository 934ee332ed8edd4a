package backoffice

import (
	"context"
	"embed"
	"log/slog"
	"slices"
	"time"

	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// Texts are the part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is the part's cedar text.
//
//go:embed policy.cedar
var Policy string

//go:embed migration
var migrations embed.FS

// Migration makes the tables backoffice_*.
func Migration() db.Migration {
	return db.Migration{Part: "backoffice", FS: migrations,
		Blobs: []string{"backoffice_document.sha"}}
}

// A Case is one that an agency keeps in its own system. Times are unix
// microseconds, 0 for not yet; days are 2006-01-02 or "".
type Case struct {
	Ref, Agency, TheirRef, Person string
	Title                         locale.Text
	Service                       string
	State                         casework.State // as the agency said
	Status, Question              locale.Text
	SubmittedOn, DueOn, Link      string
	Version                       int64
	TheirAt                       int64 // updated_at as the agency said
	AnsweredAt, WithdrawnAt       int64 // by the person, here
	MadeAt, ChangedAt             int64
	Acts                          int64
}

// Shown is the state that the person sees: what they withdrew is withdrawn at
// once, unless the agency had decided meanwhile.
func (c Case) Shown() casework.State {
	if c.WithdrawnAt > 0 && c.State.Open() {
		return casework.Withdrawn
	}
	return c.State
}

// Answered tells whether the person answered what the agency waits for, and has
// heard nothing since.
func (c Case) Answered() bool { return c.Shown() == casework.Waiting && c.AnsweredAt > 0 }

// Word ends the key of the words for how the case stands: who has answered is
// not told to answer.
func (c Case) Word() string {
	if c.Answered() {
		return "answered"
	}
	return string(c.Shown())
}

// Asks tells whether the agency waits for an answer.
func (c Case) Asks() bool {
	return c.Shown() == casework.Waiting && !c.Question.Empty() && c.AnsweredAt == 0
}

// Kinds of acts.
const (
	actCase     = "case"     // handed in, or its state, status or question changed
	actMessage  = "message"  // from the agency
	actReply    = "reply"    // from the person
	actDocument = "document" // from the agency
	actWithdraw = "withdraw" // by the person
)

// Act is one thing that happened in a case.
type Act struct {
	ID, Ref       string
	N             int64
	Kind, TheirID string
	State         casework.State
	Text          locale.Text
	At            int64
	Leaf          string
	ByName        string // of somebody who did it for the person
	Digest        string
}

// Document is a file that the agency put into a case.
type Document struct {
	ID, Ref   string
	Title     locale.Text
	Type, SHA string
	Size, At  int64
}

// Holding is one thing that an agency's system holds about a person.
type Holding struct {
	Agency, Person, Name  string
	Label, Value          locale.Text
	AsOf                  string
	Basis                 locale.Text
	ChangedAt, DisputedAt int64
}

// People are the registers, as far as this part needs them.
type People interface {
	// ByIDNumber and NameOf are fault Missing for nobody.
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	NameOf(tx *db.Tx, person string) (string, error)
}

// Agencies are the bodies of the state.
type Agencies interface {
	Agency(tx *db.Tx, id string) (directory.Agency, error)
}

// Services are what the hall's pages tell of.
type Services interface {
	// DoneBy tells whether an agency does what is listed by another.
	DoneBy(service, agency string) bool
}

// Deps is what the part stands on.
type Deps struct {
	DB       *db.DB
	Clock    clock.Clock
	IDs      *id.Source
	Journal  *journal.Journal
	Outbox   *outbox.Outbox
	Notify   *notify.Notify
	Blobs    blob.Store
	People   People
	Agencies Agencies
	Services Services
	Texts    *locale.Catalog
	Log      *slog.Logger
	BaseURL  string
	Hook     *hook.Caller
	// Drop is the folder below which agencies put files, "" for none.
	Drop string
	// FileRows is how many rows of a file one job reads; 0 means perJob.
	FileRows int
	Meter    *meter.Meter
	Limits   Limits // none means UsualLimits
}

// BackOffice is the part.
type BackOffice struct {
	Deps
	passed passed        // what in the drop folder was told not to be read
	large  chan struct{} // a place for each large body of nobody yet known
}

// New makes the part and takes on its jobs.
func New(d Deps) *BackOffice {
	b := &BackOffice{Deps: d, large: make(chan struct{}, unprovenLarge)}
	if b.FileRows == 0 {
		b.FileRows = perJob
	}
	if b.Limits == (Limits{}) {
		b.Limits = UsualLimits
	}
	b.Outbox.Handle(jobDeliver, b.deliver)
	b.Outbox.Handle(jobFile, b.readFile)
	b.Outbox.Every("backoffice.sweep", time.Hour, b.sweep)
	if d.Drop != "" {
		b.Outbox.Every("backoffice.drop", dropEvery, b.SweepDrop)
	}
	return b
}

func (b *BackOffice) now() int64 { return clock.Micro(b.Clock.Now()) }

// states are the words in which an agency says how far a case is: the hall's
// own.
func states() []casework.State {
	return []casework.State{casework.Received, casework.Checking, casework.Waiting, casework.Deciding, casework.Approved,
		casework.Refused, casework.Withdrawn, casework.Issued, casework.Closed}
}

func isState(s string) bool { return slices.Contains(states(), casework.State(s)) }

// agencyName is what an agency is called; its id where nobody has named it.
func (b *BackOffice) agencyName(tx *db.Tx, id string) locale.Text {
	if a, err := b.Agencies.Agency(tx, id); err == nil {
		return a.Name
	}
	return locale.Same(id)
}

// keepRequests is how long an answer is kept for the same request: longer than
// any client tries again.
const keepRequests = 7 * 24 * time.Hour

// sweep forgets answers that nobody asks for any more.
func (b *BackOffice) sweep(ctx context.Context) error {
	now := b.Clock.Now()
	return b.DB.Write(ctx, func(tx *db.Tx) error { return forget(tx, clock.Micro(now.Add(-keepRequests)), hourOf(now)-1) })
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }
