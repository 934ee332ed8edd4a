package payment_test

import (
	"net/http"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// payee owes what is on its list, once each.
type payee map[string]bool

func (p payee) PaidTx(tx *db.Tx, ref string, pay payment.Payment, receipt string) (bool, error) {
	owed := p[ref]
	tx.OnCommit(func() { delete(p, ref) })
	return owed, nil
}

// What is the hall's own to collect has one page at a time; and where nothing is
// owed any more when the money comes, it goes back.
func TestFee(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Tell(payment.FromService, payee{"C-1": true})
		page := func() (path string) {
			t.Helper()
			r.write(func(tx *db.Tx) error {
				url, err := r.PageTx(tx, payment.Owed{Agency: "jpj", Reference: "C-1", What: locale.Same("Lesen"), Amount: 5000, Origin: payment.FromService, Ref: "C-1",
					Person: "aisyah", Back: "/case/C-1", Lang: locale.Malay})
				path = strings.TrimPrefix(url, base)
				return err
			})
			return path
		}
		first := page()
		if again := page(); again != first {
			t.Errorf("one fee has two pages: %s, %s", first, again)
		}
		paid := func(path string) {
			t.Helper()
			if p := r.do("GET", path, nil, nil); p.status != http.StatusOK || !strings.Contains(p.text, "RM50.00") {
				t.Fatalf("%d", p.status)
			}
			list := r.call("jpj", "GET", "/v1/payments?reference=C-1", "", "")
			id := answer{body: list.at("results").([]any)[0].(map[string]any)}.str("payment_id")
			q := r.call("jpj", "GET", "/v1/payments/"+id+"/qr", "", "")
			if a := r.tell("MYJPJ", r.bank.debit("MYJPJ", q.str("reference"), 5000)); a.status != http.StatusNoContent {
				t.Fatalf("%d %s", a.status, a.text)
			}
			r.drain()
		}
		paid(first)
		if len(r.bank.refunds) != 0 || r.balance("agency:jpj-sandbox:collected") != 5000 {
			t.Error("what was owed went back")
		}
		second := page()
		if second == first {
			t.Fatal("a page that is paid is asked for again")
		}
		paid(second)
		if len(r.bank.refunds) != 1 || r.balance("agency:jpj-sandbox:collected") != 5000 {
			t.Errorf("what was not owed stayed: %d refunds, %d", len(r.bank.refunds), r.balance("agency:jpj-sandbox:collected"))
		}
		r.sound()
	})
}

// refuser is a payee from whose payment nothing can follow, who keeps it or not.
type refuser struct{ kept *int }

func (refuser) PaidTx(*db.Tx, string, payment.Payment, string) (bool, error) {
	return false, fault.New(fault.Conflict, "payment.error.state")
}

func (p refuser) KeptTx(tx *db.Tx, _ string, _ payment.Payment, receipt string) (bool, error) {
	tx.OnCommit(func() { *p.kept++ })
	return receipt != "", nil
}

// Where what should follow from a payment is refused, the payment is kept, once,
// and does not go back.
func TestAPaymentIsKeptThoughNothingCanFollow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		kept := 0
		r.Tell(payment.FromService, refuser{&kept})
		id, ref := r.asked("jpj")
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update payment_payment set origin = 'service', origin_ref = 'C-1' where id = $1`, id)
			return err
		})
		if a := r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550)); a.status != http.StatusNoContent {
			t.Fatalf("%d %s", a.status, a.text)
		}
		r.drain()
		if kept != 1 || len(r.bank.refunds) != 0 || r.state("jpj", id).str("state", "status") != "success" {
			t.Errorf("kept %d times, %d refunds", kept, len(r.bank.refunds))
		}
		r.sound()
	})
}
