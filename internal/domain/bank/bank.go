package bank

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/ui"
)

//go:embed text.yaml
var texts embed.FS

//go:embed migration/*.sql
var tables embed.FS

// Name is what the bank is called where it tells who paid.
const Name = "Balai Sandbox Bank"

// Payer is the account that has money for everything.
const Payer = "demo"

// Options of a bank.
type Options struct {
	Path     string      // of its own SQLite file
	Who      string      // the command that opens it, told to the next that wants to
	Clock    clock.Clock // the bank's own time is this one moved by the dial's clock_jump
	Seed     int64       // of the faults, until the dial says otherwise
	Admin    string      // whsec_BASE64: who enrols merchants signs with it
	BaseURL  string      // where people reach it, scheme and host; "" is where a request came to
	Acquirer string      // of the QR codes that it takes; "" is any
	Log      *slog.Logger
}

// Bank is an open sandbox bank.
type Bank struct {
	o      Options
	db     *db.DB
	held   *db.Holding
	ids    *id.Source
	texts  *locale.Catalog
	dial   atomic.Pointer[Dial]
	client *http.Client
	kick   chan struct{} // somebody is to be called back at once
	tick   sync.Mutex    // one round of deliveries at a time
}

// Open opens the bank's books, or makes them with its first accounts. One process
// has them at a time, since each would call merchants back and settle what was
// paid out; where another has them, the error is a *hold.Taken.
func Open(ctx context.Context, o Options) (*Bank, error) {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	catalog, err := locale.Load(ui.Texts, texts)
	if err != nil {
		return nil, fmt.Errorf("bank: %w", err)
	}
	d, err := db.Open(ctx, o.Path, o.Log)
	if err != nil {
		return nil, fmt.Errorf("bank: %w", err)
	}
	held, err := d.Hold(ctx, true, cmp.Or(o.Who, Name))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bank: open: %w", err), d.Close())
	}
	b := &Bank{o: o, db: d, held: held, ids: id.NewSource(o.Clock, nil), texts: catalog, kick: make(chan struct{}, 1), client: caller()}
	if err := b.found(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bank: open: %w", err), b.Close())
	}
	return b, nil
}

// Close ends the bank; nothing of it is lost.
func (b *Bank) Close() error {
	b.client.CloseIdleConnections()
	err := b.db.Close()
	b.held.Release() // last, so that nobody has the books while they are closed
	return err
}

// first are the accounts that a new bank has: money for every story.
var first = []struct {
	Account
	opening money.Amount
}{
	{Account{Code: Payer, Name: "Akaun Demo", Kind: Person}, 100_000_000_000},
	{Account{Code: "phone", Name: "Akaun Telefon Kedua", Kind: Person}, 500_000},
	{Account{Code: "low", Name: "Akaun Baki Rendah", Kind: Person}, 500},
	{Account{Code: "company", Name: "Syarikat Contoh Sdn Bhd", Kind: Company}, 1_000_000_000},
	{Account{Code: capital, Name: "Modal", Kind: Internal}, 0},
	{Account{Code: cards, Name: "Kad ujian", Kind: Internal}, 0},
	{Account{Code: transit, Name: "Bayaran keluar dalam proses", Kind: Internal}, 0},
	{Account{Code: others, Name: "Bank lain", Kind: Internal}, 0},
}

// The bank's own accounts, which may fall below zero.
const (
	capital = "bank-capital" // where all money came from
	cards   = "bank-cards"   // what cards paid, until their issuers do
	transit = "bank-transit" // paid out, and not settled
	others  = "bank-others"  // what went to other banks
)

// found makes what a new bank has, and reads what an old one keeps.
func (b *Bank) found(ctx context.Context) error {
	if err := b.db.Migrate(ctx, db.Migration{Part: "bank", FS: tables}); err != nil {
		return err
	}
	dial := Dial{Seed: b.o.Seed}
	b.dial.Store(&dial)
	return b.db.Write(ctx, func(tx *db.Tx) error {
		kept, known, err := dialKept(tx)
		if err != nil {
			return err
		}
		if known {
			b.dial.Store(&kept)
			return nil
		}
		if err := keepDial(tx, dial); err != nil {
			return err
		}
		for _, a := range first {
			if err := insertAccount(tx, a.Account, clock.Micro(b.o.Clock.Now())); err != nil {
				return err
			}
		}
		for _, a := range first {
			if a.opening == 0 {
				continue
			}
			if _, _, err := b.bookTx(tx, Booking{Kind: "opening", Text: "Baki pembukaan", Legs: []Leg{
				{Account: capital, Side: Debit, Amount: a.opening, Party: a.Name, PartyAccount: a.Code},
				{Account: a.Code, Side: Credit, Amount: a.opening, Party: Name, PartyAccount: capital},
			}}); err != nil {
				return err
			}
		}
		return nil
	})
}

// now is the bank's own time: in it things are booked.
func (b *Bank) now() time.Time {
	return b.o.Clock.Now().Add(time.Duration(b.dial.Load().ClockJump))
}

// Run calls merchants back, takes back what a fault takes back and settles what
// is paid out, until ctx ends.
func (b *Bank) Run(ctx context.Context) error {
	every := time.NewTicker(pulse)
	defer every.Stop()
	for {
		if _, err := b.Deliver(ctx); err != nil && ctx.Err() == nil {
			b.o.Log.Error("the sandbox bank's round", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		case <-b.kick:
		}
	}
}

// pulse is how often Run looks for what has become due.
const pulse = 250 * time.Millisecond

// hurry lets Run look at once.
func (b *Bank) hurry() {
	select {
	case b.kick <- struct{}{}:
	default: // it will look anyway
	}
}
