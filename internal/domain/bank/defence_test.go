package bank

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/emvco"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

func (r *rig) write(fn func(tx *db.Tx) error) error { return r.db.Write(context.Background(), fn) }

// A booking's sides are the same, each leg moves something, and no sum is lost.
func TestBookingsAreEven(t *testing.T) {
	leg := func(account string, side Side, amount money.Amount) Leg {
		return Leg{Account: account, Side: side, Amount: amount}
	}
	good := Booking{Legs: []Leg{leg("a", Debit, 5), leg("b", Credit, 3), leg("c", Credit, 2)}}
	change, err := good.sum()
	if err != nil || change["a"] != -5 || change["b"] != 3 || change["c"] != 2 {
		t.Errorf("%v %v", change, err)
	}
	for name, legs := range map[string][]Leg{
		"nothing": nil, "one leg of nothing": {leg("a", Debit, 0)}, "uneven": {leg("a", Debit, 5), leg("b", Credit, 4)}, "one side": {leg("a", Debit, 5), leg("b", Debit, 5)},
		"a leg of nothing": {leg("a", Debit, 5), leg("b", Credit, 5), leg("c", Credit, 0)}, "below zero": {leg("a", Debit, 5), leg("b", Credit, 6), leg("c", Credit, -1)},
		"a side of none":           {leg("a", Debit, 5), leg("b", "gift", 5)},
		"a side of none, and even": {leg("a", Debit, 5), leg("b", "", 5), leg("c", Credit, 0)},
		"more than there is":       {leg("a", Credit, money.Max), leg("a", Credit, 1), leg("b", Debit, money.Max), leg("b", Debit, 1)},
		"more on one side":         {leg("a", Credit, money.Max), leg("b", Credit, 1), leg("c", Debit, money.Max), leg("d", Debit, 1)},
	} {
		if _, err := (Booking{Legs: legs}).sum(); err == nil {
			t.Errorf("%s is booked", name)
		}
	}
}

// An account that stands below zero is lifted, and is sunk no further.
func TestBelowZero(t *testing.T) {
	r := newRig(t)
	must(t, r.write(func(tx *db.Tx) error { return updateBalance(tx, "low", -100) }))
	book := func(legs ...Leg) error {
		return r.write(func(tx *db.Tx) error {
			_, _, err := r.bookTx(tx, Booking{Kind: "transfer", Legs: legs})
			return err
		})
	}
	must(t, book(Leg{Account: Payer, Side: Debit, Amount: 50}, Leg{Account: "low", Side: Credit, Amount: 50}))
	must(t, book(Leg{Account: "low", Side: Debit, Amount: 50}, Leg{Account: "low", Side: Credit, Amount: 50}))
	if err := book(Leg{Account: "low", Side: Debit, Amount: 1}, Leg{Account: Payer, Side: Credit, Amount: 1}); codeOf(err) != codeFunds {
		t.Error(err)
	}
	if got := r.balance("low"); got != -50 {
		t.Error(got)
	}
}

// The audit says each thing that is wrong, where nothing else is.
func TestAuditFindsEach(t *testing.T) {
	for name, c := range map[string]struct {
		do   string
		says []string
	}{
		"two balances":           {`update bank_account set balance = balance + case code when 'demo' then -1 else 1 end where code in ('demo', 'phone')`, []string{"the account demo holds", "the account phone holds"}},
		"money of nobody's":      {`update bank_account set balance = balance + 1 where code = 'phone'`, []string{"all balances together are 1 sen"}},
		"an account below zero":  {`update bank_account set kind = 'person' where code = 'bank-capital'`, []string{"the account bank-capital is below zero"}},
		"an account that is not": {`delete from bank_account where code = 'phone'`, []string{"there are entries of phone, and no such account"}},
		"a payment":              {`update bank_payment set amount = amount + 1`, []string{"is not what was booked"}},
		"an entry":               {`update bank_entry set amount = amount + 1 where account = 'phone'`, []string{"differ"}},
	} {
		r := newRig(t)
		r.pays(reference(1), 1000)
		r.sound()
		must(t, r.write(func(tx *db.Tx) error { _, err := tx.Exec(c.do); return err }))
		bad, err := r.Audit(t.Context())
		must(t, err)
		for _, says := range c.says {
			if !strings.Contains(strings.Join(bad, "\n"), says) {
				t.Errorf("%s: no %q in %q", name, says, bad)
			}
		}
	}
}

// What the Treasury lets an agency pay out comes once for a reference, and to an
// account that there is.
func TestGrant(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		account, reference string
		amount             money.Amount
		ok                 bool
		holds              money.Amount
	}{{"JPJ-001", "G1", 500, true, 500}, {"JPJ-001", "G1", 500, true, 500}, {"JPJ-001", "G2", 500, true, 1000}, {"NOBODY", "G3", 500, false, 1000}, {"JPJ-001", "G4", 0, false, 1000}, {"JPJ-001", "G5", -5, false, 1000}} {
		if err := r.Grant(t.Context(), c.account, c.reference, c.amount, "Waran"); (err == nil) != c.ok || r.balance("JPJ-001") != c.holds {
			t.Errorf("%+v: %v, it holds %d", c, err, r.balance("JPJ-001"))
		}
	}
	r.sound()
}

// A form pays what it showed, once: with anything else in it, it is another one.
func TestOnceIsOneForm(t *testing.T) {
	r := newRig(t)
	r.enrol("jpn", "JPN-001")
	good := Payment{Merchant: "jpj", Reference: "R1", Method: byQR, Payer: Payer, Amount: 100, Once: "w"}
	first, _, err := r.pay(t.Context(), good)
	must(t, err)
	if again, _, err := r.pay(t.Context(), good); err != nil || again.BankReference != first.BankReference {
		t.Errorf("%+v %v", again, err)
	}
	for name, change := range map[string]func(p *Payment){"merchant": func(p *Payment) { p.Merchant = "jpn" }, "reference": func(p *Payment) { p.Reference = "R2" },
		"amount": func(p *Payment) { p.Amount = 101 }, "payer": func(p *Payment) { p.Payer = "phone" }} {
		p := good
		change(&p)
		if _, _, err := r.pay(t.Context(), p); codeOf(err) != codeChanged {
			t.Errorf("another %s: %v", name, err)
		}
	}
	for name, p := range map[string]Payment{codeMerchant: {Merchant: "none", Reference: "R3", Method: byQR, Payer: Payer, Amount: 1}, codeAccount: {Merchant: "jpj", Reference: "R3", Method: byQR, Payer: "none", Amount: 1},
		codeAmount: {Merchant: "jpj", Reference: "R3", Method: byQR, Payer: Payer}} {
		if _, _, err := r.pay(t.Context(), p); codeOf(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.balance("JPJ-001") != 100 || r.balance("JPN-001") != 0 {
		t.Error("it paid twice")
	}
	r.sound()
}

// A phone pays the amount that its code names, and a word of one line.
func TestPhoneFieldsAlone(t *testing.T) {
	r := newRig(t)
	pay := func(payload string, amount money.Amount, once string) response {
		return r.ask("POST", "/phone/pay", Scan{Payload: payload, Account: Payer, Amount: amount, Once: once})
	}
	if a := pay(qr(reference(1), 500), 500, "one"); a.status != http.StatusOK {
		t.Errorf("the code's own amount: %d %s", a.status, a.body)
	}
	open := emvco.DuitNow("890053", "jpj", "JPJ", "PUTRAJAYA", 0, reference(2)).String()
	if a := pay(open, 700, "two"); a.status != http.StatusOK || r.balance("JPJ-001") != 1200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	for name, a := range map[string]response{codeAmount: pay(qr(reference(3), 500), 501, ""), codeInput: pay(qr(reference(3), 500), 0, "a\nb"), codeQR: pay(qr("A B", 500), 0, "")} {
		if a.code() != name {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := pay(open, -700, "three"); a.code() != codeAmount {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.o.Acquirer = "890053"
	if a := pay(qr(reference(4), 500), 0, ""); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.o.Acquirer = "890054"
	if a := pay(qr(reference(5), 500), 0, ""); a.code() != codeMerchant {
		t.Errorf("another acquirer's code: %d %s", a.status, a.body)
	}
	r.faults(`{"timeout_after_debit":1}`)
	r.o.Acquirer = ""
	if a := r.post(browser(), "/phone/pay", "payload", qr(reference(6), 500), "account", Payer, "once", "six"); a.status != 0 {
		t.Errorf("a form that is cut off: %d", a.status)
	}
	// What failed moves nothing, and nobody is left without an answer about it.
	if out, status := r.refund(reference(99), "R9", 5); status != http.StatusOK || out.State != failed {
		t.Errorf("%d %+v", status, out)
	}
	r.sound()
}

// Only what was paid is taken back, and only what was paid is shown as paid.
func TestOfWhatFailed(t *testing.T) {
	r := newRig(t)
	r.pays(reference(9), 5000) // so that the account holds more
	path := r.begin(reference(1), byFPX, 1000)
	r.post(browser(), path, "do", doCancel)
	got := r.transaction(reference(1))
	if a := r.page(browser(), "/paid/"+got.BankReference); got.BankReference == "" || a.status != http.StatusNotFound {
		t.Errorf("%d of %+v", a.status, got)
	}
	for _, path := range []string{"/accounts/none", "/paid/none"} {
		if a := r.page(browser(), path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	must(t, r.write(func(tx *db.Tx) error {
		p, _, err := paymentBy(tx, "bank_reference", got.BankReference)
		if err != nil {
			return err
		}
		p.Payer = Payer
		return r.reverseTx(tx, p)
	}))
	if after := r.transaction(reference(1)); after.State != failed || r.balance("JPJ-001") != 5000 {
		t.Errorf("%+v, %d", after, r.balance("JPJ-001"))
	}
	r.sound()
}

// Each of a merchant's fields alone.
func TestShopFields(t *testing.T) {
	good := Shop{ID: "jpj", Name: strings.Repeat("n", textMost), City: "Putrajaya", Account: strings.Repeat("a", accountMost), CallbackURL: "https://hall.example/x", Secret: shopSecret}
	for what, change := range map[string]func(m *Shop){
		"": func(*Shop) {}, " no city": func(m *Shop) { m.City = "" }, " over http": func(m *Shop) { m.CallbackURL = "http://127.0.0.1:1/" },
		"id: spaces": func(m *Shop) { m.ID = "a b" }, "name: none": func(m *Shop) { m.Name = "" }, "name: long": func(m *Shop) { m.Name += "n" }, "city: two lines": func(m *Shop) { m.City = "a\nb" },
		"account: long": func(m *Shop) { m.Account += "a" }, "account: spaces": func(m *Shop) { m.Account = "a b" },
		"callback_url: none": func(m *Shop) { m.CallbackURL = "" }, "callback_url: no host": func(m *Shop) { m.CallbackURL = "https:///x" }, "callback_url: a file": func(m *Shop) { m.CallbackURL = "ftp://hall.example/" },
		"callback_url: a user": func(m *Shop) { m.CallbackURL = "https://a:b@hall.example/" }, "callback_url: none that is one": func(m *Shop) { m.CallbackURL = "https://hall.example/%zz" },
		"secret: none": func(m *Shop) { m.Secret = "" },
	} {
		m := good
		change(&m)
		want, _, _ := strings.Cut(what, ":")
		if got := m.check(); got != strings.TrimSpace(want) && !strings.HasPrefix(what, " ") || strings.HasPrefix(what, " ") && got != "" {
			t.Errorf("%s: %q", what, got)
		}
	}
}

// The dial's bounds, and what it makes of a payment.
func TestDialBounds(t *testing.T) {
	for want, list := range map[string][]Dial{
		"":           {{}, {DelayBy: span(delayMost)}, {ClockJump: span(jumpMost)}, {ClockJump: span(-jumpMost)}, {Drop: 1, Delay: 0}},
		"delay_by":   {{DelayBy: span(delayMost + 1)}, {DelayBy: -1}},
		"clock_jump": {{ClockJump: span(jumpMost + 1)}, {ClockJump: span(-jumpMost - 1)}},
		"drop":       {{Drop: 1.01}, {Drop: -0.01}},
	} {
		for _, d := range list {
			if got := d.check(); got != want {
				t.Errorf("%+v: %q, not %q", d, got, want)
			}
		}
	}
	var s span
	if err := s.UnmarshalText(nil); err != nil || s != 0 {
		t.Error(s, err)
	}
	if (Dial{}).delayBy() != delayUsual || (Dial{DelayBy: 5}).delayBy() != 5 {
		t.Error("the delay where nothing is said")
	}
	waits := map[time.Duration]bool{}
	for i := range 50 {
		key := fmt.Sprint(i)
		if f := (Dial{}).fate(key); f != (fate{}) {
			t.Errorf("%+v", f)
		}
		f := Dial{Reorder: 1}.fate(key)
		if f.wait <= 0 || f.wait > reorderMost {
			t.Errorf("%s", f.wait)
		}
		waits[f.wait] = true
	}
	if len(waits) < 40 {
		t.Errorf("others overtake none: %d", len(waits))
	}
	for a, want := range map[money.Amount]money.Amount{0: 1, 1: 2, 99: 100, 100: 1, 101: 102, 150: 151, 2500: 25} {
		if got := wrongAmount(a); got != want {
			t.Errorf("%d: %d, not %d", a, got, want)
		}
	}
}

// Deliver tells how many were taken, and not how many were sent.
func TestDeliverCounts(t *testing.T) {
	r := newRig(t)
	r.answer = http.StatusInternalServerError
	r.pays(reference(1), 100)
	if n, err := r.Deliver(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
	r.answer = http.StatusOK
	r.now.Advance(time.Second)
	if n, err := r.Deliver(t.Context()); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// Each id and each amount of an order to pay people alone.
func TestPayoutFieldsAlone(t *testing.T) {
	good := func() payout {
		return payout{message: "M1", parts: []payoutPart{{id: strings.Repeat("p", idMost), lines: []payoutLine{{instruction: strings.Repeat("i", idMost), e2e: strings.Repeat("e", idMost), account: strings.Repeat("1", accountMost)}}}}}
	}
	for want, change := range map[string]func(p *payout){
		"": func(*payout) {}, "MsgId": func(p *payout) { p.message = "a b" }, "PmtInfId": func(p *payout) { p.parts[0].id = "" }, "PmtInfId ": func(p *payout) { p.parts[0].id += "p" },
		"InstrId": func(p *payout) { p.parts[0].lines[0].instruction += "i" }, "EndToEndId": func(p *payout) { p.parts[0].lines[0].e2e += "e" }, "CdtrAcct": func(p *payout) { p.parts[0].lines[0].account += "1" },
	} {
		p := good()
		if change(&p); p.check() != strings.TrimSpace(want) {
			t.Errorf("%s: %q", want, p.check())
		}
	}
	for want, change := range map[string]func(x *iso20022.Transfer){
		"": func(*iso20022.Transfer) {}, " one": func(x *iso20022.Transfer) { x.Amount = 1 }, "AM03": func(x *iso20022.Transfer) { x.Currency = "SGD" }, "AM01": func(x *iso20022.Transfer) { x.Amount = 0 },
		"AM01 ": func(x *iso20022.Transfer) { x.Amount = -1 }, "AC01": func(x *iso20022.Transfer) { x.Creditor.Account = iso20022.Account{} },
		"AC01 ": func(x *iso20022.Transfer) { x.Creditor.Account.Other = "10000" }, "BE01": func(x *iso20022.Transfer) { x.Creditor.Name = "" },
	} {
		x := to("phone", 5)
		change(&x)
		if want = strings.TrimSpace(want); want == "one" {
			want = ""
		}
		if got := refusedFor(x); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	for want, states := range map[string]map[string]int{
		iso20022.Accepted: {accepted: 2}, iso20022.Settled: {settled: 2}, iso20022.Rejected: {rejected: 1, returned: 1}, iso20022.Partial: {settled: 1, returned: 1},
	} {
		if got := together(states); got != want {
			t.Errorf("%v: %s, not %s", states, got, want)
		}
	}
	part := payoutPart{lines: []payoutLine{{amount: money.Max, state: accepted}, {amount: 1, state: accepted}}}
	if _, _, err := part.sum(); !errors.Is(err, money.ErrOverflow) {
		t.Error(err)
	}
}

// An order with a part that is refused pays the other one, inside of the bank and
// outside, and nobody's money goes to the bank's own accounts.
func TestPayoutOfTwoParts(t *testing.T) {
	r := newRig(t)
	r.enrol("jpn", "JPN-001")
	r.pays(reference(1), 10_000)
	var out bytes.Buffer
	w := iso20022.NewInitiationWriter(&out, iso20022.Initiation{Message: "M1", Created: time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC), Initiator: "JPJ", Count: 5, Sum: "46"})
	for i, account := range []string{"JPJ-001", "JPN-001"} {
		must(t, w.Payment(iso20022.Payment{ID: fmt.Sprint("P", i), Method: "TRF", Date: "2026-11-30", Debtor: iso20022.Party{Name: "JPJ", Account: iso20022.Account{Other: account}, Agent: iso20022.Agent{Name: Name}}}))
		for k, line := range [][]iso20022.Transfer{{to("phone", 1000), to(cards, 600), to("JPJ-001", 500), to("50000", 500)}, {to("phone", 2000)}}[i] {
			line.EndToEnd = fmt.Sprintf("E%d%d", i, k)
			must(t, w.Transfer(line))
		}
	}
	must(t, w.Close())
	rep := r.reported(r.ask("POST", "/acquirer/payouts", out.Bytes()))
	for e2e, want := range map[string]string{"E00": "ACCP", "E01": "ACCP", "E02": "ACCP", "E03": "RJCT", "E10": "RJCT"} {
		if x := rep.lines[e2e]; x.Status != want || (x.Bank == "") != (want == "RJCT") {
			t.Errorf("%s: %+v", e2e, x)
		}
	}
	if r.balance("JPJ-001") != 7900 || r.balance("JPN-001") != 0 {
		t.Error(r.balance("JPJ-001"), r.balance("JPN-001"))
	}
	r.now.Advance(settleAfter)
	r.deliver()
	if r.balance("phone") != 501_000 || r.balance(cards) != 0 || r.balance("JPJ-001") != 7900 || r.balance(others) != 1100 || r.balance(transit) != 0 {
		t.Error(r.balance("phone"), r.balance(cards), r.balance("JPJ-001"), r.balance(others), r.balance(transit))
	}
	// All of it inside of the bank.
	r.reported(r.ask("POST", "/acquirer/payouts", orderOf(t, "M2", "JPJ-001", false, to("phone", 100))))
	r.now.Advance(settleAfter)
	r.deliver()
	if r.balance("phone") != 501_100 || r.balance(transit) != 0 {
		t.Error(r.balance("phone"), r.balance(transit))
	}
	// More than any amount holds is not there.
	huge := make([]iso20022.Transfer, 10)
	for i := range huge {
		huge[i] = to("phone", 999_999_999_999_999_999)
	}
	rep = r.reported(r.ask("POST", "/acquirer/payouts", orderOf(t, "M3", "JPJ-001", false, huge...)))
	if rep.Status != iso20022.Rejected || rep.lines["M3-0"].Reasons[0].Code != "AM04" {
		t.Errorf("%+v", rep)
	}
	rep = r.reported(r.ask("POST", "/acquirer/payouts", bytes.Replace(orderOf(t, "M4", "JPJ-001", false, to("phone", 100)), []byte("<CtrlSum>1</CtrlSum>"), []byte("<CtrlSum>2</CtrlSum>"), 1)))
	if len(rep.Report.Reasons) != 1 || rep.Report.Reasons[0].Code != iso20022.WrongSum {
		t.Errorf("the order's own reason: %+v", rep.Report)
	}
	r.sound()
}

// Each field of a merchant's orders alone, up to its bound.
func TestOrderFieldsAlone(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 1000)
	refund := map[string]any{"reference": reference(1), "refund_reference": "R1", "amount": 1}
	transfer := map[string]any{"reference": "T1", "from": "JPJ-001", "to": strings.Repeat("x", accountMost), "amount": 1, "text": strings.Repeat("t", textMost)}
	session := map[string]any{"reference": reference(2), "amount": 1, "currency": "MYR", "method": byFPX, "return_url": "https://hall.example/" + strings.Repeat("x", 2000-len("https://hall.example/")), "description": strings.Repeat("d", descriptionMost)}
	for _, c := range []struct {
		path  string
		good  map[string]any
		field string
		bad   any
		code  string
	}{
		{"refunds", refund, "reference", "a b", codeInput}, {"refunds", refund, "refund_reference", "a b", codeInput}, {"refunds", refund, "amount", 0, codeAmount}, {"refunds", refund, "amount", -1, codeAmount}, {"refunds", refund, "amount", 1.5, codeInput},
		{"transfers", transfer, "reference", "", codeInput}, {"transfers", transfer, "from", "a b", codeInput}, {"transfers", transfer, "to", "a b", codeInput}, {"transfers", transfer, "to", "JPJ-001", codeInput},
		{"transfers", transfer, "to", strings.Repeat("x", accountMost+1), codeInput}, {"transfers", transfer, "text", strings.Repeat("t", textMost+1), codeInput}, {"transfers", transfer, "text", "a\nb", codeInput}, {"transfers", transfer, "amount", 0, codeAmount},
		{"sessions", session, "reference", "a b", codeInput}, {"sessions", session, "amount", 0, codeAmount}, {"sessions", session, "currency", "USD", codeCurrency}, {"sessions", session, "currency", "", codeCurrency}, {"sessions", session, "method", byQR, codeInput},
		{"sessions", session, "return_url", session["return_url"].(string) + "x", codeInput}, {"sessions", session, "return_url", "ftp://hall.example/", codeInput}, {"sessions", session, "return_url", "https:///x", codeInput},
		{"sessions", session, "return_url", "https://a:b@hall.example/", codeInput}, {"sessions", session, "return_url", "https://hall.example/%zz", codeInput}, {"sessions", session, "return_url", "/pay", codeInput},
		{"sessions", session, "description", strings.Repeat("d", descriptionMost+1), codeInput}, {"sessions", session, "description", "a\nb", codeInput},
	} {
		body := map[string]any{}
		for k, v := range c.good {
			body[k] = v
		}
		body[c.field] = c.bad
		if a := r.ask("POST", "/acquirer/"+c.path, body); a.code() != c.code {
			t.Errorf("%s %s: %d %s", c.path, c.field, a.status, a.body)
		}
	}
	for path, body := range map[string]any{"refunds": refund, "transfers": transfer, "sessions": session} {
		if a := r.ask("POST", "/acquirer/"+path, body); a.status/100 != 2 || a.code() != "" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	// The same again with anything else in it is another one.
	for field, other := range map[string]any{"amount": 2, "method": byCard, "return_url": "https://hall.example/", "description": ""} {
		body := map[string]any{}
		for k, v := range session {
			body[k] = v
		}
		body[field] = other
		if a := r.ask("POST", "/acquirer/sessions", body); a.code() != codeChanged {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	for body, code := range map[string]string{`{"reference":"a"} {}`: codeInput, `[]`: codeInput, ``: codeInput, `{"reference":5}`: codeInput} {
		if a := r.ask("POST", "/acquirer/refunds", []byte(body)); a.code() != code {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	long := append([]byte(`{"reference":"`+reference(1)+`","refund_reference":"R-long","amount":1}`), bytes.Repeat([]byte(" "), bodyMost)...)
	if a := r.ask("POST", "/acquirer/refunds", long); a.code() != codeInput {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.sound()
}

// A day begins at Malaysia's midnight; a statement of tomorrow is not there, and
// one of an account that is not there neither.
func TestStatementOfNoDay(t *testing.T) {
	r := newRig(t)
	today := clock.Day(r.now.Now())
	for path, want := range map[string]int{
		"/statements/JPJ-001/" + today + ".xml": 200, "/statements/JPJ-001/" + today + ".mt940": 200, "/statements/JPJ-001/2026-12-01.xml": 404, "/statements/JPJ-001/soon.xml": 404,
		"/statements/JPJ-001/" + today + ".pdf": 404, "/reports/JPJ-001/" + today + ".mt940": 404, "/notifications/JPJ-001/" + today + ".mt940": 404, "/statements/NOBODY/" + today + ".xml": 404,
	} {
		if a := r.page(http.DefaultClient, path); a.status != want {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}
