package statement_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

func officer(name string) actor.Actor {
	return actor.Actor{Person: name, Role: "jpj/treasurer", Agency: "jpj", Post: name + "-post"}
}

func (r *till) desk() payment.Desk { return payment.Desk{Collector: r.c, Acts: true} }

// waits are the lines that wait, by their bank references.
func (r *till) waits() map[string]string {
	r.t.Helper()
	list, err := r.room.Waiting(r.c, false)
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range list {
		out[l.BankRef] = l.ID
	}
	return out
}

// shown is a page of the desk, as an officer reads it in English.
func (r *till) shown(path string) string {
	r.t.Helper()
	return r.sheet("GET", path, nil).Body.String()
}

// sheet is what an officer of the desk is answered, in English.
func (r *till) sheet(method, path string, form url.Values) *httptest.ResponseRecorder {
	r.t.Helper()
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts, statement.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	l, by := texts.For(locale.English), officer("aminah")
	req := httptest.NewRequest(method, base+"/payments/jpj"+path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req = req.WithContext(ui.WithSite(web.With(req.Context(), by, l), ui.Site{L: l, Actor: by, Name: locale.Same("Balai"), BaseURL: base}))
	w := httptest.NewRecorder()
	desks := http.NewServeMux()
	for _, x := range r.room.Routes() {
		desks.HandleFunc(x.Method+" "+x.Pattern, func(w http.ResponseWriter, req *http.Request) {
			if err := x.Handler(w, req); err != nil {
				r.t.Fatal(err)
			}
		})
	}
	desks.ServeHTTP(w, req)
	return w
}

// The form of a counter says at each field what of it cannot be, and of both at once.
func TestCounterSaysWhere(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, reference := r.asked(4550)
		for _, x := range []struct {
			reference, amount string
			status            int
			wrong             []string
		}{
			{"", "", http.StatusUnprocessableEntity, []string{"#reference", "#amount"}},
			{"", "45.50", http.StatusUnprocessableEntity, []string{"#reference"}},
			{reference, "45,50", http.StatusUnprocessableEntity, []string{"#amount"}},
			{reference, "45.00", http.StatusUnprocessableEntity, []string{"#amount"}},
			{"NOBODYS", "45.50", http.StatusUnprocessableEntity, []string{"#reference"}},
			{reference, "RM 45.50", http.StatusSeeOther, nil},
		} {
			w := r.sheet("POST", "/counter", url.Values{"reference": {x.reference}, "amount": {x.amount}})
			var wrong []string
			for _, href := range []string{"#reference", "#amount"} {
				if strings.Contains(w.Body.String(), `href="`+href+`"`) {
					wrong = append(wrong, href)
				}
			}
			if w.Code != x.status || !slices.Equal(wrong, x.wrong) {
				t.Errorf("%q of %q: %d, and wrong are %q, not %q", x.amount, x.reference, w.Code, wrong, x.wrong)
			}
		}
	})
}

// Money that the bank took back is called a receipt's only where it has one.
func TestTakenBackUnowed(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, reference := r.asked(4550)
		for _, ref := range []string{"B-first", "B-second"} {
			r.tell(payment.Finding{Reference: reference, State: "paid", Amount: 4550, Currency: "MYR", Account: r.c.Account, BankRef: ref})
		}
		for n, ref := range []string{"B-second", "B-first", "B-unheard"} {
			r.tell(payment.Finding{Reference: reference, State: "reversed", Amount: 4550, Currency: "MYR", Account: r.c.Account, BankRef: ref})
			unowed, paid := []int{1, 1, 2}[n], []int{0, 1, 1}[n]
			page := r.shown("/exceptions")
			if strings.Count(page, "took back money that nobody owed") != unowed || strings.Count(page, "took back a payment that has a receipt") != paid {
				t.Errorf("%s: the page does not say what has a receipt: %s", ref, page)
			}
		}
	})
}

// What an officer did is said on the list to which they come back, and nothing else is.
func TestListSaysWhatWasDone(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		list := []iso20022.Entry{credit(70, "B-keep", ""), credit(80, "B-back", "STRANGER-1"), debit(12, "B-fee", ""), credit(200_000, "B-much", ""), credit(90, "B-match", "")}
		open, _ := r.asked(90)
		r.read(r.xml(r.day(today, 0, list...), list...))
		w := r.waits()
		r.tell(payment.Finding{Reference: "NOBODYS", State: "paid", Amount: 4550, Currency: "MYR", Account: r.c.Account, BankRef: "B-note"})
		var note string
		r.write(func(tx *db.Tx) error {
			notes, err := r.pay.NotesTx(tx, r.desk())
			for _, n := range notes {
				note = n.ID
			}
			return err
		})
		for _, x := range []struct{ path, do, payment, want string }{
			{w["B-keep"], "keep", "", "The line was booked to the agency."},
			{w["B-back"], "back", "", "on its way back to who sent it."},
			{w["B-fee"], "charge", "", "as the bank&#39;s charge."},
			{w["B-match"], "match", open, "was matched with the payment"},
			{w["B-much"], "keep", "", "It waits for a second officer"},
			{w["B-much"], "no", "", "The line is on the list again."},
			{"note/" + note, "", "", "You marked it as looked at."},
		} {
			to := r.sheet("POST", "/exceptions/"+x.path, url.Values{"do": {x.do}, "payment": {x.payment}})
			if to.Code != http.StatusSeeOther {
				t.Fatal(x, to.Code, to.Body)
			}
			page := r.shown(strings.TrimPrefix(to.Header().Get("Location"), "/payments/jpj"))
			if !strings.Contains(page, x.want) || !strings.Contains(page, "govuk-notification-banner--success") {
				t.Errorf("after %q, from %s, the list does not say %q", x.do, to.Header().Get("Location"), x.want)
			}
		}
		for _, path := range []string{"/exceptions", "/exceptions?done=%3Cb%3E"} {
			if page := r.shown(path); strings.Contains(page, "govuk-notification-banner--success") {
				t.Errorf("%s: something is said to be done", path)
			}
		}
	})
}

// Each exception says what it is and leads to what it is of.
func TestExceptionsLeadOn(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		e := credit(70, "B-stranger", "STRANGER-1")
		r.read(r.xml(r.day(today, 0, e), e))
		r.write(func(tx *db.Tx) error {
			for _, kind := range []string{"payout_altered", "payout_contradicted"} {
				if _, err := r.pay.ExceptionTx(tx, "jpj", false, kind, "B-1", kind, 500); err != nil {
					return err
				}
			}
			return nil
		})
		page := r.shown("/exceptions")
		for _, text := range []string{"1 line waits for a decision.", "was changed after its approval", "paid a payment that it had refused", `href="/payments/jpj/payouts/B-1"`} {
			if !strings.Contains(page, text) {
				t.Errorf("the page does not say %q", text)
			}
		}
	})
}

// What a file says in the place of a reference is none: such money is not sent back,
// since the bank would not know whose it is.
func TestNoReferenceIsNone(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		list := []iso20022.Entry{credit(55, "B-gift", ""), credit(66, "B-plain", "")}
		list[0].Reference, list[1].Reference = "", iso20022.NotProvided
		var b bytes.Buffer
		if err := mt940.Write(&b, r.day(today, 0, list...), list); err != nil {
			t.Fatal(err)
		}
		r.read(b.Bytes())
		w := r.waits()
		if len(w) != 2 {
			t.Fatalf("%d lines wait: %s", len(w), b.String())
		}
		for ref, line := range w {
			if err := r.decide("aminah", line, statement.Back, ""); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s is sent back under no reference: %v", ref, err)
			}
		}
	})
}

// What a bank refuses to send back stays among what nobody owed, and stands before
// the officers.
func TestBackRefused(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		e := credit(70, "B-stranger", "STRANGER-1")
		r.read(r.xml(r.day(today, 0, e), e))
		r.bank.refunded["*"] = "failed"
		if err := r.decide("aminah", r.waits()["B-stranger"], statement.Back, ""); err != nil {
			t.Fatal(err)
		}
		r.drain()
		r.sound()
		if page := r.shown("/exceptions"); !strings.Contains(page, "did not send back money that nobody owed") || !strings.Contains(page, "B-stranger") {
			t.Error("no officer sees that the money did not go back")
		}
		if n := r.balance(r.c.Books(false).Unapplied()); n != 70 {
			t.Errorf("%d sen are unapplied", n)
		}
	})
}

// again sends back once more what a desk's only note is about, and gives the note.
func (r *till) again(note string) (string, error) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(tx *db.Tx) error {
		if note == "" {
			list, err := r.pay.NotesTx(tx, r.desk())
			list = slices.DeleteFunc(list, func(n payment.Note) bool { return !n.Again() })
			if err != nil || len(list) != 1 {
				return fmt.Errorf("notes %+v, %w", list, err)
			}
			note = list[0].ID
		}
		return r.pay.SendAgainTx(tx, officer("aminah"), r.desk(), note)
	})
	return note, err
}

// What the bank did not send back goes back once an officer says so again, as often as
// the bank refuses, and once.
func TestBackAgain(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		e := credit(70, "B-stranger", "STRANGER-1")
		_, reference := r.asked(4550)
		for _, ref := range []string{"B-first", "B-second"} { // the second is not owed
			if ref == "B-second" {
				r.bank.refunded["*"] = "failed"
			}
			r.tell(payment.Finding{Reference: reference, State: "paid", Amount: 4550, Currency: "MYR", Account: r.c.Account, BankRef: ref})
		}
		r.drain()
		first, second := credit(4550, "B-first", reference), credit(4550, "B-second", reference)
		r.read(r.xml(r.day(today, 0, e, first, second), e, first, second))
		for _, what := range []string{"twice", "stranger"} {
			r.bank.refunded["*"] = "failed"
			if what == "stranger" {
				if err := r.decide("aminah", r.waits()["B-stranger"], statement.Back, ""); err != nil {
					t.Fatal(err)
				}
				r.drain()
			}
			if page := r.shown("/exceptions"); !strings.Contains(page, "Send it back again") {
				t.Errorf("%s: %s", what, page)
			}
			if what == "twice" {
				r.exec(`update payment_payment set person = 'aminah'`)
				if _, err := r.again(""); fault.CodeOf(err) != fault.Denied {
					t.Error("an officer sends their own payment back:", err)
				}
				r.exec(`update payment_payment set person = ''`)
			}
			note, err := r.again("")
			if err != nil {
				t.Fatal(what, err)
			}
			if _, err := r.again(note); fault.CodeOf(err) != fault.Conflict { // two officers at once
				t.Error(what, err)
			}
			r.drain()
			r.sound()
			delete(r.bank.refunded, "*")
			if _, err := r.again(""); err != nil { // refused again, and so on the list again
				t.Fatal(what, err)
			}
			r.drain()
			r.sound()
			if _, err := r.again(note); fault.CodeOf(err) != fault.Conflict {
				t.Error(what, "it went back twice:", err)
			}
			if n := r.balance(r.c.Books(false).Unapplied()); n != 0 {
				t.Errorf("%s: %d sen are unapplied", what, n)
			}
		}
		if n := r.count(`payment_refund where status = 'success'`); n != 2 {
			t.Errorf("%d went back", n)
		}
	})
}

func (r *till) decide(who, line string, a statement.Action, subject string) error {
	return r.db.Write(r.t.Context(), func(tx *db.Tx) error {
		_, err := r.room.DecideTx(tx, officer(who), r.desk(), line, a, subject)
		return err
	})
}

func (r *till) confirm(who, line string, yes bool) error {
	return r.db.Write(r.t.Context(), func(tx *db.Tx) error { return r.room.ConfirmTx(tx, officer(who), r.desk(), line, yes) })
}

// What nothing explains waits in suspense, and leaves it by one posting that an
// officer says: to a payment, back, to the agency, to the bank.
func TestDecisions(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		open, _ := r.asked(300)
		told, line := r.paid(400) // of which the bank prints another reference, and none of the payer's
		line.Bank, line.Details[0].Bank, line.Details[0].EndToEnd = "B-told", "B-told", ""
		list := []iso20022.Entry{credit(300, "B-open", ""), line, credit(70, "B-stranger", "STRANGER-1"), credit(55, "B-gift", ""), debit(12, "B-fee", "")}
		r.read(r.xml(r.day(today, 0, list...), list...))
		w := r.waits()
		if len(w) != 5 {
			t.Fatalf("%d lines wait", len(w))
		}
		r.sound()
		for _, x := range []struct {
			ref     string
			a       statement.Action
			subject string
		}{{"B-open", statement.Match, open}, {"B-told", statement.Match, told}, {"B-stranger", statement.Back, ""}, {"B-gift", statement.Keep, ""}, {"B-fee", statement.Charge, ""}} {
			if err := r.decide("aminah", w[x.ref], x.a, x.subject); err != nil {
				t.Fatalf("%s: %v", x.ref, err)
			}
			if err := r.decide("aminah", w[x.ref], x.a, x.subject); fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%s again: %v", x.ref, err)
			}
			r.sound()
		}
		r.drain()
		if status, receipt := r.state(open); status != "success" || receipt == "" {
			t.Error(status, receipt)
		}
		b := r.c.Books(false)
		if len(r.waits()) != 0 || r.balance(b.Suspense()) != 0 || r.balance(b.Fees(payment.Charges)) != 12 {
			t.Errorf("%d wait, suspense %d, fees %d", len(r.waits()), r.balance(b.Suspense()), r.balance(b.Fees(payment.Charges)))
		}
		if r.clearing() != -70 { // it goes back, and is on no statement yet
			t.Errorf("clearing is %d", r.clearing())
		}
		if p := r.proof(); !p.Agrees() || p.Said != 300+400+70+55-12 {
			t.Errorf("%+v", p)
		}
	})
}

// Above the limit two officers decide, and never one alone; of many at once one
// confirms.
func TestFourEyes(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		big := credit(1000_01, "B-big", "")
		other := credit(1000_00, "B-limit", "")
		r.read(r.xml(r.day(today, 0, big, other), big, other))
		w := r.waits()
		if err := r.decide("aminah", w["B-limit"], statement.Keep, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.decide("aminah", w["B-big"], statement.Keep, ""); err != nil {
			t.Fatal(err)
		}
		if len(r.waits()) != 1 || r.balance(r.c.Books(false).Suspense()) != -1000_01 {
			t.Fatal("one person moved what two have to")
		}
		if err := r.confirm("aminah", w["B-big"], true); fault.CodeOf(err) != fault.Denied {
			t.Errorf("who asked for it confirmed it: %v", err)
		}
		if err := r.decide("badrul", w["B-big"], statement.Keep, ""); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("asked twice: %v", err)
		}
		if err := r.confirm("badrul", w["B-big"], false); err != nil {
			t.Fatal(err)
		}
		if err := r.decide("badrul", w["B-big"], statement.Keep, ""); err != nil {
			t.Fatal(err)
		}
		var yes sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for range 8 {
			yes.Go(func() {
				if r.confirm("aminah", w["B-big"], true) == nil {
					mu.Lock()
					n++
					mu.Unlock()
				}
			})
		}
		yes.Wait()
		if n != 1 || len(r.waits()) != 0 || r.balance(r.c.Books(false).Collected()) != 2000_01 {
			t.Errorf("%d confirmed it, %d wait, collected %d", n, len(r.waits()), r.balance(r.c.Books(false).Collected()))
		}
		r.sound()
	})
}

// An officer takes money at the counter: the receipt is there at once, the cash in
// clearing until the bank prints it.
func TestCounter(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, _ := r.asked(4550)
		take := func(q string, amount money.Amount) error {
			return r.db.Write(t.Context(), func(tx *db.Tx) error {
				_, err := r.pay.CounterTx(tx, officer("aminah"), r.desk(), q, amount)
				return err
			})
		}
		if err := take(id, 4500); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("another amount: %v", err)
		}
		if err := take("nobody's", 4550); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("another reference: %v", err)
		}
		if err := take(id, 4550); err != nil {
			t.Fatal(err)
		}
		if err := take(id, 4550); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("twice: %v", err)
		}
		b := r.c.Books(false)
		if status, receipt := r.state(id); status != "success" || receipt == "" || r.balance(b.Clearing(payment.Counter)) != 4550 {
			t.Errorf("%s %s, clearing %d", status, receipt, r.balance(b.Clearing(payment.Counter)))
		}
		r.sound()
		cash := iso20022.Entry{Amount: 4550, Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: today, Bank: "CASH-1", Batch: iso20022.Batched{Message: "KAUNTER", Count: 2}}
		if out := r.read(r.xml(r.day(today, 0, cash), cash)); out[0].Matched != 1 || r.clearing() != 0 {
			t.Errorf("%+v, clearing %d", out, r.clearing())
		}
		r.sound()
		r.clock.Advance(time.Hour)
	})
}

// A movement of nothing is no movement: it is passed over, and its statement is read.
func TestNothingMoved(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, line := r.paid(400)
		nothing := credit(0, "B-nothing", "")
		if list := r.read(r.xml(r.day(today, 0, line, nothing), line, nothing)); len(list) != 1 || list[0].Fresh != 1 {
			t.Errorf("%+v", list)
		}
		r.sound()
	})
}

// What the hall knows from a payment is not sent back from suspense as well: its
// receipt would stand, and its money be gone. A file may print it on another day.
func TestBackOnce(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, line := r.paid(400)
		r.read(r.xml(r.day(today, 0, line), line))
		again := line
		again.Booked, again.Value = "2026-12-01", "2026-12-01"
		r.read(r.xml(r.day("2026-12-01", 400, again), again))
		w := r.waits()
		if len(w) != 1 {
			t.Fatalf("%d lines wait", len(w))
		}
		for _, l := range w {
			if err := r.decide("aminah", l, statement.Back, ""); fault.CodeOf(err) != fault.Conflict {
				t.Errorf("it was sent back although %s has it: %v", id, err)
			}
			if err := r.decide("aminah", l, statement.Keep, ""); err != nil {
				t.Error(err)
			}
		}
		r.drain()
		if len(r.bank.refunded) != 0 {
			t.Error("the bank sent it back")
		}
		r.sound()
	})
}
