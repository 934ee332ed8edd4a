package bank

import (
	"net/http"
	"strings"
	"testing"

	"balai/internal/spine/clock"
)

// A plain transfer moves money and tells nobody: what was written for the
// recipient stands on the statement. What cannot be is said, and moves nothing.
func TestTransferByAPerson(t *testing.T) {
	r := newRig(t)
	before := r.balance("JPJ-001")
	for _, bad := range []map[string]any{
		{"from": "demo", "to": "JPJ-001", "amount": 0, "reference": "X"},
		{"from": "demo", "to": "JPJ-001", "amount": -5, "reference": "X"},
		{"from": "demo", "to": "nobody", "amount": 5, "reference": "X"},
		{"from": "demo", "to": "bank-capital", "amount": 5, "reference": "X"},
		{"from": "demo", "to": "demo", "amount": 5, "reference": "X"},
		{"from": "JPJ-001", "to": "demo", "amount": 5, "reference": "X"},
		{"from": "company", "to": "JPJ-001", "amount": 5, "reference": "X"},
		{"from": "low", "to": "JPJ-001", "amount": 1_000_000, "reference": "X"},
		{"from": "demo", "to": "JPJ-001", "amount": 5, "reference": strings.Repeat("x", 200)},
	} {
		if a := r.ask("POST", "/transfer", bad); a.status < 400 || a.status >= 500 {
			t.Errorf("%v: %d %s", bad, a.status, a.body)
		}
	}
	// What a page's field is refused for is said in words, and never by the field's own name.
	for _, bad := range []struct{ path, says, wrong string }{
		{"/transfer", "Enter the account to pay into, and not the one that pays.", "to"},
		{"/transfer", "Enter a reference on one line, of at most 140 characters.", "reference"},
		{"/faults", "Check “Late by”: what it holds cannot be used.", "delay_by"},
	} {
		form := map[string]string{"from": "demo", "to": "JPJ-001", "amount": "5.00", "reference": "X"}
		if bad.path == "/faults" {
			clear(form)
		}
		form[bad.wrong] = strings.Repeat("no", 100)
		var pairs []string
		for k, v := range form {
			pairs = append(pairs, k, v)
		}
		if a := r.post(browser(), bad.path+"?lang=en", pairs...); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.body), bad.says) {
			t.Errorf("%s: %d %s", bad.wrong, a.status, a.body)
		}
	}
	if r.balance("JPJ-001") != before {
		t.Error("what was refused moved money")
	}
	if a := r.ask("POST", "/transfer", map[string]any{"from": "demo", "to": "JPJ-001", "amount": 1234, "reference": "Cukai BCDFGHJKMNPQRSTVWXYZ"}); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got := r.balance("JPJ-001") - before; got != 1234 {
		t.Errorf("%d sen came", got)
	}
	if told := r.deliver(); len(told) != 0 {
		t.Errorf("the bank told of it: %v", told)
	}
	a := r.page(browser(), "/statements/JPJ-001/"+clock.Day(r.now.Now())+".xml")
	if text := string(a.body); !strings.Contains(text, "Cukai BCDFGHJKMNPQRSTVWXYZ") || !strings.Contains(text, ">12.34<") {
		t.Errorf("%s", text)
	}
	p := r.post(browser(), "/transfer?lang=en", "from", "demo", "to", "JPJ-001", "amount", "0.50", "reference", "A")
	if got := r.balance("JPJ-001") - before; got != 1284 {
		t.Errorf("%d sen came; %d %s", got, p.status, p.body)
	}
	r.sound()
}
