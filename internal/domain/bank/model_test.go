package bank

import (
	"fmt"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
	"pgregory.net/rapid"
)

// Whatever is paid, refunded, moved, taken back and paid out, in whatever order
// and under whatever faults: the books balance, each account holds what a count
// beside them says, and the statements lead from day to day to it.
func TestBooks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rigIn(rt, t.TempDir())
		defer r.close()
		start := r.now.Now()
		n := 0
		amount := rapid.SampledFrom([]money.Amount{1, 99, 100, 4000, 250_000, 499_999})
		rt.Repeat(map[string]func(*rapid.T){
			"dial": func(rt *rapid.T) {
				r.faults(fmt.Sprintf(`{"seed":%d,"reversal":%g,"drop":0.2,"duplicate":0.2,"reorder":0.2,"batch":%v}`, rapid.Int64().Draw(rt, "seed"),
					rapid.SampledFrom([]float64{0, 0.3}).Draw(rt, "reversal"), rapid.Bool().Draw(rt, "batch")))
			},
			"pay": func(rt *rapid.T) {
				r.scan(qr(reference(rapid.IntRange(0, 5).Draw(rt, "reference")), amount.Draw(rt, "amount")), rapid.SampledFrom([]string{Payer, "phone", "low"}).Draw(rt, "payer"))
			},
			"refund": func(rt *rapid.T) {
				n++
				r.refund(reference(rapid.IntRange(0, 5).Draw(rt, "reference")), fmt.Sprint("R", rapid.IntRange(max(1, n-2), n).Draw(rt, "refund")), amount.Draw(rt, "amount"))
			},
			"move": func(rt *rapid.T) {
				n++
				pair := rapid.Permutation([]string{"JPJ-001", "JPJ-002"}).Draw(rt, "accounts")
				r.transfer(fmt.Sprint("T", n), pair[0], pair[1], amount.Draw(rt, "amount"))
			},
			"pay out": func(rt *rapid.T) {
				n++
				r.ask("POST", "/acquirer/payouts", orderOf(rt, fmt.Sprint("M", n), "JPJ-001", rapid.Bool().Draw(rt, "single"), to("phone", amount.Draw(rt, "amount")),
					to("770000", amount.Draw(rt, "amount")), to("889999", amount.Draw(rt, "amount")), to("123", amount.Draw(rt, "amount"))))
			},
			"wait": func(rt *rapid.T) {
				r.now.Advance(time.Duration(rapid.IntRange(1, 20).Draw(rt, "hours")) * time.Hour)
				r.deliver()
			},
			"": func(rt *rapid.T) {
				r.sound()
			},
		})
		for _, account := range []string{"JPJ-001", "phone", Payer} {
			last := money.Amount(0)
			for at := start; clock.Day(at) <= clock.Day(r.now.Now()); at = at.AddDate(0, 0, 1) {
				for _, form := range []string{"/statements/%s/%s.mt940", "/statements/%s/%s.xml"} {
					s := r.statement(fmt.Sprintf(form, account, clock.Day(at)))
					opening, closing := s.leads(rt)
					if opening != last {
						rt.Fatalf("%s opens on %s with %d after %d", account, clock.Day(at), opening, last)
					}
					if form == "/statements/%s/%s.xml" {
						last = closing
					}
				}
			}
			if last != r.balance(account) {
				rt.Fatalf("%s closes with %d and holds %d", account, last, r.balance(account))
			}
		}
	})
}
