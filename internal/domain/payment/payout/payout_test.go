package payout

import (
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// The way of a file: a sheet, two officers, the bank, its report, the ledger.
func TestPaysPeople(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		id := r.approved(sheet("12345678 10.00", "2345678901 20.50", "34560000 30", "45679999 40", "5678901234 1"))
		if n := r.available(); n != 100_000-10_150 {
			t.Errorf("the fund has %d while the money is kept back", n)
		}
		r.drain()
		if b := r.batch(id); b.State != Sent || r.bank.calls != 2 {
			t.Errorf("%s after %d calls", b.State, r.bank.calls)
		}
		if got := r.state(id); got != "waiting, waiting, rejected AC01, waiting, waiting" {
			t.Error(got)
		}
		r.bank.settle()
		r.later(10 * time.Second)
		if got := r.state(id); got != "paid, paid, rejected AC01, paid, paid" {
			t.Error(got)
		}
		if b := r.batch(id); b.State != Done {
			t.Error(b.State)
		}
		if n := r.available(); n != 100_000-7150 || r.balance("payout:jkm-sandbox") != 7150-100_000 {
			t.Errorf("the fund has %d, and %d were paid", n, r.balance("payout:jkm-sandbox"))
		}
		r.sound()
		r.bank.comeBack()
		r.later(2 * time.Minute) // an officer who waits for it sees it soon
		if got := r.state(id); got != "paid, paid, rejected AC01, returned AC04, paid" {
			t.Error(got)
		}
		if n := r.available(); n != 100_000-3150 || r.balance("payout:jkm-sandbox") != 3150-100_000 || r.bank.left != 100_000-3150 {
			t.Errorf("the fund has %d, %d were paid, the bank has %d", n, r.balance("payout:jkm-sandbox"), r.bank.left)
		}
		p := r.call("jkm", "GET", "/v1/payouts/"+id, "application/json", "", "").payout(t)
		if p.Paid != (PayPayoutTally{3, 3150}) || p.Rejected != (PayPayoutTally{1, 3000}) || p.Returned != (PayPayoutTally{1, 4000}) || !p.State.Finished {
			t.Errorf("%+v", p)
		}
		// Statements show the money that came, what was paid and what came back.
		left := int64(0)
		message := Chunk{Batch: id}.Message()
		for _, l := range []struct {
			batch, e2e string
			amount     money.Amount
			ours       bool
		}{{"", "waran 100000", 100_000, true}, {"", "waran 100000", 99_999, false}, {message, message, -3050, true}, {message, "", -999_999, false}, {Chunk{Batch: id, No: 1}.Message(), "", -4100, true},
			{"", "R-45679999-3", 4000, true}, {"", "R-45679999-3", 4001, false}, {"", "R-1", 4000, false}, {"", message[:30], -1, false}} {
			var account string
			r.write(func(tx *db.Tx) (err error) {
				account, err = r.ClaimTx(tx, "jkm", false, payment.Shown{Batch: l.batch, EndToEnd: l.e2e, Amount: l.amount, Day: "2026-11-30", Statement: "S-1"})
				return err
			})
			if (account == "payout:jkm-sandbox") != l.ours || (account == "") == l.ours {
				t.Errorf("%+v is booked against %q", l, account)
			}
			if account != "" {
				left += int64(l.amount)
			}
		}
		if left != -r.balance("payout:jkm-sandbox") {
			t.Errorf("statements show %d, and %d is between the fund and the bank", left, r.balance("payout:jkm-sandbox"))
		}
		if csv := r.call("jkm", "GET", "/v1/payouts/"+id+"/report", "text/csv", "", ""); !strings.Contains(csv.text, "The account is closed.") {
			t.Error(csv.text)
		}
		r.sound()
	})
}
