package payout

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// printed is a statement's line of money that came back, and whether it is this room's.
func (r *rig) printed(reference string, amount int64) (ours bool) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		account, err := r.ClaimTx(tx, "jkm", false, payment.Shown{EndToEnd: reference, Amount: money.Amount(amount), Day: "2026-12-12", Statement: "STMT-346"})
		ours = account != ""
		return err
	})
	return ours
}

// settled brings a sheet to where the bank has said that all of it is paid.
func (r *rig) settled(sheet string) (id string) {
	r.t.Helper()
	id = r.approved(sheet)
	r.drain()
	r.bank.settle()
	r.later(10 * time.Second)
	if got := r.state(id); strings.Trim(got, "paid, ") != "" {
		r.t.Fatal(got)
	}
	return id
}

// What comes back once the bank is not asked any more is known by its statement: the
// line says so, the money is in the fund, and it may be paid again.
func TestComesBackLate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		file := sheet("12345678 10.00", "2345678901 20.50", "3456789012 1")
		id := r.settled(file)
		r.later(returnsFor + time.Hour)
		if r.tried(id).NextAt != 0 {
			t.Fatal("the bank is asked still")
		}
		for _, no := range []struct {
			reference string
			amount    int64
		}{{"R-12345678-0", 1001}, {"R-12345678", 1000}} {
			if r.printed(no.reference, no.amount) || r.state(id) != "paid, paid, paid" {
				t.Errorf("%+v came back", no)
			}
		}
		for range 3 { // and printed again
			if !r.printed("R-12345678-0", 1000) || r.state(id) != "returned, paid, paid" || r.available() != 100_000-2150 {
				t.Fatalf("%s, and the fund has %d", r.state(id), r.available())
			}
		}
		p := r.call("jkm", "GET", "/v1/payouts/"+id, "application/json", "", "").payout(t)
		if p.Paid != (PayPayoutTally{2, 2150}) || p.Returned != (PayPayoutTally{1, 1000}) {
			t.Errorf("%+v", p)
		}
		if a := r.call("jkm", "GET", "/v1/payouts/"+id+"/payments", "application/json", "", ""); !strings.Contains(a.text, `"returned_date":"2026-12-12","returned_statement":"STMT-346"`) {
			t.Error(a.text)
		}
		one := officer("aminah")
		r.shows(r.page(one, r.batchPage, "GET", id, "", "", nil), "Came back on 12 December 2026, on the bank&#39;s statement STMT-346")
		r.shows(r.call("jkm", "GET", "/v1/payouts/"+id+"/report", "text/csv", "", ""), "Came back on 12 December 2026")
		r.shows(r.page(one, r.againPage, "GET", id, "", "", nil), "account-1")
		if a := r.call("jkm", "POST", "/v1/payouts", "text/csv", strings.Join(strings.SplitAfter(file, "\n")[:2], ""), ""); a.status != http.StatusCreated {
			t.Errorf("what came back cannot be paid again: %d %s", a.status, a.text)
		}
		r.printed("R-2345678901-1", 2050)
		r.printed("R-3456789012-2", 100)
		if b := r.batch(id); b.FreedAt == 0 || r.available() != 100_000 {
			t.Errorf("all came back, and %+v holds the file still; the fund has %d", b, r.available())
		}
	})
}

// While the bank is asked it is the bank that says that a payment came back, and a
// statement has it asked at once; where it never says so, the statement counts once it
// is asked no more.
func TestComesBackOnBoth(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		id := r.settled(sheet("12349999 10.00", "2345678901 20.50"))
		r.later(3 * time.Hour)
		r.printed("R-12349999-0", 1000)
		r.printed("R-2345678901-1", 2050)
		if got := r.state(id); got != "paid, paid" || r.available() != 100_000-3050 {
			t.Fatal(got, r.available())
		}
		r.bank.comeBack()
		r.later(0)
		if got := r.state(id); got != "returned AC04, paid" || r.available() != 100_000-2050 {
			t.Fatal(got, r.available())
		}
		r.shows(r.page(officer("aminah"), r.batchPage, "GET", id, "", "", nil), "Came back on 12 December 2026", "The account is closed.")
		r.later(time.Hour)
		if got := r.state(id); got != "returned AC04, paid" {
			t.Fatal(got)
		}
		r.later(returnsFor)
		if got := r.state(id); got != "returned AC04, returned" || r.available() != 100_000 {
			t.Error(got, r.available())
		}
	})
}

// What came back and was paid again under its reference stays paid when a statement
// shows the first one coming back.
func TestComesBackOfTheFirst(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		first := r.settled(rows([3]string{"A-1", "12349999", "10.00"}))
		r.bank.comeBack()
		r.later(soonest)
		second := r.settled(rows([3]string{"A-1", "12345678", "10.00"}))
		r.later(returnsFor + time.Hour)
		r.printed("A-1", 1000)
		if one, two := r.state(first), r.state(second); one != "returned AC04" || two != "paid" {
			t.Fatal(one, two)
		}
		r.printed("A-1", 1000)
		if two := r.state(second); two != "returned" || r.available() != 100_000 {
			t.Error(two, r.available())
		}
	})
}
