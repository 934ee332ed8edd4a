package bank

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

func TestDrop(t *testing.T) {
	r := newRig(t)
	r.faults(`{"drop":1}`)
	r.pays(reference(1), 100)
	r.now.Advance(time.Hour)
	if told := r.deliver(); len(told) > 0 || r.transaction(reference(1)).State != paid {
		t.Error(told)
	}
}

func TestDelay(t *testing.T) {
	r := newRig(t)
	r.faults(`{"delay":1,"delay_by":"40s"}`)
	r.pays(reference(1), 100)
	r.now.Advance(39 * time.Second)
	if told := r.deliver(); len(told) > 0 {
		t.Error("too early:", told)
	}
	r.now.Advance(time.Second)
	if told := r.deliver(); len(told) != 1 {
		t.Error("late:", told)
	}
}

// A duplicate is the same message, so that its receiver can tell.
func TestDuplicate(t *testing.T) {
	r := newRig(t)
	r.faults(`{"duplicate":1}`)
	r.pays(reference(1), 100)
	if told := r.deliver(); len(told) != 2 || told[0] != told[1] {
		t.Error(told)
	}
}

func TestReorder(t *testing.T) {
	r := newRig(t)
	r.faults(`{"reorder":0.5}`)
	var order []string
	for i := range 20 {
		r.pays(reference(i), 100)
	}
	for range 60 {
		for _, c := range r.deliver() {
			order = append(order, c.Reference)
		}
		r.now.Advance(100 * time.Millisecond)
	}
	if len(order) != 20 || slices.IsSorted(order) {
		t.Error(len(order), order)
	}
}

// The callback lies; enquiry, balances and books do not.
func TestWrongAmount(t *testing.T) {
	r := newRig(t)
	r.faults(`{"wrong_amount":1}`)
	for i, a := range []money.Amount{1, 99, 100, 2500, 2555} {
		r.pays(reference(i), a)
		told := r.deliver()
		if len(told) != 1 || told[0].Amount == a || told[0].Amount <= 0 {
			t.Errorf("%d: %+v", a, told)
		}
		if got := r.transaction(reference(i)); got.Amount != a {
			t.Errorf("%d: %+v", a, got)
		}
	}
	r.sound()
}

// Who was debited gets no answer; the payment stands, and is told.
func TestTimeoutAfterDebit(t *testing.T) {
	r := newRig(t)
	r.faults(`{"timeout_after_debit":1}`)
	if a := r.scan(qr(reference(1), 100), Payer); a.status != 0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got := r.transaction(reference(1)); got.State != paid || r.balance("JPJ-001") != 100 {
		t.Errorf("%+v", got)
	}
	if told := r.deliver(); len(told) != 1 {
		t.Error(told)
	}
	r.faults(`{"timeout_after_debit":1,"drop":1}`)
	r.scan(qr(reference(2), 100), Payer)
	if told := r.deliver(); len(told) > 0 || r.transaction(reference(2)).State != paid {
		t.Error(told)
	}
	// A refund is asked for again, and answered then.
	in := Refund{Reference: reference(1), RefundReference: "R1", Amount: 100}
	if a := r.ask("POST", "/acquirer/refunds", in); a.status != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.ask("POST", "/acquirer/refunds", in); a.status != http.StatusOK || r.balance("JPJ-001") != 100 {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.sound()
}

func TestReversal(t *testing.T) {
	r := newRig(t)
	before := r.balance(Payer)
	r.faults(`{"reversal":1,"delay_by":"3s"}`)
	r.pays(reference(1), 100)
	r.now.Advance(29 * time.Second)
	if told := r.deliver(); len(told) != 1 || told[0].State != paid {
		t.Fatal(told)
	}
	r.now.Advance(time.Second)
	told := r.deliver()
	if len(told) != 1 || told[0].State != reversed || told[0].Amount != 100 {
		t.Fatalf("%+v", told)
	}
	if got := r.transaction(reference(1)); got.State != reversed || r.balance("JPJ-001") != 0 || r.balance(Payer) != before {
		t.Errorf("%+v", got)
	}
	a := r.ask("POST", "/acquirer/refunds", Refund{Reference: reference(1), RefundReference: "R1", Amount: 100})
	var out Outcome
	if a.into(t, &out); out.State != failed || out.Reason != reasonNone {
		t.Errorf("%+v", out)
	}
	r.sound()
}

// What was refunded, or is not there any more, is not taken back as well.
func TestReversalTooLate(t *testing.T) {
	r := newRig(t)
	r.faults(`{"reversal":1}`)
	r.pays(reference(1), 100)
	if out, _ := r.refund(reference(1), "R1", 40); out.State != paid {
		t.Fatal(out)
	}
	r.pays(reference(2), 500)
	if out := r.transfer("T1", "JPJ-001", "JPJ-002", 300); out.State != paid {
		t.Fatal(out)
	}
	r.deliver()
	r.now.Advance(time.Hour)
	if told := r.deliver(); len(told) > 0 || r.balance("JPJ-001") != 260 {
		t.Errorf("%+v, and it holds %d", told, r.balance("JPJ-001"))
	}
	for i := range 2 {
		if got := r.transaction(reference(i + 1)); got.State != paid {
			t.Errorf("%+v", got)
		}
	}
	r.sound()
}

func TestClockJump(t *testing.T) {
	r := newRig(t)
	r.faults(`{"clock_jump":"24h"}`)
	r.pays(reference(1), 100)
	if told := r.deliver(); len(told) != 1 || told[0].At != "2026-12-01T10:00:00.000+08:00" || r.forged > 0 {
		t.Errorf("%+v", told)
	}
	r.sound()
}

// From the cut-off on, what is booked has the next day's value.
func TestCutOff(t *testing.T) {
	for at, want := range map[string]string{"2026-12-31T22:59:59+08:00": "2026-12-31", "2026-12-31T23:00:00+08:00": "2027-01-01", "2027-01-01T00:00:00+08:00": "2027-01-01"} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if day, value := dates(now.UTC()); value != want || day != clock.Day(now) {
			t.Errorf("%s: %s %s", at, day, value)
		}
	}
}

// A bank that is down answers the dial alone, and calls nobody.
func TestDown(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 100)
	r.faults(`{"down":true}`)
	for _, a := range []response{r.scan(qr(reference(2), 100), Payer), r.ask("GET", "/acquirer/transactions/"+reference(1), nil), r.page(browser(), "/"), r.page(browser(), "/phone")} {
		if a.status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if told := r.deliver(); len(told) > 0 {
		t.Error(told)
	}
	if a := r.page(browser(), "/faults"); a.status != http.StatusOK {
		t.Error(a.status)
	}
	r.faults(`{}`)
	if told := r.deliver(); len(told) != 1 || r.balance("JPJ-001") != 100 {
		t.Error(told)
	}
}

// The same seed gives the same faults to the same payments, whenever they come;
// another one gives others.
func TestSeed(t *testing.T) {
	run := func(seed string, advance time.Duration) (cut, told []string) {
		r := newRig(t)
		r.faults(`{"seed":` + seed + `,"drop":0.3,"duplicate":0.3,"timeout_after_debit":0.3,"wrong_amount":0.3}`)
		for i := range 40 {
			if r.scan(qr(reference(i), 1000), Payer).status == 0 {
				cut = append(cut, reference(i))
			}
			r.now.Advance(advance)
		}
		for _, c := range r.deliver() {
			told = append(told, c.Reference+" "+c.Amount.Decimal(money.MYR))
		}
		slices.Sort(told)
		return cut, told
	}
	cut, told := run("1", 0)
	cut2, told2 := run("1", time.Minute)
	if !slices.Equal(cut, cut2) || !slices.Equal(told, told2) {
		t.Error("the same seed gives other faults")
	}
	if n := len(cut); n < 5 || n > 20 {
		t.Error(n, "of 40 were cut, and 12 is the share")
	}
	if other, _ := run("2", 0); slices.Equal(cut, other) {
		t.Error("another seed gives the same faults")
	}
}

func TestDialRefuses(t *testing.T) {
	r := newRig(t)
	for _, body := range []string{`{"drop":1.1}`, `{"drop":-0.1}`, `{"drop":"x"}`, `{"delay_by":"soon"}`, `{"delay_by":"-1s"}`, `{"clock_jump":"100000h"}`, `[]`, ``,
		`{"drop":0.5,"dorp":1}`, `{"Drop":1}`, `{"batch":2}`, `{"seed":"x"}`, `{"delay_by":[2]}`} {
		if a := r.request("POST", "/faults", "", "", "", []byte(body)); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := r.request("POST", "/faults", "", "", "", []byte(`{"dorp":1}`)); !strings.Contains(string(a.body), `"code":"field_unknown"`) || !strings.Contains(string(a.body), `"field":"dorp"`) {
		t.Error(string(a.body))
	}
	a := r.request("GET", "/faults", "", "", "", nil)
	var d Dial
	if a.into(t, &d); d != (Dial{Seed: 7}) {
		t.Errorf("%+v", d)
	}
	r.faults(`{"drop":true,"reversal":false,"delay":0.5,"delay_by":1.5,"clock_jump":3600,"batch_booking":true}`)
	if d := *r.dial.Load(); d != (Dial{Seed: 7, Drop: 1, Delay: 0.5, DelayBy: span(1500 * time.Millisecond), ClockJump: span(time.Hour), Batch: true}) {
		t.Errorf("%+v", d)
	}
	c := browser()
	// A program that does not say that it sends JSON is no form which turns all off.
	if a := r.post(c, "/faults", `{"drop":1}`, ""); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), `"code":"field_unknown"`) || r.dial.Load().Drop != 1 {
		t.Error(a.status, string(a.body))
	}
	if a := r.post(c, "/faults", "drop", "2"); a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
	if a := r.post(c, "/faults", "drop", "0.25", "seed", "9", "batch", "on", "delay_by", "1m", "clock_jump", ""); a.status != http.StatusSeeOther {
		t.Errorf("%d %s", a.status, a.body)
	}
	if d := *r.dial.Load(); d != (Dial{Seed: 9, Drop: 0.25, Batch: true, DelayBy: span(time.Minute)}) {
		t.Errorf("%+v", d)
	}
}
