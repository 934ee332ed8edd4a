package service

import (
	"embed"
	"log/slog"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

//go:embed text.yaml
var Texts embed.FS

//go:embed policy.cedar
var Policy string

// Fact is one value that a register holds about a person.
type Fact struct {
	Field    string      `json:"field"`
	Value    any         `json:"value"` // string, int64, bool or a date as 2006-01-02
	Register locale.Text `json:"register"`
	Agency   string      `json:"agency"`
	AsOf     int64       `json:"as_of"`
	Entry    string      `json:"entry"`
	Version  int         `json:"version"`
}

// Entry asks for a register entry; Made is what came of it.
type (
	Entry struct {
		Register string
		Values   map[string]any
		Person   string // the applicant
		By       journal.By
		Case     string
		Basis    string
	}
	Made struct {
		Entry, Number    string
		Person, IDNumber string            // of the person that the entry made, such as a child
		Numbers          map[string]string // by field, those that the register makes itself
		Told             []Told            // registers into which it was written on
	}
)

// Told is a register that was told of what an entry changes.
type Told struct {
	Register locale.Text `json:"register"`
	Agency   string      `json:"agency"`
}

// Correction sets one held value right.
type Correction struct {
	Person, Field, Entry string
	Value                any            // string, int64 or a date as 2006-01-02
	With                 map[string]any // what Needs names, by its name
	By                   journal.By
	Case, Basis          string
	Why                  locale.Text
}

// Need is a value that the register's owner has to give for a correction that
// one value cannot make; its type is a form field's.
type Need struct{ Name, Type string }

// Use is a case that relied on a value, under the name by which it read it.
type Use struct{ Case, Field string }

// Registers are the state's books, as far as services need them.
type Registers interface {
	// Facts reads what the registers named in from hold about a person, by
	// dotted names such as mother.name.
	Facts(tx *db.Tx, person string, from []string) (map[string]Fact, error)
	// Taken tells whether an entry says already what only one may say.
	Taken(tx *db.Tx, field string, value any) (bool, error)
	// Used remembers which values a case relied on.
	Used(tx *db.Tx, ref, agency string, used []Fact) error
	// Enter makes the entry that a yes leads to.
	Enter(tx *db.Tx, e Entry) (Made, error)
	// Amend writes the values of an entry anew, in a new version: what was
	// made stays, with its number.
	Amend(tx *db.Tx, entry string, e Entry, why locale.Text) (Made, error)
	// Void ends the entry that a case made.
	Void(tx *db.Tx, entry string, by journal.By, ref, basis string, why locale.Text) error
	// Correct makes a new version of one value, and tells which cases had
	// used the old one.
	Correct(tx *db.Tx, c Correction) ([]Use, error)
	// Needs are what it takes to make a value so, beside the value itself.
	Needs(field string, value any) []Need
	// Uses lists the cases that relied on an entry.
	Uses(tx *db.Tx, entry string) ([]Use, error)
	// Holders pages through the valid entries of a register, after one of them,
	// with the people whom each may concern: whose it is, and their parents.
	Holders(tx *db.Tx, register, after string, limit int) ([]Holder, error)
	NameOf(tx *db.Tx, person string) (string, error)
	// ByIDNumber finds a living person; Missing where there is none.
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	// Owners are who has a company; nobody has a person.
	Owners(tx *db.Tx, principal string) ([]string, error)
	// Household lists who lives together with a person, the person among them.
	Household(tx *db.Tx, person string) ([]string, error)
	// Related are parents, children, brothers and sisters, wives or husbands,
	// and those of the same home.
	Related(tx *db.Tx, person string) ([]string, error)
}

// Holder is an entry and the people whom it may open something to.
type Holder struct {
	Entry  string
	People []string
}

// Paper is a certificate to be made.
type Paper struct {
	Case, Applicant string
	Subjects        []string
	Agency, Type    string
	Law             locale.Text
	Number          string
	Title           locale.Text
	Rows            []definition.Row
	Notes           []locale.Text
	Replaces        string // code of the one it replaces
	Automatic       bool
}

// Issued is a certificate as a case shows it.
type Issued struct {
	Code, State, PDF, HTML string
	Title                  locale.Text
	Ready                  bool
}

// Certificates make papers that anybody can verify.
type Certificates interface {
	IssueTx(tx *db.Tx, by journal.By, p Paper) (code string, err error)
	RevokeTx(tx *db.Tx, by journal.By, code, reason string) error
	OfCase(tx *db.Tx, ref string) (Issued, bool, error)
}

// Protection keeps where protected people are from others.
type Protection interface {
	// Sealed tells whether a case hides that from the viewer.
	Sealed(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error)
	// Protected tells whether an order for the person stands.
	Protected(tx *db.Tx, person string) (bool, error)
	// Against tells whether an order for somebody names another person.
	Against(tx *db.Tx, of, other string) (bool, error)
	// HidesAny tells whether it is kept from a person about any of others.
	HidesAny(tx *db.Tx, of []string, from string) (bool, error)
}

// Bills know what a person has to pay beside their cases.
type Bills interface {
	// OwedBy is how many bills a person has to pay, and how many sen today.
	OwedBy(tx *db.Tx, person string) (bills int, sen int64, err error)
}

// Deps is what the part needs of the hall.
type Deps struct {
	DB           *db.DB
	Clock        clock.Clock
	IDs          *id.Source
	Journal      *journal.Journal
	Cases        *casework.Engine
	Outbox       *outbox.Outbox
	Notify       *notify.Notify
	Blobs        blob.Store
	Directory    *directory.Directory
	Registers    Registers
	Certificates Certificates
	Protection   Protection
	Calendars    *calendar.Set
	Finder       Finder
	Elsewhere    Elsewhere
	Texts        *locale.Catalog
	Acting       Acting
	Rights       Rights     // nil: nobody is named to act for a company
	Guardians    Guardians  // nil: a parent is told nothing of a child's case
	Principals   Principals // nil: nobody is offered to act for anybody
	Policies     Policies
	Assurance    Assurance // nil takes everybody
	Cashier      Cashier   // nil: fees are paid at a counter
	Bills        Bills     // nil: agencies bill nobody here
	Log          *slog.Logger
}

// Assurance tells whether who acts is known well enough and has signed in
// strongly enough for a service; the error asks for what is missing.
type Assurance interface {
	Enough(tx *db.Tx, a actor.Actor, identity, authentication int) error
}

// Cashier takes fees online.
type Cashier interface {
	// Takes tells whether an agency takes money online.
	Takes(tx *db.Tx, agency string) (bool, error)
	// FeeTx is the address of the page on which a case's fee is paid; there is one
	// page at a time, whoever asks.
	FeeTx(tx *db.Tx, c casework.Case, lang locale.Lang) (url string, err error)
}

// Part is the service part.
type Part struct {
	Deps
	book *book
}

// New makes the part; call Load before the first request.
func New(d Deps) *Part { return &Part{Deps: d, book: &book{}} }

// Wire subscribes the part to what it hears and does by the clock.
func (p *Part) Wire() {
	p.Cases.Handle("", hook{p})
	p.Cases.Handle(disputeKind, disputeHook{p})
	p.hearEvents()
	p.Outbox.Here("service.releases", releasePoll, p.Reload)
	p.Outbox.Every("service.drafts", draftSweep, p.SweepDrafts)
	p.Outbox.Every("service.offers", offerSweep, p.SweepOffers)
	p.Outbox.Every("service.unasked", unaskedSweep, p.SweepUnasked)
}
