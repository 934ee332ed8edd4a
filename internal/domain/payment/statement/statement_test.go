package statement_test

import (
	"testing"

	"balai/internal/domain/payment/statement"
)

func (r *till) proof() statement.Proof {
	r.t.Helper()
	list, err := r.room.Proofs(r.c, false)
	if err != nil || len(list) == 0 {
		r.t.Fatal(err, len(list))
	}
	return list[0]
}

// What was paid is on the day's statement: clearing falls to zero, and the bank's
// closing balance is the ledger's to the sen.
func TestDayClears(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, a := r.paid(4550)
		_, b := r.paid(120)
		if r.clearing() != 4670 {
			t.Fatal(r.clearing())
		}
		s := r.day(today, 0, a, b)
		out := r.read(r.xml(s, a, b))
		if len(out) != 1 || out[0].Lines != 2 || out[0].Matched != 2 {
			t.Errorf("%+v", out)
		}
		if r.clearing() != 0 || r.balance(r.c.Books(false).Bank()) != 4670 {
			t.Errorf("clearing %d, bank %d", r.clearing(), r.balance(r.c.Books(false).Bank()))
		}
		if p := r.proof(); !p.Agrees() || p.Said != 4670 || !p.Over {
			t.Errorf("%+v", p)
		}
		r.sound()
	})
}
