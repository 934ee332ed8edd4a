package bank

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"pgregory.net/rapid"
)

// order writes a pain.001 of one part.
func orderOf(t rapid.TB, message, account string, single bool, transfers ...iso20022.Transfer) []byte {
	t.Helper()
	var sum iso20022.Sum
	for i, x := range transfers {
		sum.Add(x.Amount, x.Currency)
		if x.EndToEnd == "" {
			transfers[i].EndToEnd = fmt.Sprintf("%s-%d", message, i)
		}
	}
	var out bytes.Buffer
	w := iso20022.NewInitiationWriter(&out, iso20022.Initiation{Message: message, Created: time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC), Initiator: "JPJ",
		Count: int64(len(transfers)), Sum: sum.Text()})
	must(t, w.Payment(iso20022.Payment{ID: message + "-P", Method: "TRF", Single: single, Date: "2026-11-30", Debtor: iso20022.Party{Name: "JPJ",
		Account: iso20022.Account{Other: account}, Agent: iso20022.Agent{Name: Name}}}))
	for _, x := range transfers {
		must(t, w.Transfer(x))
	}
	must(t, w.Close())
	return out.Bytes()
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func to(account string, amount money.Amount) iso20022.Transfer {
	return iso20022.Transfer{Amount: amount, Currency: money.MYR, Creditor: iso20022.Party{Name: "Penerima " + account, Account: iso20022.Account{Other: account}}, Remittance: "Bantuan"}
}

// reported are the transfers of a pain.002, by their end-to-end ids.
type reported struct {
	iso20022.Report
	lines map[string]iso20022.TransferStatus
}

func (r *rig) reported(a response) reported {
	r.t.Helper()
	if a.status != http.StatusOK {
		r.t.Fatalf("%d %s", a.status, a.body)
	}
	out := reported{lines: map[string]iso20022.TransferStatus{}}
	var err error
	out.Report, err = iso20022.ReadReport(bytes.NewReader(a.body), func(_ *iso20022.Report, _ *iso20022.PaymentStatus, x iso20022.TransferStatus) error {
		out.lines[x.EndToEnd] = x
		return nil
	})
	if err != nil {
		r.t.Fatalf("%v: %s", err, a.body)
	}
	return out
}

func TestPayout(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 10_000)
	body := orderOf(t, "M1", "JPJ-001", false, to("phone", 1000), to("1234567", 2000), to("990000", 400), to("889999", 500))
	status := func(rep reported, i int) string {
		x := rep.lines[fmt.Sprintf("M1-%d", i)]
		if len(x.Reasons) > 0 {
			return x.Status + " " + x.Reasons[0].Code
		}
		return x.Status
	}
	expect := func(rep reported, group string, want ...string) {
		t.Helper()
		if rep.Status != group || rep.Of != "M1" {
			t.Errorf("the order is %s of %s, not %s", rep.Status, rep.Of, group)
		}
		for i, w := range want {
			if got := status(rep, i); got != w {
				t.Errorf("the transfer %d is %q, not %q", i, got, w)
			}
		}
	}
	rep := r.reported(r.ask("POST", "/acquirer/payouts", body))
	expect(rep, iso20022.Partial, "ACCP", "ACCP", "RJCT AC01", "ACCP")
	if r.balance("JPJ-001") != 6500 || r.balance(transit) != 3500 {
		t.Error(r.balance("JPJ-001"), r.balance(transit))
	}
	// The same again pays nobody.
	r.reported(r.ask("POST", "/acquirer/payouts", body))
	if r.balance("JPJ-001") != 6500 {
		t.Error(r.balance("JPJ-001"))
	}
	if a := r.ask("POST", "/acquirer/payouts", orderOf(t, "M1", "JPJ-001", false, to("phone", 1001))); a.status != http.StatusConflict {
		t.Errorf("another order under the same id: %d %s", a.status, a.body)
	}
	r.now.Advance(settleAfter)
	r.deliver()
	expect(r.reported(r.ask("GET", "/acquirer/payouts/M1", nil)), iso20022.Partial, "ACSC", "ACSC", "RJCT AC01", "ACSC")
	if r.balance("phone") != 501_000 || r.balance(transit) != 0 || r.balance(others) != 2500 {
		t.Error(r.balance("phone"), r.balance(transit), r.balance(others))
	}
	r.now.Advance(returnAfter)
	r.deliver()
	expect(r.reported(r.ask("POST", "/acquirer/payouts", body)), iso20022.Partial, "ACSC", "ACSC", "RJCT AC01", "RJCT AC04")
	if r.balance("JPJ-001") != 7000 || r.balance(others) != 2000 {
		t.Error(r.balance("JPJ-001"), r.balance(others))
	}
	s := r.statement("/statements/JPJ-001/2026-11-30.xml")
	s.leads(t)
	if len(s.entries) != 3 {
		t.Fatalf("%+v", s.entries)
	}
	if e := s.entries[1]; e.Credit || e.Amount != 3500 || e.Batch.Message != "M1" || e.Batch.Payment != "M1-P" || e.Batch.Count != 3 || len(e.Details) != 3 {
		t.Errorf("%+v", e)
	}
	if e := s.entries[2]; !e.Credit || e.Amount != 500 || e.Details[0].Return != "AC04" || e.Details[0].EndToEnd != "M1-3" {
		t.Errorf("%+v", e)
	}
	r.statement("/statements/JPJ-001/2026-11-30.mt940").leads(t)
	r.sound()
}

// Booked one by one, each transfer is a line.
func TestPayoutSingle(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 10_000)
	r.reported(r.ask("POST", "/acquirer/payouts", orderOf(t, "M1", "JPJ-001", true, to("phone", 1000), to("1234567", 2000))))
	s := r.statement("/statements/JPJ-001/2026-11-30.xml")
	s.leads(t)
	if len(s.entries) != 3 || s.entries[1].Amount != 1000 || s.entries[2].Details[0].EndToEnd != "M1-1" {
		t.Errorf("%+v", s.entries)
	}
	r.sound()
}

func TestPayoutRefuses(t *testing.T) {
	r := newRig(t)
	r.enrol("jpn", "JPN-001")
	r.pays(reference(1), 1000)
	foreign := to("phone", 100)
	foreign.Currency = "SGD"
	for name, c := range map[string]struct {
		body []byte
		code string
	}{
		"more than there is":  {orderOf(t, "A1", "JPJ-001", false, to("phone", 600), to("phone", 401)), "AM04"},
		"of another merchant": {orderOf(t, "A2", "JPN-001", false, to("phone", 1)), "AC02"},
		"of a person":         {orderOf(t, "A3", Payer, false, to("phone", 1)), "AC02"},
		"of nobody":           {orderOf(t, "A4", "NOBODY", false, to("phone", 1)), "AC02"},
		"another currency":    {orderOf(t, "A5", "JPJ-001", false, foreign), "AM03"},
		"a wrong sum":         {bytes.Replace(orderOf(t, "A6", "JPJ-001", false, to("phone", 100)), []byte("<CtrlSum>1</CtrlSum>"), []byte("<CtrlSum>2</CtrlSum>"), 1), iso20022.WrongSum},
		"a wrong count":       {bytes.Replace(orderOf(t, "A7", "JPJ-001", false, to("phone", 100)), []byte("<NbOfTxs>1</NbOfTxs>"), []byte("<NbOfTxs>2</NbOfTxs>"), 1), iso20022.WrongCount},
	} {
		rep := r.reported(r.ask("POST", "/acquirer/payouts", c.body))
		if rep.Status != iso20022.Rejected || len(rep.lines) == 0 {
			t.Errorf("%s: %+v", name, rep)
		}
		for _, x := range rep.lines {
			if x.Status != iso20022.Rejected || len(x.Reasons) != 1 || x.Reasons[0].Code != c.code {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
	good := orderOf(t, "B1", "JPJ-001", false, to("phone", 100))
	for name, body := range map[string][]byte{
		"cut": good[:len(good)-20], "no xml": []byte("hello"), "a bomb": append([]byte(`<!DOCTYPE x [<!ENTITY a "b">]>`), good...),
		"a long id": nil,
	} {
		if name == "a long id" {
			body = bytes.Replace(good, []byte("<EndToEndId>B1-0"), append([]byte("<EndToEndId>"), bytes.Repeat([]byte("x"), 36)...), 1)
		}
		if a := r.ask("POST", "/acquirer/payouts", body); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	// By this alone a hall believes that an order never came.
	if a := r.ask("GET", "/acquirer/payouts/A9", nil); a.status != http.StatusNotFound || !bytes.Contains(a.body, []byte(`"code":"message_unknown"`)) || !bytes.Contains(a.body, []byte(`"message_id":"A9"`)) {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := r.request("GET", "/acquirer/payouts/A1", "jpn", shopSecret, "msg_1", nil)
	if a.status != http.StatusNotFound {
		t.Error("another merchant reads it:", a.status)
	}
	if r.balance("JPJ-001") != 1000 || r.balance("phone") != 500_000 {
		t.Error("something was paid")
	}
	r.sound()
}

func TestPayoutCut(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 1000)
	r.faults(`{"timeout_after_debit":1}`)
	body := orderOf(t, "M1", "JPJ-001", false, to("phone", 1000))
	if a := r.ask("POST", "/acquirer/payouts", body); a.status != 0 {
		t.Fatal(a.status)
	}
	if rep := r.reported(r.ask("POST", "/acquirer/payouts", body)); rep.Status != iso20022.Accepted || r.balance("JPJ-001") != 0 {
		t.Errorf("%+v", rep)
	}
	r.sound()
}

// A refusal of an order says of which: whoever sent it knows that this one was not
// taken.
func TestPayoutRefusalNamesIt(t *testing.T) {
	r := newRig(t)
	cut := orderOf(t, "M1", "JPJ-001", false, to("1234567", 100))
	for message, order := range map[string][]byte{"M 1?": orderOf(t, "M 1?", "JPJ-001", false, to("1234567", 100)), "M1": cut[:len(cut)-200]} {
		a := r.ask("POST", "/acquirer/payouts", order)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), `"message_id":"`+message+`"`) || !strings.Contains(string(a.body), `"code":"input"`) {
			t.Errorf("%s: %d %s", message, a.status, a.body)
		}
	}
	if a := r.ask("GET", "/acquirer/payouts/M1", nil); a.status != http.StatusNotFound {
		t.Errorf("what was refused is known: %d", a.status)
	}
}
