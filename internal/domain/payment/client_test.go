package payment_test

import (
	"net/http"
	"strings"
	"testing"
)

// What clients of GOV.UK Pay send and ask for is taken as it is meant, or refused:
// nothing is passed over so that the answer is another's.
func TestClientsOfPay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		with := func(more string) string { return strings.TrimSuffix(wanted, "}") + ", " + more + "}" }
		a := r.call("jpj", "POST", "/v1/payments", with(`"moto": false, "authorisation_mode": "web", "metadata": {"order": 9007199254740993, "rate": 1.10, "ok": true}`), "")
		if a.status != http.StatusCreated || !strings.Contains(a.text, `"metadata":{"ok":true,"order":9007199254740993,"rate":1.10}`) {
			t.Errorf("%d %s", a.status, a.text)
		}
		if b := r.state("jpj", a.str("payment_id")); !strings.Contains(b.text, `"order":9007199254740993`) {
			t.Errorf("a long number was changed: %s", b.text)
		}
		for field, more := range map[string]string{"moto": `"moto": true`, "authorisation_mode": `"authorisation_mode": "moto_api"`, "metadata": `"metadata": {"a": 1` + strings.Repeat("0", 100) + `}`} {
			if a := r.call("jpj", "POST", "/v1/payments", with(more), ""); a.status != 422 || a.str("code") != "P0102" || a.str("field") != field {
				t.Errorf("%s: %d %s", more, a.status, a.text)
			}
		}
		if a := r.call("jpj", "POST", "/v1/payments", strings.Replace(wanted, `"Saman"`, `"  "`, 1), ""); a.status != 422 || a.str("field") != "description" {
			t.Errorf("a payment of which the payer reads nothing: %d %s", a.status, a.text)
		}
		for _, name := range []string{"agreement_id", "card_brand", "cardholder_name", "first_digits_card_number", "last_digits_card_number", "from_settled_date", "to_settled_date"} {
			if a := r.call("jpj", "GET", "/v1/payments?"+name+"=2026-11-30", "", ""); a.status != 422 || a.str("code") != "P0401" || !strings.Contains(a.str("description"), name) {
				t.Errorf("%s lists what was not asked for: %d %s", name, a.status, a.text)
			}
		}
	})
}

func TestKindOfQR(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, _ := r.asked("jpj")
		for accept, want := range map[string]string{"": "application/json", "*/*": "application/json", "image/png": "image/png", "image/svg+xml": "image/svg+xml",
			"image/png, image/svg+xml;q=0.5": "image/png", "application/json, image/svg+xml;q=0": "application/json", "text/html": ""} {
			h := http.Header{"Authorization": {"Bearer " + r.keys["jpj"]}}
			if accept != "" {
				h.Set("Accept", accept)
			}
			a := r.do("GET", "/v1/payments/"+id+"/qr", nil, h)
			switch {
			case want == "":
				if a.status != http.StatusNotAcceptable || a.str("code") != "P0006" || a.str("header") != "Accept" {
					t.Errorf("%s: %d %s", accept, a.status, a.text)
				}
			case a.status != http.StatusOK || a.header.Get("Content-Type") != want || a.header.Get("Cache-Control") != "no-store":
				t.Errorf("%s: %d %v", accept, a.status, a.header)
			}
		}
	})
}

// Every POST may be sent again under its own id: it has one effect, and one answer.
func TestPostsOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const hook = `{"url": "http://127.0.0.1:9/told"}`
		a := r.call("jpj", "POST", "/v1/webhooks", hook, "w1")
		b := r.call("jpj", "POST", "/v1/webhooks", hook, "w1")
		if a.status != http.StatusCreated || b.status != http.StatusCreated || a.text != b.text || a.str("secret") == "" {
			t.Errorf("an address that was set once is set twice: %d %s, %d %s", a.status, a.text, b.status, b.text)
		}
		if c := r.call("jpj", "POST", "/v1/webhooks", `{"url": "http://127.0.0.1:9/other"}`, "w1"); c.status != http.StatusConflict || c.str("code") != "P0191" {
			t.Errorf("%d %s", c.status, c.text)
		}
		id, other := r.call("jpj", "POST", "/v1/payments", wanted, "").str("payment_id"), r.call("jpj", "POST", "/v1/payments", wanted, "").str("payment_id")
		for _, again := range []string{"first", "again"} {
			if c := r.call("jpj", "POST", "/v1/payments/"+id+"/cancel", "", "c1"); c.status != http.StatusNoContent {
				t.Errorf("%s: %d %s", again, c.status, c.text)
			}
		}
		if c := r.call("jpj", "POST", "/v1/payments/"+other+"/cancel", "", "c1"); c.status != http.StatusConflict || c.str("code") != "P0191" {
			t.Errorf("another payment under a used id: %d %s", c.status, c.text)
		}
		if c := r.call("jpj", "POST", "/v1/payments/"+id+"/cancel", "", "c2"); c.status != 400 || c.str("code") != "P0501" {
			t.Errorf("ended a second time: %d %s", c.status, c.text)
		}
		list, _ := r.call("jpj", "GET", "/v1/webhooks/deliveries", "", "").body["deliveries"].([]any)
		if len(list) != 1 {
			t.Fatalf("%v", list)
		}
		message, _ := list[0].(map[string]any)["message_id"].(string)
		for range 2 {
			if c := r.call("jpj", "POST", "/v1/webhooks/messages/"+message+"/replay", "", "m1"); c.status != http.StatusAccepted {
				t.Errorf("%d %s", c.status, c.text)
			}
		}
		if list, _ := r.call("jpj", "GET", "/v1/webhooks/deliveries", "", "").body["deliveries"].([]any); len(list) != 2 {
			t.Errorf("one replay made %d deliveries", len(list)-1)
		}
		r.sound()
	})
}
