package statement_test

import (
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// elsewhere is the reference of another agency's open QR.
func (r *till) elsewhere(amount money.Amount) string {
	r.t.Helper()
	own := r.key
	r.key = r.rivals["pdrm"]
	defer func() { r.key = own }()
	_, reference := r.asked(amount)
	return reference
}

// What was paid here by a QR that somebody edited goes back by itself once a
// statement shows it, whether the bank told of it or not, and before or after. What
// an officer has to know stays: money under a reference that nobody knows and of
// which no bank told, and what differs from what it told.
func TestAstrayGoesBack(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		tell := func(ref, bankRef string) {
			r.tell(payment.Finding{Reference: ref, State: "paid", Amount: 4550, Currency: "MYR", Account: r.c.Account, BankRef: bankRef})
		}
		sweep := func() {
			t.Helper()
			if err := r.room.SendAstray(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.drain()
			r.sound()
		}
		first, unheard := r.elsewhere(4550), r.elsewhere(4550)
		tell(first, "B-edited")
		tell("0123456789ABCDEFGHJK", "B-invented")
		tell(r.elsewhere(4550), "B-short")
		sweep() // no statement shows it: nothing is posted
		if n := r.count(`payment_refund`); n != 0 {
			t.Fatalf("%d went back before they came", n)
		}
		lines := []iso20022.Entry{credit(4550, "B-edited", first), credit(4550, "B-unheard", unheard), credit(4550, "B-invented", "0123456789ABCDEFGHJK"),
			credit(4551, "B-short", "another"), credit(70, "B-gift", "A GIFT"), credit(4550, "B-later", "MYSTERY")}
		r.read(r.xml(r.day(today, 0, lines...), lines...))
		sweep()
		if w := r.waits(); len(w) != 3 || w["B-short"] == "" || w["B-gift"] == "" || w["B-later"] == "" {
			t.Errorf("what waits for a person: %v", w)
		}
		tell("MYSTERY", "B-later") // the bank's word comes after its statement
		sweep()
		sweep() // once
		if w := r.waits(); len(w) != 2 {
			t.Errorf("what waits then: %v", w)
		}
		back := map[string]string{"B-edited": first, "B-unheard": unheard, "B-invented": "0123456789ABCDEFGHJK", "B-later": "MYSTERY"}
		if n := r.count(`payment_refund where status = 'success' and amount = 4550`); n != int64(len(back)) {
			t.Errorf("%d of %d went back", n, len(back))
		}
		for bankRef, ref := range back {
			if n := r.count(`payment_refund where debit = $1 and attempt = $2`, bankRef, ref); n != 1 {
				t.Errorf("%s went back %d times", bankRef, n)
			}
		}
		if n := strings.Count(r.shown("/exceptions"), "The money went back."); n != len(back) {
			t.Errorf("%d of %d notes say that it went back", n, len(back))
		}
	})
}

// A decision of an officer is not overtaken: what one asks to be kept waits for the
// second one.
func TestAstrayWaitsForOfficers(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		e := credit(200_000, "B-edited", "STRANGER-1")
		r.read(r.xml(r.day(today, 0, e), e))
		line := r.waits()["B-edited"]
		if err := r.decide("aminah", line, "keep", ""); err != nil {
			t.Fatal(err)
		}
		r.tell(payment.Finding{Reference: "STRANGER-1", State: "paid", Amount: 200_000, Currency: "MYR", Account: r.c.Account, BankRef: "B-edited"})
		if err := r.room.SendAstray(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r.waits()["B-edited"] != line {
			t.Error("it went back while officers decided")
		}
		if err := r.confirm("badrul", line, true); err != nil {
			t.Error(err)
		}
	})
}
