package payout

import (
	"context"
	"embed"
	"errors"
	"log/slog"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/outbox"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// A Payer is a bank that takes orders to pay people. Each call may be made again: a
// message's id is paid once. An error means that nothing is known.
type Payer interface {
	// PayOut sends a pain.001 and gives the pain.002 that the bank answers.
	PayOut(ctx context.Context, c payment.Collector, order []byte) (report []byte, err error)
	// PaidOut asks what has become of a message, as a pain.002.
	PaidOut(ctx context.Context, c payment.Collector, message string) (report []byte, err error)
}

// Journal is the public record, as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
	Entry(tx *db.Tx, leaf string) (journal.Entry, error)
}

// Assurance asks for a stronger sign-in where one is not enough.
type Assurance interface {
	Enough(tx *db.Tx, a actor.Actor, known, authentication int) error
}

// Deps are what the part stands on.
type Deps struct {
	Desk      *payment.Part
	Journal   Journal
	Assurance Assurance // nil: any sign-in approves
	Texts     *locale.Catalog
	Chunk     int // lines of one message; 0 is as many as is usual
}

// Part pays people for agencies.
type Part struct {
	Deps
	db     *db.DB
	clock  clock.Clock
	outbox *outbox.Outbox
	ledger *ledger.Ledger
	log    *slog.Logger
}

// New opens it.
func New(d Deps) *Part {
	if d.Chunk == 0 {
		d.Chunk = chunkSize
	}
	return &Part{Deps: d, db: d.Desk.DB, clock: d.Desk.Clock, outbox: d.Desk.Outbox, ledger: d.Desk.Ledger, log: d.Desk.Log}
}

// Wire makes the part hear its jobs and its clock.
func (p *Part) Wire() {
	p.outbox.Handle(jobSend, p.send)
	p.outbox.Handle(jobDrop, p.drop)
	p.outbox.Every("payout.enquire", 5*time.Second, p.Enquire)
	p.outbox.Every("payout.sweep", time.Minute, p.Sweep)
}

func (p *Part) now() int64 { return clock.Micro(p.clock.Now()) }

// books are an agency's accounts for paying people: of real money, or of tests.
type books struct{ owner string }

func booksOf(agency string, live bool) books {
	return books{payment.Collector{Agency: agency}.Books(live).Owner()}
}

func (b Batch) books() books { return booksOf(b.Agency, b.Live) }

// fund is money that is there to be paid. out is between it and the account at the
// bank: what was paid, or put in, and no statement has shown yet.
func (b books) fund() string { return "fund:" + b.owner }
func (b books) out() string  { return "payout:" + b.owner }

// openTx opens an agency's accounts for paying people where they are not open.
func (p *Part) openTx(tx *db.Tx, b books) error {
	return p.ledger.OpenTx(tx,
		ledger.Account{Code: b.fund(), Agency: b.owner, Currency: money.MYR, Normal: ledger.Credit, Floor: true},
		ledger.Account{Code: b.out(), Agency: b.owner, Currency: money.MYR, Normal: ledger.Credit})
}

// FundTx notes that money for paying people came into an agency's account: of the
// Treasury, or what the agency set aside. The same reference again changes nothing.
func (p *Part) FundTx(tx *db.Tx, by actor.Actor, agency string, live bool, amount money.Amount, reference string) error {
	_, err := p.Desk.CollectorTx(tx, agency)
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Conflict, "payment.error.not_enabled", "agency", agency)
	}
	if err != nil {
		return err
	}
	reference = one(reference)
	if amount <= 0 || reference == "" || !fits(reference, wordsMost) {
		return fault.New(fault.Invalid, "payout.error.fund")
	}
	was, known, err := fundingBy(tx, agency, live, reference)
	if err != nil {
		return err
	}
	if known {
		if was.Amount != amount {
			return fault.New(fault.Conflict, "payout.error.fund")
		}
		return nil
	}
	b := booksOf(agency, live)
	if err := p.openTx(tx, b); err != nil {
		return err
	}
	f := funding{ID: p.Desk.IDs.New(), Agency: agency, Live: live, Amount: amount, Reference: reference, By: by.Person, At: p.now()}
	if err := insertFunding(tx, f); err != nil {
		return err
	}
	g := p.group(b, "payout-fund:"+f.ID, "payout-fund", f.ID, ledger.Transfer{Kind: ledger.Post, Debit: b.out(), Credit: b.fund(), Amount: amount})
	if g.Leaf, err = p.Journal.Append(tx, journal.Record{Kind: "payment.payout_funded", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Wang untuk membayar orang ramai dimasukkan ke dalam tabung agensi.", EN: "Money for paying people was put into the agency's fund."},
		Data: map[string]any{"agency": agency, "amount": int64(amount), "live": live, ledger.DigestKey: g.Digest()}}); err != nil {
		return err
	}
	return p.ledger.PostTx(tx, g)
}

// FundOf is what an agency's fund holds, less what is kept back.
func (p *Part) FundOf(tx *db.Tx, agency string, live bool) (available, held money.Amount, err error) {
	a, err := p.ledger.AccountTx(tx, booksOf(agency, live).fund())
	if fault.CodeOf(err) == fault.Missing {
		return 0, 0, nil
	}
	return a.Available(), a.DebitsPending, err
}

// group is what is posted together, under an id that follows from its thing.
func (p *Part) group(b books, id, reason, ref string, transfers ...ledger.Transfer) ledger.Group {
	return ledger.Group{ID: id, Agency: b.owner, Reason: reason, Ref: ref, Day: clock.Day(p.clock.Now()), Transfers: transfers}
}
