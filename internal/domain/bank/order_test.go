package bank

import (
	"net/http"
	"testing"

	"balai/internal/spine/money"
)

func (r *rig) refund(ref, refund string, amount money.Amount) (Outcome, int) {
	r.t.Helper()
	a := r.ask("POST", "/acquirer/refunds", Refund{Reference: ref, RefundReference: refund, Amount: amount})
	var out Outcome
	a.into(r.t, &out)
	return out, a.status
}

func TestRefund(t *testing.T) {
	r := newRig(t)
	before := r.balance(Payer)
	r.pays(reference(1), 1000)
	first, _ := r.refund(reference(1), "R1", 400)
	if first.State != paid || first.BankReference == "" || r.balance(Payer) != before-600 || r.balance("JPJ-001") != 600 {
		t.Fatalf("%+v", first)
	}
	if again, _ := r.refund(reference(1), "R1", 400); again != first || r.balance("JPJ-001") != 600 {
		t.Errorf("the same again: %+v", again)
	}
	if _, status := r.refund(reference(1), "R1", 500); status != http.StatusConflict {
		t.Error("another amount under the same reference:", status)
	}
	if more, _ := r.refund(reference(1), "R2", 601); more.State != failed || more.Reason != reasonMore {
		t.Errorf("%+v", more)
	}
	if more, _ := r.refund(reference(1), "R2", 601); more.State != failed {
		t.Errorf("what failed is answered the same: %+v", more)
	}
	if rest, _ := r.refund(reference(1), "R3", 600); rest.State != paid || r.balance(Payer) != before {
		t.Errorf("%+v", rest)
	}
	if none, _ := r.refund(reference(2), "R4", 1); none.State != failed || none.Reason != reasonNone {
		t.Errorf("%+v", none)
	}
	for _, amount := range []money.Amount{0, -1} {
		if _, status := r.refund(reference(1), "R5", amount); status != http.StatusUnprocessableEntity {
			t.Error(amount, status)
		}
	}
	if got := r.transaction(reference(1)); got.Refunded != 1000 || got.State != paid {
		t.Errorf("%+v", got)
	}
	r.sound()
}

// Of a reference that was paid twice, the second payer is given back first, and
// each gets their own.
func TestRefundTwice(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 1000)
	r.scan(qr(reference(1), 1000), "phone")
	if out, _ := r.refund(reference(1), "R1", 1000); out.State != paid || r.balance("phone") != 500_000 {
		t.Errorf("%+v, phone %d", out, r.balance("phone"))
	}
	if more, _ := r.refund(reference(1), "R2", 1001); more.State != failed {
		t.Errorf("%+v", more)
	}
	if out, _ := r.refund(reference(1), "R3", 1000); out.State != paid || r.balance("JPJ-001") != 0 {
		t.Errorf("%+v", out)
	}
	r.sound()
}

// Nobody refunds another merchant's payment, or what is not there any more.
func TestRefundOwn(t *testing.T) {
	r := newRig(t)
	r.enrol("jpn", "JPN-001")
	r.pays(reference(1), 1000)
	a := r.request("POST", "/acquirer/refunds", "jpn", shopSecret, "msg_1", []byte(`{"reference":"`+reference(1)+`","refund_reference":"R1","amount":1000}`))
	var out Outcome
	if a.into(t, &out); out.State != failed {
		t.Errorf("%d %s", a.status, a.body)
	}
	if out := r.transfer("T1", "JPJ-001", "JPJ-002", 900); out.State != paid {
		t.Fatalf("%+v", out)
	}
	if out, _ := r.refund(reference(1), "R1", 1000); out.State != failed || out.Reason != codeFunds {
		t.Errorf("%+v", out)
	}
	r.sound()
}

func (r *rig) transfer(ref, from, to string, amount money.Amount) (out Outcome) {
	r.t.Helper()
	a := r.ask("POST", "/acquirer/transfers", Transfer{Reference: ref, From: from, To: to, Amount: amount, Text: "Settlement"})
	a.into(r.t, &out)
	return out
}

func TestTransfer(t *testing.T) {
	r := newRig(t)
	r.enrol("jpn", "JPN-001")
	r.pays(reference(1), 1000)
	for range 2 {
		if out := r.transfer("T1", "JPJ-001", "JPJ-GOV", 700); out.State != paid || r.balance("JPJ-GOV") != 700 || r.balance("JPJ-001") != 300 {
			t.Fatalf("%+v", out)
		}
	}
	for name, c := range map[string]struct {
		from, to string
		amount   money.Amount
		reason   string
	}{
		"more than there is":  {"JPJ-001", "JPJ-GOV", 301, codeFunds},
		"to another merchant": {"JPJ-001", "JPN-001", 1, codeAccount},
		"of another merchant": {"JPN-001", "JPJ-001", 1, codeAccount},
		"of a person":         {Payer, "JPJ-001", 1, codeAccount},
		"of nobody":           {"NOBODY", "JPJ-001", 1, codeAccount},
	} {
		if out := r.transfer("T-"+c.from+c.to, c.from, c.to, c.amount); out.State != failed || out.Reason != c.reason {
			t.Errorf("%s: %+v", name, out)
		}
	}
	for _, amount := range []money.Amount{0, -5} {
		if out := r.transfer("T9", "JPJ-001", "JPJ-GOV", amount); out.State != "" {
			t.Errorf("%d: %+v", amount, out)
		}
	}
	r.sound()
}

// A request that is sent again as it was, within the time its signature counts,
// moves nothing a second time.
func TestReplay(t *testing.T) {
	r := newRig(t)
	r.pays(reference(1), 1000)
	for path, body := range map[string]string{
		"/acquirer/refunds":   `{"reference":"` + reference(1) + `","refund_reference":"R1","amount":300}`,
		"/acquirer/transfers": `{"reference":"T1","from":"JPJ-001","to":"JPJ-002","amount":200,"text":""}`,
	} {
		first := r.request("POST", path, "jpj", shopSecret, "msg_same", []byte(body))
		for range 3 {
			if a := r.request("POST", path, "jpj", shopSecret, "msg_same", []byte(body)); a.status != http.StatusOK || string(a.body) != string(first.body) {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	}
	if got := r.balance("JPJ-001"); got != 500 {
		t.Error("it holds", got)
	}
	r.sound()
}
