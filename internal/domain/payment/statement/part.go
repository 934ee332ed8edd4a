package statement

import (
	"context"
	"embed"
	"io"
	"log/slog"
	"sync"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/outbox"
)

// Texts are this room's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Journal is the public record, as this room needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// A Claimant knows lines of statements as its own: what a batch paid out, and
// what came back of it. It names the ledger's account against which the line is
// booked, or "" where the line is none of its own.
type Claimant interface {
	ClaimTx(tx *db.Tx, agency string, live bool, x payment.Shown) (account string, err error)
}

// A Source is where a bank's statements are to be had.
type Source interface {
	// Statement reads an account's day, with its balances; of a day that is not
	// over, as far as it has come. None is io.EOF.
	Statement(ctx context.Context, account, day string, over bool) (io.ReadCloser, error)
}

// Deps are what the room stands on.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *id.Source
	Journal Journal
	Outbox  *outbox.Outbox
	Ledger  *ledger.Ledger
	Payment *payment.Part
	Folder  string // where files wait while they are read; "" is the system's own
	// NameOf is a person's full name; nil where names are not compared.
	NameOf func(tx *db.Tx, person string) (string, error)
	// Often reads the bank's day each minute while something is in clearing, as a
	// demo does.
	Often bool
	Log   *slog.Logger
}

// Part is the room of statements.
type Part struct {
	db        *db.DB
	clock     clock.Clock
	ids       *id.Source
	journal   Journal
	outbox    *outbox.Outbox
	ledger    *ledger.Ledger
	pay       *payment.Part
	folder    string
	nameOf    func(tx *db.Tx, person string) (string, error)
	often     bool
	rests     sync.Map // time.Time by account and live: the day so far is not read before
	log       *slog.Logger
	claimants []Claimant
}

// New opens it.
func New(d Deps) *Part {
	return &Part{db: d.DB, clock: d.Clock, ids: d.IDs, journal: d.Journal, outbox: d.Outbox, ledger: d.Ledger, pay: d.Payment,
		folder: d.Folder, nameOf: d.NameOf, often: d.Often, log: d.Log}
}

// Claim names who knows lines as its own.
func (s *Part) Claim(who Claimant) { s.claimants = append(s.claimants, who) }

func (s *Part) now() int64 { return clock.Micro(s.clock.Now()) }
