package payment_test

import (
	"net/http"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

// Where the hall has no bank a payment is paid at a counter, with the reference that
// its page shows.
func TestOnlyACounterWithoutABank(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Assurance = factors{}
		r.Sandbox = nil
		var desk payment.Desk
		r.write(func(tx *db.Tx) (err error) { desk.Collector, err = r.CollectorTx(tx, "jpj"); return err })
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		if got := r.do("GET", page, nil, nil); got.status != http.StatusOK || !strings.Contains(got.text, `value="counter"`) || strings.Contains(got.text, "?by=") {
			t.Fatalf("%d: %s", got.status, got.text)
		}
		if got := r.do("POST", page, []byte("by=fpx"), form); got.status != http.StatusConflict {
			t.Errorf("there is no bank, and the payer is sent to one: %d", got.status)
		}
		r.do("POST", page, []byte("by=counter"), form)
		ref := r.attempt(id, payment.Counter)
		if got := r.do("GET", page, nil, nil); ref == "" || !strings.Contains(got.text, ref) {
			t.Fatalf("the page does not show %q: %s", ref, got.text)
		}
		officer := actor.Actor{Person: "p2", Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: 2}
		r.write(func(tx *db.Tx) error { _, err := r.CounterTx(tx, officer, desk, ref, 4550); return err })
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "/receipt/") {
			t.Error("paid at the counter, and its page has no receipt")
		}
		r.sound()
	})
}

// A desk's page of a payment says what went back, and which officers sent it.
func TestSheetNamesWhoSentBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.TwoAbove = 2000
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		one, two := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}, actor.Actor{Person: "p2", Post: "b", Role: "jpj/treasurer", Agency: "jpj"}
		r.write(func(tx *db.Tx) error {
			return r.Directory.LoadTx(tx, directory.Set{People: []directory.Person{{ID: "p1", Name: "Aminah"}, {ID: "p2", Name: "Gopal"}}})
		})
		look := func() string {
			return r.read("/payments/{agency}/payment/{payment}", "/payments/jpj/payment/"+id, one, "agency", "jpj", "payment", id)
		}
		var big payment.Refund
		r.write(func(tx *db.Tx) error {
			pay, err := r.PaymentTx(tx, id)
			if err == nil {
				big, err = r.AskRefundTx(tx, one, pay, 4550)
			}
			return err
		})
		if got := look(); !strings.Contains(got, "asked for by Aminah") || strings.Contains(got, "Gopal") || strings.Contains(got, "Sent back</dt>") {
			t.Error("while it waits:", got)
		}
		r.write(func(tx *db.Tx) error { return r.DecideRefundTx(tx, two, "jpj", big.ID, true) })
		r.drain()
		got := look()
		for _, want := range []string{"asked for by Aminah", "decided by Gopal"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q: %s", want, got)
			}
		}
		if _, after, _ := strings.Cut(got, "Sent back"); !strings.Contains(after[:min(len(after), 200)], "RM45.50") {
			t.Error("what went back is not said:", got)
		}
		r.sound()
	})
}

// A price that changes soon cannot be paid slowly, and the page says so.
func TestHastySaysSo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Tell(payment.FromService, hastened{payee{}, r})
		var page string
		r.write(func(tx *db.Tx) (err error) {
			page, err = r.PageTx(tx, payment.Owed{Agency: "jpj", Amount: 3000, What: locale.Same("Lesen"), Reference: "C-1", Origin: payment.FromService, Ref: "C-1", Back: "/mine/C-1", Lang: locale.English})
			return err
		})
		got := r.do("GET", strings.TrimPrefix(page, base)+"?lang=en", nil, nil)
		if !strings.Contains(got.text, "This amount changes soon") || strings.Contains(got.text, "?by=counter") {
			t.Error(got.text)
		}
	})
}

// What a live key made in a demo stands on the desk of real money, to which its own leads
// and back, and not among its tests.
func TestDeskOfTheOtherBooks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		officer := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}
		r.write(func(tx *db.Tx) (err error) {
			_, r.keys["real"], err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "real", true)
			return err
		})
		if got := r.call("real", "POST", "/v1/payments", strings.ReplaceAll(wanted, "SMN-1", "REAL-1"), ""); got.status != http.StatusCreated {
			t.Fatal(got.text)
		}
		list := func(query string) string {
			return r.read("/payments/{agency}/list", "/payments/jpj/list"+query, officer, "agency", "jpj")
		}
		own, other := list(""), list("?live=1")
		if strings.Contains(own, "REAL-1") || !strings.Contains(own, `href="/payments/jpj?live=1"`) {
			t.Error("the desk of tests:", own)
		}
		if !strings.Contains(other, "REAL-1") || !strings.Contains(other, `href="/payments/jpj"`) || !strings.Contains(other, `href="/payments/jpj/books?live=1"`) || !strings.Contains(other, `name="live"`) {
			t.Error("the desk of real money:", other)
		}
		if got := list("?test=1"); strings.Contains(got, "REAL-1") || strings.Contains(got, "/payments/jpj/books?") {
			t.Error("a demo's own books are those of tests")
		}
		r.Demo = false
		if got := list("?test=1"); strings.Contains(got, "REAL-1") || !strings.Contains(got, `name="test"`) {
			t.Error("tests beside real money:", got)
		}
		if got := list("?live=1"); !strings.Contains(got, "REAL-1") || strings.Contains(got, "/payments/jpj/books?") {
			t.Error("a hall's own books are those of real money:", got)
		}
	})
}

// hastened owes for an hour.
type hastened struct {
	payee
	r *rig
}

func (h hastened) EndsTx(*db.Tx, string, payment.Payment) (int64, error) {
	return h.r.clock.Now().UnixMicro() + 3600_000_000, nil
}
