package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"balai/internal/domain/bank"
	"balai/internal/domain/payment"
	"balai/internal/domain/payment/acquirer"
	"balai/internal/domain/payment/payout"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/outbox"
	"balai/internal/spine/secret"
)

// payouts measures a pain.001 of n payments on its whole way: read, checked and kept, approved, sent to the sandbox's
// bank over HTTP, its report read into lines and ledger, and a pain.002 written. The bank is in the same process and on
// the same disk.
func (b bench) payouts(ctx context.Context, n int, engines []string) error {
	fmt.Printf("### A payout of %d payments\n\nLoad at the start: %s.\n\n", n, load())
	fmt.Println("| engine | read, checked, kept | approved | sent to the bank | the bank's report read | pain.002 written | all | wrong |\n|---|---|---|---|---|---|---|---|")
	for _, e := range engines {
		if err := b.payoutOn(ctx, e, n); err != nil {
			return fmt.Errorf("%s: %w", e, err)
		}
	}
	fmt.Printf("\nLoad at the end: %s.\n", load())
	return nil
}

// payees is the room, a bank beside it, and the clock of both.
type payees struct {
	*payout.Part
	db    *db.DB
	clock *clock.Manual
	box   *outbox.Outbox
	bank  *bank.Bank
	close func()
}

func (b bench) openPayees(ctx context.Context, engine, dir string, n int) (*payees, error) {
	dsn := b.dsn(engine)
	if dsn == "" {
		dsn = filepath.Join(dir, "balai.db")
	}
	d, err := db.Open(ctx, dsn, quietLog())
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, actor.Migration(), journal.Migration(), directory.Migration(), outbox.Migration(), ledger.Migration(), payment.Migration(), payout.Migration()); err != nil {
		return nil, err
	}
	x := &payees{db: d, clock: clock.NewManual(clock.System().Now())}
	ids := id.NewSource(x.clock, nil)
	key, _, err := journal.LoadKey(filepath.Join(dir, "key"), "bench.example/journal")
	if err != nil {
		return nil, err
	}
	j, err := journal.New(d, x.clock, ids, "bench.example/journal", key)
	if err != nil {
		return nil, err
	}
	box, err := secret.NewBox(make([]byte, 32), "payment")
	if err != nil {
		return nil, err
	}
	admin := hook.NewSecret(make([]byte, hook.SecretSize))
	if x.bank, err = bank.Open(ctx, bank.Options{Path: filepath.Join(dir, "bank.db"), Clock: x.clock, Seed: 1, Admin: admin, Log: quietLog()}); err != nil {
		return nil, err
	}
	server := httptest.NewServer(x.bank.Handler())
	x.close = func() {
		server.Close()
		_ = errors.Join(x.bank.Close(), d.Close()) // what was measured is known by now
	}
	dir2 := directory.New(d, x.clock)
	x.box = outbox.New(d, x.clock, ids, quietLog())
	desk := payment.New(payment.Deps{DB: d, Clock: x.clock, IDs: ids, Journal: j, Outbox: x.box, Ledger: ledger.New(d, x.clock, ids, j), Directory: dir2, Box: box, Hook: hook.New(x.clock, true),
		Sandbox: acquirer.New(server.URL, admin, x.clock, ids), BaseURL: server.URL, Log: quietLog(), Demo: true})
	texts, err := locale.Load(payment.Texts, payout.Texts)
	if err != nil {
		return nil, err
	}
	x.Part = payout.New(payout.Deps{Desk: desk, Journal: j, Texts: texts})
	x.Wire()
	set := directory.Set{Agencies: []directory.Agency{{ID: "jkm", Name: locale.Same("JKM"), Level: directory.Federal}}, Units: []directory.Unit{{ID: "jkm", Agency: "jkm", Name: locale.Same("JKM"), State: "MY-16"}}}
	if err := d.Write(ctx, func(tx *db.Tx) error { return dir2.LoadTx(tx, set) }); err != nil {
		return nil, err
	}
	c, err := desk.Enable(ctx, actor.System("jkm"), "jkm", payoutAccount)
	if err != nil {
		return nil, err
	}
	sum := money.Amount(n) * payoutEach
	if err := x.bank.Grant(ctx, c.Account, "WARAN", sum, "Waran"); err != nil {
		return nil, err
	}
	return x, d.Write(ctx, func(tx *db.Tx) error { return x.FundTx(tx, actor.System("jkm"), "jkm", false, sum, "WARAN") })
}

const (
	payoutAccount = "514012345678"
	payoutEach    = money.Amount(300_00)
)

// payoutOrder writes a pain.001 of n payments, as an agency's system would.
func payoutOrder(out io.Writer, n int) error {
	var all iso20022.Sum
	for range n {
		all.Add(payoutEach, money.MYR)
	}
	buffered := bufio.NewWriterSize(out, 1<<16)
	w := iso20022.NewInitiationWriter(buffered, iso20022.Initiation{Message: "BENCH-1", Created: clock.System().Now(), Initiator: "JKM", Count: int64(n), Sum: all.Text()})
	err := w.Payment(iso20022.Payment{ID: "P1", Method: "TRF", Date: "2026-11-30", Debtor: iso20022.Party{Name: "JKM", Account: iso20022.Account{Other: payoutAccount}, Agent: iso20022.Agent{BIC: "MBBEMYKL"}}})
	for i := 0; i < n && err == nil; i++ {
		err = w.Transfer(iso20022.Transfer{EndToEnd: fmt.Sprintf("BK-2026-%08d", i), Amount: payoutEach, Currency: money.MYR, Remittance: "Bantuan kebajikan November",
			Creditor: iso20022.Party{Name: fmt.Sprintf("Penerima Bantuan %d", i), Account: iso20022.Account{Other: fmt.Sprintf("16%010d1", i)}, Agent: iso20022.Agent{BIC: "CIBBMYKL"}}})
	}
	return errors.Join(err, w.Close(), buffered.Flush())
}

func (b bench) payoutOn(ctx context.Context, engine string, n int) error {
	dir, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	x, err := b.openPayees(ctx, engine, dir, n)
	if err != nil {
		return err
	}
	defer x.close()
	officer := func(name string) actor.Actor {
		return actor.Actor{Person: name, Post: name, Role: "jkm/treasurer", Agency: "jkm", AAL: 2}
	}
	start := time.Now()
	var took []time.Duration
	lap := func() { took = append(took, time.Since(start)) }
	in, out := io.Pipe()
	go func() { out.CloseWithError(payoutOrder(out, n)) }()
	made, no, err := x.Take(ctx, payout.File{Agency: "jkm", Format: payout.XML, Body: in, By: officer("one")})
	if err != nil || no != nil {
		return fmt.Errorf("not taken: %v %w", no, err)
	}
	lap()
	if err := x.db.Write(ctx, func(tx *db.Tx) error { _, err := x.ApproveTx(tx, officer("two"), made.ID, made.Hash); return err }); err != nil {
		return err
	}
	lap()
	if err := x.box.Drain(ctx); err != nil {
		return err
	}
	lap()
	if err := x.settle(ctx, made.ID); err != nil {
		return err
	}
	lap()
	report, err := os.Create(filepath.Join(dir, "report.xml"))
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(report)
	if err := errors.Join(x.WriteReport(ctx, buffered, made.ID), buffered.Flush(), report.Close()); err != nil {
		return err
	}
	lap()
	wrong, err := x.Audit(ctx)
	if err != nil {
		return err
	}
	var before time.Duration
	fmt.Printf("| %s |", engine)
	for _, t := range took {
		fmt.Printf(" %.1f s |", (t - before).Seconds())
		before = t
	}
	fmt.Printf(" %.1f s | %d |\n", before.Seconds(), len(wrong))
	return nil
}

// settle lets the bank pay, and the room ask it, until it has said everything.
func (x *payees) settle(ctx context.Context, batch string) error {
	for range 100 {
		x.clock.Advance(11 * time.Second)
		if _, err := x.bank.Deliver(ctx); err != nil {
			return err
		}
		if err := x.Enquire(ctx); err != nil {
			return err
		}
		b, t, err := x.Stands(ctx, batch)
		if err != nil {
			return err
		}
		if b.State == payout.Done {
			if t.Paid != b.Count {
				return fmt.Errorf("%d of %d were paid", t.Paid, b.Count)
			}
			return nil
		}
	}
	return errors.New("the bank has not said everything")
}
