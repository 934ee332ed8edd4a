package statement_test

import (
	"context"
	"flag"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// A transfer whose payer forgot the reference is matched by amount, day and the
// agency's reference, where one fits and no other; amount and day alone match
// nothing.
func TestForgottenReference(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		begun := func(amount money.Amount) (id, agencys string) {
			id, _ = r.asked(amount)
			agencys = fmt.Sprintf("SMN-%05d", r.n)
			r.chosen("transfer")
			return id, agencys
		}
		one, ref := begun(500)
		two, _ := begun(500)
		alone, _ := begun(900)
		written := credit(500, "T1", "")
		written.Details[0].Remittance = "bayar " + ref + " terima kasih"
		longer := credit(500, "T2", "")
		longer.Details[0].Remittance = ref + "77"
		bare := credit(900, "T3", "")
		r.read(r.xml(r.day(today, 0, written, longer, bare), written, longer, bare))
		for id, want := range map[string]string{one: "success", two: "started", alone: "started"} {
			if got, _ := r.state(id); got != want {
				t.Errorf("%s is %s, and not %s", id, got, want)
			}
		}
		if w := r.waits(); len(w) != 2 || w["T1"] != "" {
			t.Errorf("%v", w)
		}
		r.sound()
	})
}

// Whatever is paid, told, lost, repeated, cut into files and read again in whatever
// order: what the bank holds is what the books hold, clearing is what no statement
// has shown, each line was booked once, and each debit is on one line at most.
func TestAnyStatements(t *testing.T) {
	// Each case has a database of its own: an eighth of the usual number is enough.
	checks := flag.Lookup("rapid.checks")
	if before := checks.Value.String(); before == checks.DefValue {
		if err := checks.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(before) }()
	}
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				r := newTill(t, dbtest.Open(t, engine, migrations()...))
				var all []iso20022.Entry
				var paid []string
				holds := money.Amount(0)
				for range rapid.IntRange(1, 12).Draw(rt, "movements") {
					amount := money.Amount(rapid.IntRange(1, 3).Draw(rt, "amount") * 100)
					var e iso20022.Entry
					switch rapid.IntRange(0, 4).Draw(rt, "what") {
					case 0, 1:
						var id string
						id, e = r.paid(amount)
						paid = append(paid, id)
					case 2: // nobody told
						id, ref := r.asked(amount)
						r.n++
						paid, e = append(paid, id), credit(amount, fmt.Sprint("L", r.n), ref)
					case 3:
						r.n++
						e = credit(amount, fmt.Sprint("X", r.n), "")
					default:
						r.n++
						e = debit(amount, fmt.Sprint("D", r.n), "")
					}
					holds += e.Signed()
					all = append(all, e)
				}
				cut := rapid.IntRange(0, len(all)).Draw(rt, "cut")
				n := r.day(today, 0, all[:cut]...)
				n.Kind, n.ID, n.Balances = iso20022.Notice, "N", nil
				files := [][]byte{r.xml(n, all[:cut]...), r.xml(r.day(today, 0, all...), all...)}
				for _, i := range rapid.SliceOfN(rapid.IntRange(0, 1), 1, 4).Draw(rt, "files") {
					r.read(files[i])
					r.soundly(rt)
				}
				r.read(files[1])
				r.soundly(rt)
				if r.clearing() != 0 || r.balance(r.c.Books(false).Bank()) != holds || !r.proof().Agrees() {
					rt.Errorf("clearing %d, bank %d of %d, %+v", r.clearing(), r.balance(r.c.Books(false).Bank()), holds, r.proof())
				}
				for _, id := range paid {
					if status, receipt := r.state(id); status != "success" || receipt == "" {
						rt.Errorf("%s is %s", id, status)
					}
				}
			})
		})
	}
}

// soundly is sound for a property: what is wrong is of the case that rapid drew.
func (r *till) soundly(rt *rapid.T) {
	rt.Helper()
	for _, a := range []interface {
		Audit(ctx context.Context) ([]string, error)
	}{r.pay, r.room} {
		wrong, err := a.Audit(context.Background())
		if err != nil || len(wrong) > 0 {
			rt.Errorf("%v %v", wrong, err)
		}
	}
}
