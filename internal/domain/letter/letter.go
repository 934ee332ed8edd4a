package letter

import (
	"context"
	"embed"
	"net/http"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/blob"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/policy"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// codePrefix begins each letter's code: SURAT without its vowels.
const codePrefix = "SRT"

// State is how far a letter came.
type State string

// A letter is queued, then posted with a day's batch or handed over at a
// counter; the post may bring a posted one back.
const (
	Queued   State = "queued"
	Posted   State = "posted"
	Handed   State = "handed"
	Returned State = "returned"
)

// Address is where a letter goes; Line is "" where no register has one.
type Address struct{ Name, Line, Postcode, City, Region string }

func (a Address) lines() []string {
	out := strings.Split(a.Line, ", ")
	half := (len(out) + 1) / 2
	if len(out) > 2 { // an envelope's window has room for two lines of street
		out = []string{strings.Join(out[:half], ", ") + ",", strings.Join(out[half:], ", ")}
	}
	out = append(append([]string{a.Name}, out...), a.Postcode+" "+strings.ToUpper(a.City))
	// The state is the last line, as the post sorts by it; a territory that is
	// its own city is not said twice.
	if p, ok := directory.PlaceOf(a.Region); ok && a.City != "" && !strings.EqualFold(p.Name.MS, a.City) {
		out = append(out, strings.ToUpper(p.Name.MS))
	}
	return out
}

// Letter is one letter.
type Letter struct {
	Code, Person, Case string
	Lang               locale.Lang
	State              State
	MadeAt             int64
	Day                string // of its batch, or ""
	Place              int64
	Address            Address // frozen once it has a batch
	Pages              int64
	SHA256             string
	EndedAt            int64
	Reason             string
}

// Notice is a message that a letter carries.
type Notice struct {
	notify.Item
}

// Batch is the post of a day.
type Batch struct {
	Day            string
	Done           bool
	MadeAt, DoneAt int64
	Letters, Pages int64
	SHA256         string
}

// Paper is a case's certificate, for the counter.
type Paper struct {
	Code  string
	Title locale.Text
	Ready bool
	File  string // SHA-256
}

// People knows where a person lives.
type People interface {
	AddressOf(tx *db.Tx, person string) (Address, error)
}

// Cases are the acts that letters tell of.
type Cases interface {
	Get(tx *db.Tx, ref string) (casework.Case, error)
	Acts(tx *db.Tx, ref string) ([]casework.Act, error)
	Subjects(tx *db.Tx, ref string) ([]string, error)
}

// Guard is what policies may know of a case.
type Guard interface {
	CaseResource(r *http.Request, ref string) (policy.Resource, error)
	// Sees tells whether a policy lets the viewer see what a case is about.
	Sees(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error)
}

// Seal hides where a protected person is.
type Seal interface {
	Sealed(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error)
}

// Papers are the certificates of a case that stand.
type Papers interface {
	OfCase(tx *db.Tx, ref string) ([]Paper, error)
}

// Journal is the public record.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
	Look(tx *db.Tx, a actor.Actor, ref string, subjects []string, why locale.Text, basis string) error
}

// Notices is where messages come from.
type Notices interface {
	SentTx(tx *db.Tx, message string, ch notify.Channel) error
	FailedTx(tx *db.Tx, message string, ch notify.Channel, address, reason string) error
	Reach(tx *db.Tx, person string) (notify.Reach, error)
	Choose(tx *db.Tx, person string, c notify.Choice) error
	Unreached(tx *db.Tx, after string, limit int) ([]notify.Delivery, error)
	Requeue(ctx context.Context) (int, error)
}

// Deps is what the part stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Texts     *locale.Catalog
	Blobs     blob.Store
	Journal   Journal
	Directory *directory.Directory
	Notify    Notices
	People    People
	Cases     Cases
	Guard     Guard
	Seal      Seal
	Papers    Papers
	Senders   Senders
	BaseURL   string
	Site      locale.Text
	Specimen  bool // of a demo country
	Past      bool // letters of the demo's past went with the post of their day
	Demo      bool
}

// Letters is the part.
type Letters struct{ Deps }

// New makes the part.
func New(d Deps) *Letters { return &Letters{d} }

func (x *Letters) now() int64 { return clock.Micro(x.Clock.Now()) }

// PostTx takes a message that goes on paper, into the letter of its case that
// still waits or into a new one. A message is in one letter for ever.
func (x *Letters) PostTx(tx *db.Tx, m notify.Item, lang locale.Lang) error {
	if lang == "" {
		lang = locale.Malay
	}
	code, err := open(tx, m.To, m.Case)
	if err != nil {
		return err
	}
	if code == "" || x.Past {
		l := Letter{Code: x.IDs.Ref(codePrefix), Person: m.To, Case: m.Case, Lang: lang, State: Queued, MadeAt: x.now()}
		if x.Past {
			l.State, l.EndedAt = Posted, l.MadeAt
		}
		code = l.Code
		if err := insertLetter(tx, l); err != nil {
			return err
		}
	}
	if err := insertNotice(tx, code, m); err != nil {
		return err
	}
	if x.Past {
		return x.Notify.SentTx(tx, m.ID, notify.ByLetter)
	}
	return nil
}
