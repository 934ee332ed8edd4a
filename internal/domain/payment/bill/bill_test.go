package bill_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const summons = `{"number": "SMN-1", "description": {"ms": "Saman laju", "en": "Speeding summons"}, "amount": 15000, "id_number": "950412-00-5124", "due_date": "2026-12-31",
	"prices": [{"until": "2026-12-14", "amount": 7500}]}`

// found looks a bill up, and gives its page.
func (r *rig) found(number, code string) (answer, string) {
	r.t.Helper()
	return r.send("/bill", url.Values{"agency": {"jpj"}, "number": {number}, "code": {code}})
}

// A bill is made by a program, found by who holds it, paid from a telephone, and
// has its receipt.
func TestBillIsPaid(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		if b.num("amount_owed") != 7500 || b.num("amount") != 15000 {
			t.Fatalf("%s", b.text)
		}
		a, page := r.found("SMN-1", strings.ToLower(b.str("check_code")))
		if a.status != http.StatusSeeOther || !strings.HasPrefix(page, "/bill/") {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if a := r.get(page); a.status != http.StatusOK || !strings.Contains(a.text, "RM75.00") || !strings.Contains(a.text, "RM150.00") {
			t.Fatalf("%d %s", a.status, a.text)
		}
		_, pay := r.send(page, nil)
		if _, again := r.send(page, nil); again != pay {
			t.Errorf("two people who pay one bill have two pages: %s, %s", pay, again)
		}
		r.pay(pay, true)
		now := r.call("GET", "/v1/bills/"+b.str("bill_id"), "", "")
		if s := now.body["state"].(map[string]any); s["status"] != "paid" || now.num("amount_paid") != 7500 || now.num("amount_owed") != 0 {
			t.Errorf("%s", now.text)
		}
		if parts := now.body["payments"].([]any); len(parts) != 1 || parts[0].(map[string]any)["receipt_number"] != "UJI-JPJ-2026-0000001" {
			t.Errorf("%s", now.text)
		}
		if a := r.get(page); !strings.Contains(a.text, "UJI-JPJ-2026-0000001") || strings.Contains(a.text, "<form method=\"post\" action=\"/bill/") {
			t.Errorf("%s", a.text)
		}
		r.sound()
	})
}
