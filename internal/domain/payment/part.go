package payment

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/outbox"
	"balai/internal/spine/secret"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// A Banker speaks with the bank, or whoever stands between it and the agency, in
// a collector's name. Each call may be made again: it has its effect once. An
// error means that nothing is known.
type Banker interface {
	// Enrol tells the bank of a collector, and where it tells of debits.
	Enrol(ctx context.Context, c Collector, callback string) error
	// Begin opens a payment at the bank for a redirect.
	Begin(ctx context.Context, c Collector, a Attempt, description, returnURL string) (session, redirect string, err error)
	// Enquire asks what became of an attempt. A QR may be paid by more than one
	// telephone: each debit is a finding of its own. There is always one.
	Enquire(ctx context.Context, c Collector, reference string) ([]Finding, error)
	// Refund sends an amount of an attempt back.
	Refund(ctx context.Context, c Collector, r Refund) (state, bankRef string, err error)
	// Origin is where a payer is sent, scheme and host: a page's form may lead there.
	Origin() string
	// Phone is where a telephone of the sandbox pays a QR; "" where people's own do.
	Phone(payload string) string
	// Transfer is where somebody of the sandbox transfers money; "" where people's
	// own banks do.
	Transfer(account, amount, reference string) string
	// Callback reads what the bank sent of itself; false where it is not signed.
	Callback(c Collector, h http.Header, body []byte) (Finding, bool)
}

// Journal is the public record, as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
	Entry(tx *db.Tx, leaf string) (journal.Entry, error)
	Walk(tx *db.Tx, visit func(journal.Entry) error) error
	Proof(ctx context.Context, leaf string) ([]byte, error)
	VKey() string
}

// A Meter counts what strangers try, over all processes.
type Meter interface {
	// Minute takes one of what name may use in a minute; false where nothing is left.
	Minute(ctx context.Context, name string, limit int64) (bool, error)
	// Day is the same of a day.
	Day(ctx context.Context, name string, limit int64) (bool, error)
}

// A Sealer signs files as the hall's certificates are signed.
type Sealer interface {
	Sign(file, payload []byte, reason string, at time.Time) ([]byte, error)
	// Published are the keys that check it, as JWKs.
	Published() ([]json.RawMessage, error)
}

// A Payee hears of a payment that it began, in the commit that settles it.
type Payee interface {
	// PaidTx is told once that a payment has succeeded; false where nothing is
	// owed any more, and then the money goes back.
	PaidTx(tx *db.Tx, originRef string, p Payment, receipt string) (owed bool, err error)
}

// A Keeper is a payee who can keep a payment although what should follow from it
// was refused: a person looks at it.
type Keeper interface {
	// KeptTx is PaidTx without what follows.
	KeptTx(tx *db.Tx, originRef string, p Payment, receipt string) (owed bool, err error)
}

// A Priced payee's prices change with the day: no payment of one waits for longer.
type Priced interface {
	// EndsTx is until when a payment's amount is owed, unix microseconds; 0 for ever.
	EndsTx(tx *db.Tx, originRef string, p Payment) (at int64, err error)
}

// A payee is Concerned who knows whom a payment is about, beside whose it is: none of
// them moves its money as an officer.
type Concerned interface {
	ConcernedTx(tx *db.Tx, originRef string, p Payment) (persons []string, err error)
}

// An Owing payee is asked before cash is taken whether it is owed still: what is not
// goes back by the bank, and cash cannot.
type Owing interface {
	OwesTx(tx *db.Tx, originRef string, p Payment) (bool, error)
}

// Assurance asks for a stronger sign-in where one is not enough.
type Assurance interface {
	Enough(tx *db.Tx, a actor.Actor, known, authentication int) error
}

// Deps are what the part stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Journal   Journal
	Outbox    *outbox.Outbox
	Ledger    *ledger.Ledger
	Directory *directory.Directory
	Box       *secret.Box // seals what both sides sign with
	Hook      *hook.Caller
	Assurance Assurance // of who takes money at a counter; nil: any sign-in does
	Meter     Meter     // of look-ups by strangers
	Seal      Sealer    // of receipts' files; nil leaves them unsigned
	Site      locale.Text
	Bank      Banker // of real money; nil: only counters take it
	Sandbox   Banker // of payments that are tests, and of a demo's; nil: there are none
	BaseURL   string
	Log       *slog.Logger
	Demo      bool
	TwoAbove  money.Amount // what is more is moved by two persons only
}

// Part is the hall's cash desk.
type Part struct {
	Deps
	payees    map[Origin]Payee
	uploads   uploads
	forgeries forgeries
	looks     looks
	known     known
}

// New opens it.
func New(d Deps) *Part {
	return &Part{Deps: d, payees: map[Origin]Payee{}, uploads: uploads{of: map[string]int{}}, known: known{of: map[string]string{}}}
}

// Tell names who hears of payments of an origin.
func (p *Part) Tell(o Origin, who Payee) { p.payees[o] = who }

func (p *Part) now() int64 { return clock.Micro(p.Clock.Now()) }

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// open is a collector with its secret.
func (p *Part) open(c Collector) (Collector, error) {
	sealed, err := base64.RawStdEncoding.DecodeString(c.Secret)
	if err != nil {
		return c, err
	}
	plain, err := p.Box.Open(sealed, "payment_collector "+c.Agency)
	c.Secret = string(plain)
	return c, err
}

func (p *Part) sealed(agency, text string) string {
	return base64.RawStdEncoding.EncodeToString(p.Box.Seal([]byte(text), "payment_collector "+agency))
}

// collector is an agency that takes money, with the secret of its real money or
// of its tests: what the sandbox signs moves no real payment.
func (p *Part) collector(ctx context.Context, agency string, live bool) (c Collector, err error) {
	err = p.DB.ReadOne(ctx, func(tx *db.Tx) (err error) { c, err = collectorOf(tx, agency); return err })
	if err != nil {
		return c, err
	}
	return p.as(c, live)
}

func (p *Part) as(c Collector, live bool) (Collector, error) {
	if live {
		return p.open(c)
	}
	c.Secret = hook.NewSecret(p.Box.Derive("sandbox " + c.Agency))
	return c, nil
}

// banker is who moves the money of real payments, or of tests.
func (p *Part) banker(live bool) Banker {
	if live {
		return p.Bank
	}
	return p.Sandbox
}

// accounts are a collector's in the ledger.
func (b Books) accounts() []ledger.Account {
	of := func(code string, normal ledger.Side, floor bool) ledger.Account {
		return ledger.Account{Code: code, Agency: b.owner, Currency: money.MYR, Normal: normal, Floor: floor}
	}
	out := []ledger.Account{
		of(b.Collected(), ledger.Credit, true), of(b.RefundsDue(), ledger.Credit, true), of(b.Unapplied(), ledger.Credit, true),
		of(b.Bank(), ledger.Debit, false), of(b.Suspense(), ledger.Debit, false), of(b.Fees(Charges), ledger.Debit, false),
	}
	for _, m := range Methods {
		out = append(out, of(b.Clearing(m), ledger.Debit, false), of(b.Fees(m), ledger.Debit, false))
	}
	return out
}

func (p *Part) agencyName(tx *db.Tx, agency string) (locale.Text, error) {
	a, err := p.Directory.Agency(tx, agency)
	return a.Name, err
}

// write keeps an act on a payer's way: what is paid at once grows the same ends of
// the same tables and changes the same accounts.
func (p *Part) write(ctx context.Context, act func(tx *db.Tx) error) error {
	return p.DB.WriteIn(ctx, "payment", act)
}
