package payment_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

var form = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}

// read is a page of the desks, as a signed-in officer sees it in English.
func (r *rig) read(pattern, path string, by actor.Actor, values ...string) string {
	r.t.Helper()
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	l := texts.For(locale.English)
	req := httptest.NewRequest("GET", base+path, nil)
	for i := 0; i+1 < len(values); i += 2 {
		req.SetPathValue(values[i], values[i+1])
	}
	req = req.WithContext(ui.WithSite(web.With(req.Context(), by, l), ui.Site{L: l, Actor: by, Name: locale.Same("Balai"), BaseURL: base}))
	w := httptest.NewRecorder()
	for _, x := range r.Routes() {
		if x.Method == "GET" && x.Pattern == pattern {
			if err := x.Handler(w, req); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	return w.Body.String()
}

// attempt is a payment's open attempt in a way.
func (r *rig) attempt(id string, m payment.Method) (ref string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return tx.QueryRow(`select id from payment_attempt where payment = $1 and method = $2 and status = 'open'`, id, string(m)).Scan(&ref)
	})
	return ref
}

// What was paid at a counter is refused by the bank's way back, at once and with what to
// do instead; what nobody owed is put before an officer.
func TestCounterRefund(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		owed := payee{}
		r.Tell(payment.FromService, owed)
		by := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: 2}
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id := a.str("payment_id")
		desk := payment.Desk{}
		var fee payment.Payment
		r.write(func(tx *db.Tx) (err error) {
			if desk.Collector, err = r.CollectorTx(tx, "jpj"); err != nil {
				return err
			}
			if _, err = r.CounterTx(tx, by, desk, id, 4550); err != nil {
				return err
			}
			if fee, err = r.CreateTx(tx, payment.Payment{Agency: "jpj", Amount: 3000, Currency: "MYR", Reference: "C-1", Description: "Lesen", ReturnURL: base + "/mine/C-1",
				Origin: payment.FromService, OriginRef: "C-1", ExpiresAt: 3600_000_000}); err != nil {
				return err
			}
			_, err = r.TakeTx(tx, desk.Collector, fee, payment.Counter, 3000, "", "")
			return err
		})
		r.drain()
		if got := r.state("jpj", id); got.str("refund_summary", "status") != "unavailable" || !strings.Contains(got.text, `"amount_available":0,`) {
			t.Errorf("what may be refunded: %s", got.text)
		}
		if got := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 100}`, ""); got.status != http.StatusBadRequest || got.str("code") != "P0603" || !strings.Contains(got.text, "counter") {
			t.Errorf("%d %s", got.status, got.text)
		}
		if got := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 100, "refund_amount_available": 0}`, ""); got.str("code") != "P0603" || !strings.Contains(got.text, "counter") {
			t.Errorf("as the payment says what is left: %d %s", got.status, got.text)
		}
		err := r.db.Write(t.Context(), func(tx *db.Tx) error {
			pay, err := r.PaymentTx(tx, id)
			if err == nil {
				_, err = r.AskRefundTx(tx, by, pay, 100)
			}
			return err
		})
		if f, ok := fault.As(err); !ok || f.Key != "payment.error.at_counter" {
			t.Errorf("an officer is answered %v", err)
		}
		page := r.read("/payments/{agency}/payment/{payment}", "/payments/jpj/payment/"+id, by, "agency", "jpj", "payment", id)
		if !strings.Contains(page, "so no bank can send it back") || strings.Contains(page, `name="amount"`) {
			t.Error("the desk offers to send it back")
		}
		var notes []payment.Note
		r.write(func(tx *db.Tx) (err error) { notes, err = r.NotesTx(tx, desk); return err })
		if len(notes) != 1 || notes[0].Kind != "counter_back" || notes[0].Payment != fee.ID || len(r.bank.refunds) != 0 {
			t.Errorf("what nobody owed: %+v, %d at the bank", notes, len(r.bank.refunds))
		}
		r.sound()
	})
}

// Who paid for an application goes on to it; who paid for another site goes back there.
func TestWayBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var page string
		r.write(func(tx *db.Tx) (err error) {
			page, err = r.PageTx(tx, payment.Owed{Agency: "jpj", Amount: 3000, What: locale.Same("Lesen"), Reference: "C-1", Origin: payment.FromService, Ref: "C-1", Back: "/mine/C-1", Lang: locale.English})
			return err
		})
		page = strings.TrimPrefix(page, base)
		r.do("GET", page, nil, nil)
		var ref string
		r.write(func(tx *db.Tx) error {
			return tx.QueryRow(`select id from payment_attempt where method = 'qr'`).Scan(&ref)
		})
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 3000))
		done := r.do("GET", page, nil, nil)
		if !strings.Contains(done.text, "Teruskan ke permohonan anda") || strings.Contains(done.text, "localhost:8080<") {
			t.Error("the page does not lead on to the application")
		}
		_, path, ok := strings.Cut(done.text, `href="/receipt/`)
		path, _, _ = strings.Cut(path, `"`)
		if slip := r.do("GET", "/receipt/"+html.UnescapeString(path), nil, nil); !ok || !strings.Contains(slip.text, "Teruskan ke permohonan anda") {
			t.Errorf("the receipt does not lead on: %d", slip.status)
		}
	})
}

// A note says of which payment it is, how much was asked, and whether the money went back:
// what did comes last.
func TestNotesLead(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		d := r.bank.debit("MYJPJ", ref, 4000)
		r.tell("MYJPJ", d)
		if err := r.Enquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.drain()
		d = r.bank.debit("MYJPJ", ref, 4550)
		d["payee"] = "999"
		r.tell("MYJPJ", d)
		r.write(func(tx *db.Tx) error {
			desk := payment.Desk{Collector: payment.Collector{Agency: "jpj"}}
			notes, err := r.NotesTx(tx, desk)
			if len(notes) != 2 {
				t.Fatalf("%+v", notes)
			}
			if n := notes[1]; n.Payment != id || n.Asked != 4550 || n.Amount != 4000 || n.Back != "success" {
				t.Errorf("%+v", n)
			}
			if n := notes[0]; n.Payment != id || n.Back != "" {
				t.Errorf("%+v", n)
			}
			return err
		})
	})
}

// Who paid too late, or twice, reads on the page that the money is on its way back, and
// then when it went and under which reference. What a script alone makes true is hidden
// from who has none.
func TestPageSaysWhatWentBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "<span data-pay-script hidden>Halaman ini bertukar") {
			t.Error("without a script the page promises to change")
		}
		ref := r.attempt(id, payment.QR)
		r.clock.Advance(2 * time.Hour)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Jika wang telah ditolak") {
			t.Error("nothing came, and the page does not say what happens if something does")
		}
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "RM45.50 sedang dipulangkan") || strings.Contains(got.text, "Jika wang telah ditolak") {
			t.Error("the page does not say that the money is on its way back")
		}
		r.drain()
		var back string
		r.write(func(tx *db.Tx) error {
			return tx.QueryRow(`select bank_ref from payment_refund where payment = $1`, id).Scan(&back)
		})
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "RM45.50 telah dipulangkan pada ") || !strings.Contains(got.text, "rujukan "+back+".") {
			t.Errorf("the page does not say that the money went back under %s", back)
		}
	})
}

// Forged messages raise one note for each agency and day, which counts them; of an
// unknown merchant the figure alone. A machine is answered in a machine's way.
func TestForgedRaiseANote(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		desk := payment.Desk{Collector: payment.Collector{Agency: "jpj"}}
		for range 5 {
			a := r.do("POST", "/bank/sandbox/MYJPJ", []byte(`{}`), nil)
			if a.status != http.StatusForbidden || a.header.Get("Content-Type") != "application/json" || a.str("description") == "" || len(a.text) > 200 {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		r.do("POST", "/bank/sandbox/MYNONE", []byte(`{}`), nil)
		notes := func() (list []payment.Note) {
			r.write(func(tx *db.Tx) (err error) { list, err = r.NotesTx(tx, desk); return err })
			return list
		}
		if list := notes(); len(list) != 1 || list[0].Kind != "forged" || list[0].Amount != 1 {
			t.Errorf("the first is not noted at once, or each is written: %+v", list)
		}
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list := notes(); len(list) != 1 || list[0].Amount != 5 {
			t.Errorf("five of a day are %+v", list)
		}
		r.clock.Advance(24 * time.Hour)
		r.do("POST", "/bank/sandbox/MYJPJ", []byte(`{}`), nil)
		if list := notes(); len(list) != 2 || list[1].Amount != 1 {
			t.Errorf("another day's are %+v", list)
		}
		// One that an officer closed is raised anew by what comes after.
		by := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}
		id := notes()[1].ID
		r.write(func(tx *db.Tx) error { return r.CloseNoteTx(tx, by, desk, id) })
		if list := notes(); len(list) != 1 || list[0].ID == id {
			t.Fatalf("a closed note stays on the list: %+v", list)
		}
		r.clock.Advance(time.Hour)
		r.do("POST", "/bank/sandbox/MYJPJ", []byte(`{}`), nil)
		if list := notes(); len(list) != 2 || list[1].ID != id || list[1].Amount != 2 || list[1].At != clock.Micro(r.clock.Now()) {
			t.Errorf("after a closed note more came, and the list is %+v", list)
		}
		if n := r.Forged(); n["signature"] != 7 || n["merchant"] != 1 {
			t.Errorf("%v", n)
		}
	})
}

// A card that is declined, or a payment cancelled at the bank, is said so at once, and
// every way is offered again; while another bank has not answered, nobody is asked to
// pay again.
func TestRefusedAtTheBank(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		refuse := func(ref, reason string) {
			t.Helper()
			if a := r.tell("MYJPJ", map[string]any{"id": "c" + ref, "merchant": "MYJPJ", "reference": ref, "state": "failed", "reason": reason}); a.status != http.StatusNoContent {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		for _, c := range []struct {
			by     payment.Method
			reason string
			want   string
		}{
			{payment.Card, "declined", "Kad ditolak. Tiada wang diambil. Cuba kad atau cara lain."},
			{payment.Card, "cancelled", "Anda membatalkan bayaran di bank."},
			{payment.Bank, "cancelled", "Anda membatalkan bayaran di bank."},
			{payment.Bank, "rejected", "Bank menolak bayaran ini. Tiada wang diambil."},
		} {
			a := r.call("jpj", "POST", "/v1/payments", wanted, "")
			id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
			r.do("POST", page, []byte("by="+string(c.by)), form)
			if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Jangan bayar sekali lagi") || !strings.Contains(got.text, `data-pay-was="submitted"`) {
				t.Errorf("%s: nothing is heard, and the page does not say so", c.by)
			}
			refuse(r.attempt(id, c.by), c.reason)
			if s := r.state("jpj", id); s.str("state", "status") != "started" || s.at("state", "code") != nil {
				t.Errorf("%s %s: %s", c.by, c.reason, s.text)
			}
			got := r.do("GET", page, nil, nil)
			for _, want := range []string{c.want, "/qr.svg", "?by=fpx", "?by=card"} {
				if !strings.Contains(got.text, want) {
					t.Errorf("%s %s: the page lacks %q", c.by, c.reason, want)
				}
			}
			if strings.Contains(got.text, "Jangan bayar sekali lagi") {
				t.Errorf("%s %s: the page still waits for the bank", c.by, c.reason)
			}
			// Another try succeeds, and nothing is said of the first one.
			r.do("POST", page, []byte("by=card"), form)
			r.tell("MYJPJ", r.bank.debit("MYJPJ", r.attempt(id, payment.Card), 4550))
			if s := r.state("jpj", id); s.str("state", "status") != "success" {
				t.Errorf("%s %s: %s", c.by, c.reason, s.text)
			}
		}

		// Two ways are tried at once, and one of them is refused.
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		for _, by := range []payment.Method{payment.Bank, payment.Card} {
			r.do("POST", page, []byte("by="+string(by)), form)
		}
		refuse(r.attempt(id, payment.Card), "declined")
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Jangan bayar sekali lagi") || strings.Contains(got.text, "/qr.svg") {
			t.Error("one of two banks has not answered, and the payer is asked to pay again")
		}
		r.clock.Advance(time.Second)
		refuse(r.attempt(id, payment.Bank), "rejected")
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Bank menolak bayaran ini. Tiada wang diambil.") {
			t.Error("both have refused, and the page does not say so")
		}
		over := r.read("/payments", "/payments", actor.Actor{Person: "p", Role: "anm/treasurer", Agency: "anm"})
		for _, want := range []string{"Tries declined or cancelled at the bank", "Failed tries", `>6</td>`} {
			if !strings.Contains(over, want) {
				t.Errorf("the overview lacks %q", want)
			}
		}
		r.sound()
	})
}

// Who comes back from the bank before it has told of the debit sees the receipt at
// once: the page asks the bank. It does so once in three seconds and no more, and
// where the bank is silent or knows of no debit, it waits as before.
func TestBackBeforeTheBankTells(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		begin := func() (id, page string) {
			a := r.call("jpj", "POST", "/v1/payments", wanted, "")
			id, page = a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
			r.do("POST", page, []byte("by=fpx"), form)
			return id, page
		}
		id, page := begin()
		r.bank.debit("MYJPJ", r.attempt(id, payment.Bank), 4550)
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "/receipt/") || strings.Contains(got.text, "Jangan bayar sekali lagi") {
			t.Errorf("the bank has the debit, and the page does not say so: %s", got.text)
		}
		if s := r.state("jpj", id); s.str("state", "status") != "success" {
			t.Error(s.text)
		}

		id, page = begin()
		before := r.bank.asked
		for range 30 {
			if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "Jangan bayar sekali lagi") {
				t.Fatal("nothing came, and the page does not wait")
			}
		}
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "diluluskan oleh orang lain") || !strings.Contains(got.text, "Jika anda belum membayar di bank") {
			t.Error("who waits for somebody else at the bank is asked to pay anew")
		}
		if n := r.bank.asked - before; n != 1 {
			t.Errorf("a page that was read thirty times asked the bank %d times", n)
		}
		r.clock.Advance(3 * time.Second)
		r.bank.away = true
		r.bank.debit("MYJPJ", r.attempt(id, payment.Bank), 4550)
		if got := r.do("GET", page, nil, nil); got.status != http.StatusOK || !strings.Contains(got.text, "Jangan bayar sekali lagi") {
			t.Errorf("the bank is away: %d", got.status)
		}
		if s := r.state("jpj", id); s.str("state", "status") != "submitted" {
			t.Error(s.text)
		}
		r.bank.away = false
		r.clock.Advance(3 * time.Second)
		if got := r.do("GET", page, nil, nil); !strings.Contains(got.text, "/receipt/") {
			t.Error("the bank is there again, and the page does not say what it knows")
		}
		r.sound()
	})
}

// The overview's share of quick receipts says of how many no time is known; money at
// a counter is none of them, since no bank debits anybody there.
func TestUnknownWaits(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Tell(payment.FromService, payee{})
		take := func(ref string, m payment.Method) {
			r.write(func(tx *db.Tx) error {
				c, err := r.CollectorTx(tx, "jpj")
				if err != nil {
					return err
				}
				fee, err := r.CreateTx(tx, payment.Payment{Agency: "jpj", Amount: 3000, Currency: "MYR", Reference: ref, Description: "Lesen", ReturnURL: base + "/mine/" + ref,
					Origin: payment.FromService, OriginRef: ref, ExpiresAt: 3600_000_000})
				if err == nil {
					_, err = r.TakeTx(tx, c, fee, m, 3000, "", "")
				}
				return err
			})
		}
		look := func() string {
			return r.read("/payments", "/payments", actor.Actor{Person: "p", Role: "anm/treasurer", Agency: "anm"})
		}
		take("C-1", payment.Counter)
		if over := look(); strings.Contains(over, "of unknown time") {
			t.Error("a counter's receipt is counted as one of unknown time")
		} else if !strings.Contains(over, ">None<") {
			t.Error("no payment ended without money, and no word says so")
		}
		take("C-2", payment.Transfer)
		if over := look(); !strings.Contains(over, "1 of unknown time are not counted") || !strings.Contains(over, "Time not known") {
			t.Error("the overview hides receipts of unknown time")
		}
	})
}

// A receipt and the payer's page say what went back, and not what waits for a second
// person.
func TestWaitingIsNotSentBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.TwoAbove = 1000
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		r.do("GET", page, nil, nil)
		r.tell("MYJPJ", r.bank.debit("MYJPJ", r.attempt(id, payment.QR), 4550))
		one, two := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}, actor.Actor{Person: "p2", Post: "b", Role: "jpj/treasurer", Agency: "jpj"}
		var waits payment.Refund
		r.write(func(tx *db.Tx) error {
			pay, err := r.PaymentTx(tx, id)
			if err == nil {
				waits, err = r.AskRefundTx(tx, one, pay, 3333)
			}
			return err
		})
		r.drain()
		_, path, _ := strings.Cut(r.do("GET", page, nil, nil).text, `href="/receipt/`)
		path, _, _ = strings.Cut(path, `"`)
		told := func() (n int) {
			for _, at := range []string{page, "/receipt/" + html.UnescapeString(path)} {
				if strings.Contains(r.do("GET", at, nil, nil).text, "RM33.33") {
					n++
				}
			}
			return n
		}
		if n := told(); n != 0 {
			t.Errorf("%d pages say that what waits went back", n)
		}
		r.write(func(tx *db.Tx) error { return r.DecideRefundTx(tx, two, "jpj", waits.ID, true) })
		r.drain()
		if n := told(); n != 2 {
			t.Errorf("%d of two pages say what went back", n)
		}
	})
}

// Whose bank does not open a payment keeps the page, with every other way to pay.
func TestBankAwayKeepsThePage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		page := strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		r.do("GET", page, nil, nil)
		r.bank.away = true
		got := r.do("POST", page, []byte("by=fpx"), http.Header{"Content-Type": form["Content-Type"], "Origin": {base}})
		if got.status != http.StatusServiceUnavailable || !strings.Contains(got.text, "Bank tidak menjawab sekarang") || !strings.Contains(got.text, page+"?by=qr") {
			t.Errorf("%d %s", got.status, got.text)
		}
		r.bank.away = false
		if got := r.do("POST", page, []byte("by=fpx"), http.Header{"Content-Type": form["Content-Type"], "Origin": {base}}); got.status != http.StatusSeeOther {
			t.Errorf("%d %s", got.status, got.text)
		}
	})
}

// What the bank took back is offered to nobody as a refund: not to a program, not at the
// desk, which says when it went, and not to a second person who has yet to confirm one.
func TestTakenBackIsNotRefunded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		by := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: 2}
		id, ref := r.asked("jpj")
		d := r.bank.debit("MYJPJ", ref, 4550)
		r.tell("MYJPJ", d)
		second := r.bank.debit("MYJPJ", ref, 4550) // of another telephone: it goes back, and says nothing of the first
		r.tell("MYJPJ", second)
		second["state"] = "reversed"
		r.tell("MYJPJ", second)
		if got := r.state("jpj", id); got.str("refund_summary", "status") != "available" {
			t.Errorf("what nobody owed was taken back: %s", got.text)
		}
		d["state"] = "reversed"
		r.tell("MYJPJ", d)
		refused := func() {
			t.Helper()
			if got := r.state("jpj", id); got.str("refund_summary", "status") != "unavailable" || !strings.Contains(got.text, `"amount_available":0,`) {
				t.Errorf("what may be refunded: %s", got.text)
			}
			for _, body := range []string{`{"amount": 100}`, `{"amount": 4550, "refund_amount_available": 4550}`} {
				if got := r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", body, ""); got.status != http.StatusBadRequest || got.str("code") != "P0603" || !strings.Contains(got.text, "took the money back") {
					t.Errorf("%d %s", got.status, got.text)
				}
			}
		}
		refused()
		err := r.db.Write(t.Context(), func(tx *db.Tx) error {
			pay, err := r.PaymentTx(tx, id)
			if err == nil {
				_, err = r.AskRefundTx(tx, by, pay, 100)
			}
			return err
		})
		if f, ok := fault.As(err); !ok || f.Key != "payment.error.taken_back" {
			t.Errorf("an officer is answered %v", err)
		}
		page := r.read("/payments/{agency}/payment/{payment}", "/payments/jpj/payment/"+id, by, "agency", "jpj", "payment", id)
		if !strings.Contains(page, "Taken back by the bank") || !strings.Contains(page, "nothing to send back") || strings.Contains(page, `name="amount"`) {
			t.Error("the desk offers to send it back, or does not say that the bank took it")
		}
		// What was taken back before payments said so is known from the notes.
		r.exec(`update payment_payment set taken_back_at = 0`)
		migration, err := os.ReadFile("migration/0007_taken.sql")
		if err != nil {
			t.Fatal(err)
		}
		_, update, _ := strings.Cut(string(migration), "default 0;")
		r.exec(strings.TrimSuffix(strings.TrimSpace(update), ";"))
		refused()
		r.sound()
	})
}

// A refund that waits for a second person is not confirmed once the bank took the
// payment back; who drops it may.
func TestTakenBackIsNotConfirmed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		one := actor.Actor{Person: "p1", Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: 2}
		two := one
		two.Person = "p2"
		a := r.call("jpj", "POST", "/v1/payments", strings.Replace(wanted, "4550", "250000", 1), "")
		id := a.str("payment_id")
		d := r.bank.debit("MYJPJ", r.call("jpj", "GET", "/v1/payments/"+id+"/qr", "", "").str("reference"), 250000)
		r.tell("MYJPJ", d)
		var asked payment.Refund
		r.write(func(tx *db.Tx) error {
			pay, err := r.PaymentTx(tx, id)
			if err == nil {
				asked, err = r.AskRefundTx(tx, one, pay, 200000)
			}
			return err
		})
		d["state"] = "reversed"
		r.tell("MYJPJ", d)
		decide := func(yes bool) error {
			return r.db.Write(t.Context(), func(tx *db.Tx) error { return r.DecideRefundTx(tx, two, "jpj", asked.ID, yes) })
		}
		if f, ok := fault.As(decide(true)); !ok || f.Key != "payment.error.taken_back" {
			t.Errorf("a second person is answered %v", f)
		}
		if err := decide(false); err != nil {
			t.Error(err)
		}
		r.drain()
		if len(r.bank.refunds) != 0 {
			t.Errorf("%d refunds are at the bank", len(r.bank.refunds))
		}
		r.sound()
	})
}
