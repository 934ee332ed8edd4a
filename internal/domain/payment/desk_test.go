package payment_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/money"
)

// A refund above the limit is kept back until a second officer confirms it: not
// the one who asked, not one of another agency, and not twice.
func TestTwoPersonsRefund(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.TwoAbove = 2000
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		one, two := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}, actor.Actor{Person: "p2", Post: "b", Role: "jpj/treasurer", Agency: "jpj"}
		ask := func(amount int64) (ref payment.Refund, err error) {
			return ref, r.db.Write(t.Context(), func(tx *db.Tx) error {
				pay, err := r.PaymentTx(tx, id)
				if err != nil {
					return err
				}
				ref, err = r.AskRefundTx(tx, one, pay, 0)
				if fault.CodeOf(err) != fault.Invalid {
					t.Errorf("a refund of nothing: %v", err)
				}
				ref, err = r.AskRefundTx(tx, one, pay, money.Amount(amount))
				return err
			})
		}
		decide := func(by actor.Actor, agency, refund string, yes bool) fault.Code {
			return fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error { return r.DecideRefundTx(tx, by, agency, refund, yes) }))
		}
		big, err := ask(2001)
		if err != nil {
			t.Fatal(err)
		}
		r.drain()
		if len(r.bank.refunds) != 0 {
			t.Fatal("one person alone sent money back")
		}
		if a := r.state("jpj", id); a.at("refund_summary", "amount_available") != 2549.0 {
			t.Errorf("what waits is not kept back: %s", a.text)
		}
		if _, err := ask(2550); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("more than is left: %v", err)
		}
		if c := decide(one, "jpj", big.ID, true); c != fault.Denied {
			t.Errorf("who asked confirmed: %q", c)
		}
		if c := decide(two, "pdrm", big.ID, true); c != fault.Missing {
			t.Errorf("another agency confirmed: %q", c)
		}
		if c := decide(two, "jpj", big.ID, true); c != "" {
			t.Fatal(c)
		}
		if c := decide(two, "jpj", big.ID, false); c != fault.Conflict {
			t.Errorf("decided twice: %q", c)
		}
		r.drain()
		if len(r.bank.refunds) != 1 {
			t.Errorf("%d refunds at the bank", len(r.bank.refunds))
		}
		other, err := ask(2500)
		if err != nil {
			t.Fatal(err)
		}
		if c := decide(one, "jpj", other.ID, false); c != "" { // whoever asked may think better of it
			t.Error(c)
		}
		if _, err := ask(2000); err != nil { // at the limit one person is enough
			t.Error(err)
		}
		r.drain()
		if len(r.bank.refunds) != 2 {
			t.Errorf("%d refunds at the bank", len(r.bank.refunds))
		}
		if a := r.state("jpj", id); a.at("refund_summary", "amount_submitted") != 4001.0 {
			t.Errorf("%s", a.text)
		}
		r.sound()
	})
}

// The limit holds for what one person sends back of a payment in all, and with a key
// that they made: in pieces, at the desk or by /v1, it is one person's money.
func TestTwoPersonsInPieces(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.TwoAbove = 2000
		one, two := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}, actor.Actor{Person: "p2", Post: "b", Role: "jpj/treasurer", Agency: "jpj"}
		r.write(func(tx *db.Tx) (err error) {
			_, r.keys["jpj"], err = r.MakeKeyTx(tx, one, "jpj", "own", false)
			return err
		})
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		r.write(func(tx *db.Tx) error {
			pay, err := r.PaymentTx(tx, id)
			if err == nil {
				_, err = r.AskRefundTx(tx, one, pay, 1500)
			}
			return err
		})
		r.drain()
		if len(r.bank.refunds) != 1 {
			t.Fatal("below the limit one person is enough")
		}
		a := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 501}`, "")
		if a.status != http.StatusAccepted || a.str("status") != "submitted" {
			t.Fatalf("%d %s", a.status, a.text)
		}
		r.drain()
		if len(r.bank.refunds) != 1 {
			t.Error("one person sent more than the limit back, in two pieces")
		}
		notes := func() (n int) {
			r.write(func(tx *db.Tx) error {
				list, err := r.NotesTx(tx, payment.Desk{Collector: payment.Collector{Agency: "jpj"}})
				n = len(list)
				return err
			})
			return n
		}
		if notes() != 1 {
			t.Error("no officer sees that a refund waits")
		}
		desk := payment.Desk{Collector: payment.Collector{Agency: "jpj"}}
		err := r.db.Write(t.Context(), func(tx *db.Tx) error {
			list, err := r.NotesTx(tx, desk)
			if err != nil {
				return err
			}
			return r.CloseNoteTx(tx, two, desk, list[0].ID)
		})
		if f, ok := fault.As(err); !ok || f.Key != "payment.error.refund_waits" || notes() != 1 {
			t.Errorf("a refund that waits was looked away: %v, %d notes", err, notes())
		}
		yes := func(by actor.Actor) fault.Code {
			return fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error { return r.DecideRefundTx(tx, by, "jpj", a.str("refund_id"), true) }))
		}
		if c := yes(one); c != fault.Denied {
			t.Errorf("who made the key confirmed what it asked for: %q", c)
		}
		if c := yes(two); c != "" {
			t.Fatal(c)
		}
		if notes() != 0 {
			t.Error("it is said to wait still")
		}
		if a := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 500}`, ""); a.status != http.StatusAccepted {
			t.Errorf("%d %s", a.status, a.text)
		}
		r.drain()
		if len(r.bank.refunds) != 3 {
			t.Errorf("%d refunds at the bank", len(r.bank.refunds))
		}
		r.sound()
	})
}

// What an officer may send back is said as an amount, and where nothing is left, so;
// what is looked for under no reference, or under one of nothing, is said in words.
func TestDeskWords(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		by := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		back := func(amount int64) string {
			f, _ := fault.As(r.db.Write(t.Context(), func(tx *db.Tx) error {
				pay, err := r.PaymentTx(tx, id)
				if err == nil {
					_, err = r.AskRefundTx(tx, by, pay, money.Amount(amount))
				}
				return err
			}))
			if f == nil {
				return ""
			}
			return f.Key
		}
		for _, x := range []struct {
			amount int64
			key    string
		}{{4551, "payment.error.too_much"}, {4550, ""}, {1, "payment.error.nothing_left"}} {
			if key := back(x.amount); key != x.key {
				t.Errorf("%d sen: %q, not %q", x.amount, key, x.key)
			}
		}
		for q, key := range map[string]string{"": "payment.error.which.empty", "NOPE": "payment.error.which.none"} {
			err := r.db.Read(t.Context(), func(tx *db.Tx) error {
				_, err := r.FoundTx(tx, payment.Desk{Collector: payment.Collector{Agency: "jpj"}}, q)
				return err
			})
			if f, ok := fault.As(err); !ok || f.Key != key {
				t.Errorf("%q: %v", q, err)
			}
		}
	})
}

// No officer moves the money of a payment of their own: at the counter, back, or
// with a yes to what a colleague asked.
func TestOwnPayment(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		me, other := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}, actor.Actor{Person: "p2", Post: "b", Role: "jpj/treasurer", Agency: "jpj"}
		var c payment.Collector
		var pay payment.Payment
		var waits payment.Refund
		r.write(func(tx *db.Tx) (err error) {
			if c, err = r.CollectorTx(tx, "jpj"); err != nil {
				return err
			}
			pay, err = r.CreateTx(tx, payment.Payment{Agency: "jpj", Amount: 3000, Currency: "MYR", Reference: "saman", Description: "Saman", Person: "p1", ExpiresAt: 3600_000_000})
			return err
		})
		desk := payment.Desk{Collector: c, Acts: true}
		counter := func(by actor.Actor) fault.Code {
			return fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error { _, err := r.CounterTx(tx, by, desk, pay.ID, 3000); return err }))
		}
		back := func(by actor.Actor) fault.Code {
			return fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error {
				now, err := r.PaymentTx(tx, pay.ID)
				if err == nil {
					waits, err = r.AskRefundTx(tx, by, now, 100)
				}
				return err
			}))
		}
		if c := counter(me); c != fault.Denied {
			t.Errorf("an officer gave themself a receipt: %q", c)
		}
		r.write(func(tx *db.Tx) error { // what a counter took is sent back by nobody
			_, err := r.TakeTx(tx, c, pay, payment.Transfer, 3000, "B77", "")
			return err
		})
		if c := back(me); c != fault.Denied {
			t.Errorf("an officer sent their own payment back: %q", c)
		}
		r.TwoAbove = 50
		if c := back(other); c != "" {
			t.Fatal(c)
		}
		if c := fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error { return r.DecideRefundTx(tx, me, "jpj", waits.ID, true) })); c != fault.Denied {
			t.Errorf("an officer confirmed a refund of their own payment: %q", c)
		}
	})
}

// concerns is a payee that knows whom its payments are about, and what is owed.
type concerns struct {
	payee
	about []string
}

func (c concerns) ConcernedTx(*db.Tx, string, payment.Payment) ([]string, error) { return c.about, nil }
func (c concerns) OwesTx(_ *db.Tx, ref string, _ payment.Payment) (bool, error) {
	return c.payee[ref], nil
}

// factors wants two factors of who takes money.
type factors struct{}

func (factors) Enough(_ *db.Tx, a actor.Actor, _, authentication int) error {
	if a.AAL < authentication {
		return fault.New(fault.SignedOut, "web.error.step_up")
	}
	return nil
}

// Cash is taken for what is owed still, by an officer who signed in with two factors and
// whom the payment is not about.
func TestCounterBounds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Assurance = factors{}
		r.Tell(payment.FromService, concerns{payee{"C-1": true}, []string{"p1"}})
		var desk payment.Desk
		pays := map[string]payment.Payment{}
		r.write(func(tx *db.Tx) (err error) {
			if desk.Collector, err = r.CollectorTx(tx, "jpj"); err != nil {
				return err
			}
			for _, ref := range []string{"C-1", "C-2"} {
				if pays[ref], err = r.CreateTx(tx, payment.Payment{Agency: "jpj", Amount: 3000, Currency: "MYR", Reference: ref, Description: "Lesen", Origin: payment.FromService, OriginRef: ref,
					Person: "ssm:1", ExpiresAt: 3600_000_000}); err != nil {
					return err
				}
			}
			return nil
		})
		take := func(person string, aal int, ref string, amount money.Amount) fault.Code {
			by := actor.Actor{Person: person, Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: aal}
			return fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error { _, err := r.CounterTx(tx, by, desk, pays[ref].ID, amount); return err }))
		}
		if c := take("p2", 1, "C-1", 3000); c != fault.SignedOut {
			t.Errorf("a password alone gives a receipt: %q", c)
		}
		if c := take("p1", 2, "C-1", 3000); c != fault.Denied {
			t.Errorf("an officer gave a receipt for a case of their own: %q", c)
		}
		if c := take("p2", 2, "C-2", 3000); c != fault.Conflict {
			t.Errorf("cash was taken for what nobody owes: %q", c)
		}
		for _, amount := range []money.Amount{2999, 3001, 0, -3000} {
			if c := take("p2", 2, "C-1", amount); c != fault.Invalid {
				t.Errorf("%d: %q", amount, c)
			}
		}
		if c := take("p2", 2, "C-1", 3000); c != "" {
			t.Errorf("%q", c)
		}
		r.drain()
		if n := r.balance("clearing:jpj-sandbox:counter"); n != 3000 || len(r.bank.refunds) != 0 {
			t.Errorf("%d in clearing, %d back", n, len(r.bank.refunds))
		}
		r.sound()
	})
}

// An agency's system says by /v1 where it is told, sees what was sent, and has it
// sent again; another agency's system sees and does nothing of it.
func TestWebhookCalls(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var mu sync.Mutex
		got := map[string]int{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			got[req.Header.Get("webhook-id")]++
		}))
		defer server.Close()
		for body, want := range map[string]string{`{}`: "P0101", `{"url": ""}`: "P0102", `{"url": "ftp://agency.example"}`: "P0102", `{"url": 7}`: "P0102"} {
			if a := r.call("jpj", "POST", "/v1/webhooks", body, ""); a.str("code") != want {
				t.Errorf("%s: %d %s", body, a.status, a.text)
			}
		}
		a := r.call("jpj", "POST", "/v1/webhooks", `{"url": "`+server.URL+`"}`, "")
		if a.status != http.StatusCreated || a.str("secret") != r.DemoSecret() || a.str("webhook_id") == "" {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if b := r.call("jpj", "GET", "/v1/webhooks", "", ""); strings.Contains(b.text, "whsec") || !strings.Contains(b.text, server.URL) {
			t.Errorf("%s", b.text)
		}
		for range 3 {
			r.asked("jpj")
		}
		r.drain()
		type page struct {
			Deliveries []struct {
				Message string `json:"message_id"`
				State   string
			}
			Links struct {
				Next *struct{ Href string } `json:"next_page"`
			} `json:"_links"`
		}
		seen, path := []string{}, "/v1/webhooks/deliveries?display_size=1"
		for _, q := range []string{"cursor=zzz", "cursor=%00", "after=zzz", "cursor=01a229f7-4280-7048-95c9-6cc0a1b2c3d4", "display_size=0", "display_size=501", "limit=101", "state=lost"} {
			if a := r.call("jpj", "GET", "/v1/webhooks/deliveries?"+q, "", ""); a.status != http.StatusUnprocessableEntity || a.str("code") != "P0401" {
				t.Errorf("%s: %d %s", q, a.status, a.text)
			}
		}
		for path != "" {
			var out page
			if err := json.Unmarshal([]byte(r.call("jpj", "GET", path, "", "").text), &out); err != nil {
				t.Fatal(err)
			}
			if len(out.Deliveries) != 1 {
				t.Errorf("%s: %d deliveries", path, len(out.Deliveries))
			}
			for _, d := range out.Deliveries {
				if d.State != "sent" {
					t.Errorf("%+v", d)
				}
				seen = append(seen, d.Message)
			}
			if path = ""; out.Links.Next != nil {
				path = strings.TrimPrefix(out.Links.Next.Href, base)
			}
		}
		if len(seen) != 3 || len(got) != 3 {
			t.Fatalf("%v, %v", seen, got)
		}
		if b := r.call("pdrm", "GET", "/v1/webhooks/deliveries", "", ""); strings.Contains(b.text, "msg_") {
			t.Errorf("another agency's: %s", b.text)
		}
		if b := r.call("pdrm", "POST", "/v1/webhooks/messages/"+seen[0]+"/replay", "", ""); b.status != http.StatusNotFound {
			t.Errorf("another agency sends it again: %d", b.status)
		}
		if b := r.call("jpj", "POST", "/v1/webhooks/messages/"+seen[0]+"/replay", "", ""); b.status != http.StatusAccepted {
			t.Errorf("%d %s", b.status, b.text)
		}
		r.drain()
		if got[seen[0]] != 2 {
			t.Errorf("%v", got)
		}
		if b := r.call("pdrm", "DELETE", "/v1/webhooks/"+a.str("webhook_id"), "", ""); b.status != http.StatusNotFound {
			t.Errorf("another agency ended it: %d", b.status)
		}
		if b := r.call("jpj", "DELETE", "/v1/webhooks/"+a.str("webhook_id"), "", ""); b.status != http.StatusNoContent {
			t.Errorf("%d %s", b.status, b.text)
		}
		if b := r.call("jpj", "POST", "/v1/webhooks/messages/"+seen[0]+"/replay", "", ""); b.status != http.StatusConflict {
			t.Errorf("%d %s", b.status, b.text)
		}
	})
}

// An agency's system reads what each account of its own books holds.
func TestBooksByCall(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		held := func(agency string) (out map[string]float64) {
			out = map[string]float64{}
			list, _ := r.call(agency, "GET", "/v1/ledger/accounts", "", "").body["accounts"].([]any)
			for _, one := range list {
				a, _ := one.(map[string]any)
				code, _ := a["code"].(string)
				out[code], _ = a["balance"].(float64)
			}
			return out
		}
		if h := held("jpj"); h["clearing:jpj-sandbox:qr"] != 4550 || h["agency:jpj-sandbox:collected"] != 4550 || len(h) < 10 {
			t.Errorf("%v", h)
		}
		for code, n := range held("pdrm") {
			if n != 0 || strings.Contains(code, "jpj") {
				t.Errorf("another agency: %s %v", code, n)
			}
		}
	})
}

// Every table of the desks and of the developers' page is one that a telephone shows
// without scrolling sideways: none is written by hand, and each is stacked.
func TestTablesAreStacked(t *testing.T) {
	pages, err := filepath.Glob("*.templ")
	for _, room := range []string{"*/*.templ", "../portal/page_about.templ"} {
		more, wrong := filepath.Glob(room)
		if pages = append(pages, more...); wrong != nil {
			err = wrong
		}
	}
	if err != nil || len(pages) < 12 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "<table") {
			t.Errorf("%s has a table written by hand", page)
		}
		if all, stacked := strings.Count(string(text), "@ui.Table("), strings.Count(string(text), "@ui.Table(ui.Stacked("); all != stacked {
			t.Errorf("%s: %d of %d tables are stacked", page, stacked, all)
		}
	}
}

// A key ends by a second press only: the list leads to a page that asks, and a look at
// that page ends none.
func TestKeyEndAsks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		by := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: 2}
		var keys []payment.Key
		look := func(query string) string {
			r.write(func(tx *db.Tx) (err error) { keys, err = r.Keys(tx, "jpj"); return err })
			return r.read("/payments/{agency}/system", "/payments/jpj/system"+query, by, "agency", "jpj")
		}
		list := look("")
		id := keys[0].ID
		if strings.Contains(list, "/revoke") || !strings.Contains(list, "/payments/jpj/system?end="+id) {
			t.Error("a key ends by one press")
		}
		if page := look("?end=" + id); !strings.Contains(page, "/payments/jpj/system/key/"+id+"/revoke") || !strings.Contains(page, keys[0].Name) {
			t.Errorf("nobody is asked: %s", page)
		}
		if page := look("?end=none"); keys[0].RevokedAt != 0 || strings.Contains(page, "/revoke") {
			t.Error("a look ended a key, or a key that there is not is asked about")
		}
	})
}
