package app

import (
	"context"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/bank"
	"balai/internal/domain/payment/acquirer"
	"balai/internal/domain/payment/payout"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
)

// TestPayoutThroughTheBank: a list of payments goes through the sandbox's bank, which
// was written apart; what it books is what the hall's books say, to the sen, once its
// statement is read.
func TestPayoutThroughTheBank(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		secret := hook.NewSecret(make([]byte, hook.SecretSize))
		b, err := bank.Open(ctx, bank.Options{Path: filepath.Join(t.TempDir(), "bank.db") + "?durable=off", Clock: r.now, Seed: 1, Admin: secret})
		r.must(err)
		srv := httptest.NewServer(b.Handler())
		t.Cleanup(func() {
			srv.Close()
			r.must(b.Close())
		})
		r.payment.Sandbox = acquirer.New(srv.URL, secret, r.now, r.ids)
		c, err := r.payment.Enable(ctx, actor.System("jkm"), "jkm", "")
		r.must(err)
		r.must(b.Grant(ctx, c.Account, "WARAN-1", 100_000, "Waran"))
		r.write(func(tx *db.Tx) error {
			return r.payout.FundTx(tx, actor.System("jkm"), "jkm", false, 100_000, "WARAN-1")
		})
		made, no, err := r.payout.Take(ctx, payout.File{Agency: "jkm", Format: payout.CSV, By: finance("one"),
			Body: strings.NewReader("account,bank,name,amount,reference\n12345678,MBBEMYKL,Ali,10,A1\n23450000,MBBEMYKL,Abu,20.50,A2\n34569999,CIBBMYKL,Siti,30,A3\n")})
		if err != nil || no != nil {
			t.Fatal(err, no)
		}
		r.write(func(tx *db.Tx) error {
			_, err := r.payout.ApproveTx(tx, finance("two"), made.ID, made.Hash)
			return err
		})
		wait := func(d time.Duration) {
			t.Helper()
			r.now.Advance(d)
			_, err := b.Deliver(ctx)
			r.must(err)
			r.must(r.payout.Enquire(ctx))
			r.works()
		}
		wait(0)
		wait(10 * time.Second)
		holds := func(want map[string]int64) {
			t.Helper()
			r.read(func(tx *db.Tx) error {
				for code, n := range want {
					a, err := r.ledger.AccountTx(tx, code)
					if err != nil || int64(a.Available()) != n {
						t.Errorf("%s has %d, not %d (%v)", code, a.Available(), n, err)
					}
				}
				return nil
			})
		}
		holds(map[string]int64{"fund:jkm-sandbox": 96_000, "payout:jkm-sandbox": -96_000})
		wait(2 * time.Hour)
		wait(time.Hour)
		holds(map[string]int64{"fund:jkm-sandbox": 99_000, "payout:jkm-sandbox": -99_000})
		// The statement shows what came, what was paid and what came back.
		day := clock.Day(r.now.Now())
		r.now.Advance(24 * time.Hour)
		in, err := r.payment.Sandbox.(interface {
			Statement(ctx context.Context, account, day string, over bool) (io.ReadCloser, error)
		}).Statement(ctx, c.Account, day, true)
		r.must(err)
		defer in.Close()
		_, err = r.statement.Import(ctx, c, false, statement.From{}, in)
		r.must(err)
		holds(map[string]int64{"fund:jkm-sandbox": 99_000, "payout:jkm-sandbox": 0, c.Books(false).Bank(): 99_000, c.Books(false).Suspense(): 0})
		var back, on string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select l.shown_day, l.shown_on from payout_line l join statement_statement s on s.ident = l.shown_on where l.reference = 'A3'`).Scan(&back, &on)
		})
		if back != day || on == "" {
			t.Errorf("what came back was shown on %q of %q", on, back)
		}
		for name, audit := range map[string]auditor{"payout": r.payout, "statement": r.statement} {
			if wrong, err := audit.Audit(ctx); err != nil || len(wrong) > 0 {
				t.Errorf("%s: %v %q", name, err, wrong)
			}
		}
	})
}

// finance is an officer of jkm's finance.
func finance(name string) actor.Actor {
	return actor.Actor{Person: name, Post: "jkm-" + name, Role: "jkm/treasurer", Agency: "jkm", AAL: 2}
}
