package payout

import (
	"strings"
	"testing"
	"time"
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
		if n := r.available(); n != 100_000-7150 || r.balance("payout:jkm-sandbox") != 7150 {
			t.Errorf("the fund has %d, and %d were paid", n, r.balance("payout:jkm-sandbox"))
		}
		r.sound()
		r.bank.comeBack()
		r.later(time.Hour)
		if got := r.state(id); got != "paid, paid, rejected AC01, returned AC04, paid" {
			t.Error(got)
		}
		if n := r.available(); n != 100_000-3150 || r.balance("payout:jkm-sandbox") != 3150 || r.bank.left != 100_000-3150 {
			t.Errorf("the fund has %d, %d were paid, the bank has %d", n, r.balance("payout:jkm-sandbox"), r.bank.left)
		}
		p := r.call("jkm", "GET", "/v1/payouts/"+id, "application/json", "", "").payout(t)
		if p.Paid != (PayPayoutTally{3, 3150}) || p.Rejected != (PayPayoutTally{1, 3000}) || p.Returned != (PayPayoutTally{1, 4000}) || !p.State.Finished {
			t.Errorf("%+v", p)
		}
		if csv := r.call("jkm", "GET", "/v1/payouts/"+id+"/report", "text/csv", "", ""); !strings.Contains(csv.text, "The account is closed.") {
			t.Error(csv.text)
		}
		r.sound()
	})
}
