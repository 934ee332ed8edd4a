package bank

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/emvco"
	"balai/internal/spine/hook"
	"balai/internal/spine/money"
)

// A phone's payment is debited, credited, told once and found by its reference.
func TestPhonePay(t *testing.T) {
	r := newRig(t)
	before := r.balance(Payer)
	if got := r.transaction(reference(1)); got.State != none || got.Merchant != "jpj" || got.Reference != reference(1) {
		t.Fatal(got)
	}
	p := r.pays(reference(1), 2550)
	if p.Status != paid || p.Amount != 2550 || p.Currency != money.MYR || p.Payee != "JPJ-001" || p.Reference != reference(1) || len(p.BankReference) > 16 {
		t.Errorf("%+v", p)
	}
	if got := r.balance(Payer); got != before-2550 {
		t.Error("the payer holds", got)
	}
	if got := r.balance("JPJ-001"); got != 2550 {
		t.Error("the payee holds", got)
	}
	told := r.deliver()
	if len(told) != 1 || r.forged > 0 {
		t.Fatalf("told %+v, forged %d", told, r.forged)
	}
	c := told[0]
	if c.State != paid || c.Merchant != "jpj" || c.Reference != p.Reference || c.Amount != 2550 || c.Currency != money.MYR || c.Payee != "JPJ-001" ||
		c.BankReference != p.BankReference || c.Method != byQR || c.PayerBank != Name || c.At != "2026-11-30T10:00:00.000+08:00" {
		t.Errorf("%+v", c)
	}
	if again := r.deliver(); len(again) > 0 {
		t.Errorf("told again: %+v", again)
	}
	got := r.transaction(reference(1))
	if got.State != paid || got.BankReference != p.BankReference || got.Amount != 2550 || got.Payee != "JPJ-001" || got.PayerName != c.PayerName || len(got.Payments) != 1 {
		t.Errorf("%+v", got)
	}
	r.sound()
}

// A code is paid by every phone that reads it: the merchant is told of each.
func TestPaidTwice(t *testing.T) {
	r := newRig(t)
	a, b := r.pays(reference(1), 1000), Paid{}
	r.scan(qr(reference(1), 1000), "phone").into(t, &b)
	if a.BankReference == b.BankReference || b.Status != paid {
		t.Fatalf("%+v %+v", a, b)
	}
	got := r.transaction(reference(1))
	if len(got.Payments) != 2 || got.BankReference != a.BankReference || r.balance("JPJ-001") != 2000 {
		t.Errorf("%+v", got)
	}
	if told := r.deliver(); len(told) != 2 || told[0].ID == told[1].ID {
		t.Errorf("%+v", told)
	}
	r.sound()
}

func TestPhoneRefuses(t *testing.T) {
	r := newRig(t)
	good := qr(reference(1), 1000)
	sgd := emvco.DuitNow("890053", "jpj", "JPJ", "PUTRAJAYA", 1000, reference(1))
	sgd.Currency = "SGD"
	other := emvco.DuitNow("890053", "nobody", "NOBODY", "KL", 1000, reference(1))
	paynow := emvco.DuitNow("890053", "jpj", "JPJ", "PUTRAJAYA", 1000, reference(1))
	paynow.Merchant.Scheme = emvco.PayNowScheme
	last := good[len(good)-1:]
	wrong := map[string]string{"0": "1"}[last]
	if wrong == "" {
		wrong = "0"
	}
	for name, c := range map[string]struct {
		scan Scan
		code string
	}{
		"no code":         {Scan{Payload: "hello", Account: Payer}, codeQR},
		"cut":             {Scan{Payload: good[:len(good)-9], Account: Payer}, codeQR},
		"checksum":        {Scan{Payload: good[:len(good)-1] + wrong, Account: Payer}, codeCRC},
		"altered":         {Scan{Payload: strings.Replace(good, "540510.00", "540590.00", 1), Account: Payer}, codeCRC},
		"currency":        {Scan{Payload: sgd.String(), Account: Payer}, codeCurrency},
		"merchant":        {Scan{Payload: other.String(), Account: Payer}, codeMerchant},
		"scheme":          {Scan{Payload: paynow.String(), Account: Payer}, codeMerchant},
		"account":         {Scan{Payload: good, Account: "nobody"}, codeAccount},
		"bank's own":      {Scan{Payload: good, Account: capital}, codeAccount},
		"merchant's own":  {Scan{Payload: good, Account: "JPJ-001"}, codeAccount},
		"company":         {Scan{Payload: good, Account: "company"}, codeChecker},
		"funds":           {Scan{Payload: good, Account: "low"}, codeFunds},
		"no amount":       {Scan{Payload: qr(reference(2), 0), Account: Payer}, codeAmount},
		"negative amount": {Scan{Payload: qr(reference(2), 0), Account: Payer, Amount: -5}, codeAmount},
		"another amount":  {Scan{Payload: good, Account: Payer, Amount: 5}, codeAmount},
	} {
		body, _ := json.Marshal(c.scan)
		a := r.request("POST", "/phone/pay", "", "", "", body)
		var p Problem
		a.into(t, &p)
		if a.status != http.StatusUnprocessableEntity || p.Code != c.code || p.Message == "" || strings.Contains(p.Message, "⟦") {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	for _, body := range []string{"", "{", `{"payload":1}`, `{"payload":"x"} {}`, `{"payload":"x","account":"demo","amount":1.5}`} {
		if a := r.request("POST", "/phone/pay", "", "", "", []byte(body)); a.status != http.StatusUnprocessableEntity || a.code() != codeInput {
			t.Errorf("%q: %d %s", body, a.status, a.body)
		}
	}
	if r.balance("JPJ-001") != 0 || len(r.deliver()) > 0 {
		t.Error("something was paid")
	}
	r.sound()
}

// What one refuses is said in the language that was asked for.
func TestRefusalLanguage(t *testing.T) {
	r := newRig(t)
	said := map[string]bool{}
	for _, l := range []string{"ms", "en"} {
		var p Problem
		r.request("POST", "/phone/pay?lang="+l, "", "", "", []byte(`{"payload":"x","account":"demo"}`)).into(t, &p)
		said[p.Message] = true
	}
	if len(said) != 2 {
		t.Error(said)
	}
	for code := range map[string]bool{codeQR: true, codeCRC: true, codeMerchant: true, codeCurrency: true, codeAmount: true, codeAccount: true, codeFunds: true,
		codeChecker: true, codeOther: true, codeCard: true, codeEnded: true, codeInput: true, codeSignature: true, codeChanged: true, codeMissing: true,
		codeDown: true, codeInternal: true} {
		if !r.texts.For("ms").Has("bank.refusal." + code) {
			t.Error("no sentence for", code)
		}
	}
}

// Who pays an open code says how much.
func TestOpenAmount(t *testing.T) {
	r := newRig(t)
	body, _ := json.Marshal(Scan{Payload: qr(reference(1), 0), Account: Payer, Amount: 777})
	if a := r.request("POST", "/phone/pay", "", "", "", body); a.status != http.StatusOK || r.balance("JPJ-001") != 777 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A form that is sent twice pays once.
func TestOnce(t *testing.T) {
	r := newRig(t)
	c := browser()
	var to []string
	for range 2 {
		a := r.post(c, "/phone/pay", "payload", qr(reference(1), 1000), "account", Payer, "once", "abc")
		if a.status != http.StatusSeeOther {
			t.Fatalf("%d %s", a.status, a.body)
		}
		to = append(to, a.header.Get("Location"))
	}
	if to[0] != to[1] || r.balance("JPJ-001") != 1000 {
		t.Error(to, r.balance("JPJ-001"))
	}
	if a := r.post(c, "/phone/pay", "payload", qr(reference(2), 1000), "account", Payer, "once", "abc"); a.status != http.StatusConflict || r.balance("JPJ-001") != 1000 {
		t.Errorf("another code in the same form: %d", a.status)
	}
	if a := r.page(c, to[0]); a.status != http.StatusOK || !bytes.Contains(a.body, []byte("RM10.00")) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Merchants' requests are taken from who signed them, now, and for what they say.
func TestSignature(t *testing.T) {
	r := newRig(t)
	r.enrol("jpn", "JPN-001")
	other := hook.NewSecret(bytes.Repeat([]byte("o"), hook.SecretSize))
	path := "/acquirer/transactions/" + reference(1)
	late := func() response {
		r.now.Advance(-hook.Skew - time.Second)
		req, _ := http.NewRequest("GET", r.url+path, nil)
		req.Header, _ = hook.Header("msg_1", r.now.Now(), []byte(path), shopSecret)
		req.Header.Set(MerchantHeader, "jpj")
		r.now.Advance(hook.Skew + time.Second)
		return r.do(http.DefaultClient, req)
	}
	moved := func() response {
		req, _ := http.NewRequest("GET", r.url+path, nil)
		req.Header, _ = hook.Header("msg_1", r.now.Now(), []byte("/acquirer/transactions/another"), shopSecret)
		req.Header.Set(MerchantHeader, "jpj")
		return r.do(http.DefaultClient, req)
	}
	body := []byte(`{"name":"X","city":"Y","account":"X-1","callback_url":"http://127.0.0.1/","secret":"` + other + `"}`)
	for name, a := range map[string]response{
		"unsigned":       r.request("GET", path, "jpj", "", "", nil),
		"another secret": r.request("GET", path, "jpj", other, "msg_1", nil),
		"nobody":         r.request("GET", path, "nobody", shopSecret, "msg_1", nil),
		"no merchant":    r.request("GET", path, "", shopSecret, "msg_1", nil),
		"no id":          r.request("GET", path, "jpj", shopSecret, "", nil),
		"late":           late(),
		"another path":   moved(),
		"not the admin":  r.request("PUT", "/acquirer/merchants/x", "jpj", shopSecret, "msg_1", body),
	} {
		if a.status != http.StatusUnauthorized || a.code() != codeSignature {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := r.request("GET", path, "jpj", shopSecret, "msg_1", nil); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A bank without an admin's secret enrols nobody.
func TestNoAdmin(t *testing.T) {
	r := newRig(t)
	r.o.Admin = ""
	body := []byte(`{"name":"X","city":"Y","account":"X-1","callback_url":"http://127.0.0.1/","secret":"` + shopSecret + `"}`)
	if a := r.request("PUT", "/acquirer/merchants/x", "", shopSecret, "msg_1", body); a.status != http.StatusUnauthorized {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestEnrol(t *testing.T) {
	r := newRig(t)
	if a := r.enrol("jpj", "JPJ-001"); a.status != http.StatusOK {
		t.Error("the same again:", a.status)
	}
	if a := r.enrol("jpn", "JPN-001"); a.status != http.StatusCreated {
		t.Error("a new one:", a.status)
	}
	put := func(name, city, account, address, secret string) response {
		body, _ := json.Marshal(Shop{Name: name, City: city, Account: account, CallbackURL: address, Secret: secret})
		return r.request("PUT", "/acquirer/merchants/kkm", "", adminSecret, "msg_2", body)
	}
	for name, a := range map[string]response{
		"another's account": put("KKM", "", "JPJ-001", "http://127.0.0.1/", shopSecret),
		"a person's":        put("KKM", "", Payer, "http://127.0.0.1/", shopSecret),
		"the bank's":        put("KKM", "", capital, "http://127.0.0.1/", shopSecret),
		"no name":           put("", "", "KKM-1", "http://127.0.0.1/", shopSecret),
		"a control":         put("K\nM", "", "KKM-1", "http://127.0.0.1/", shopSecret),
		"no account":        put("KKM", "", "", "http://127.0.0.1/", shopSecret),
		"no address":        put("KKM", "", "KKM-1", "", shopSecret),
		"a file":            put("KKM", "", "KKM-1", "file:///etc/passwd", shopSecret),
		"no secret":         put("KKM", "", "KKM-1", "http://127.0.0.1/", "hunter2"),
	} {
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := put("KKM", "", "KKM-1", "http://127.0.0.1/", shopSecret); a.status != http.StatusCreated {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.sound()
}

// A merchant who does not answer is called again, later and later, for three
// days; a bank that was closed goes on with it.
func TestCallbackAgain(t *testing.T) {
	r := newRig(t)
	r.answer = http.StatusInternalServerError
	r.pays(reference(1), 100)
	r.deliver()
	for i, wait := range append(again, time.Hour, time.Hour) {
		r.now.Advance(wait - time.Millisecond)
		if r.deliver(); r.sent != i+1 {
			t.Fatalf("too early: %d calls before the wait %d", r.sent, i)
		}
		if i == 2 { // a restart forgets none
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			r.open()
		}
		r.now.Advance(time.Millisecond)
		if r.deliver(); r.sent != i+2 {
			t.Fatalf("%d calls after the wait %d", r.sent, i)
		}
	}
	r.answer = http.StatusNoContent
	r.now.Advance(time.Hour)
	if told := r.deliver(); len(told) != 1 {
		t.Fatal(told)
	}
	r.answer = http.StatusServiceUnavailable
	r.pays(reference(2), 100)
	for range 100 {
		r.deliver()
		r.now.Advance(time.Hour)
	}
	sent := r.sent
	r.answer = http.StatusOK
	r.now.Advance(24 * time.Hour)
	if told := r.deliver(); len(told) > 0 || r.sent != sent || sent > 100 {
		t.Errorf("it never gives up: %d calls", r.sent)
	}
	if r.forged > 0 {
		t.Error("forged", r.forged)
	}
}

// A redirect is not followed: the answer is the merchant's own.
func TestCallbackFollowsNothing(t *testing.T) {
	r := newRig(t)
	r.answer = http.StatusTemporaryRedirect
	r.pays(reference(1), 100)
	if _, err := r.Deliver(context.Background()); err != nil || r.sent != 1 {
		t.Error(r.sent, err)
	}
}

// What a bank has booked is there after it was closed and opened.
func TestRestart(t *testing.T) {
	r := newRig(t)
	p := r.pays(reference(1), 1000)
	r.faults(`{"drop": 0.5}`)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.open()
	if got := r.transaction(reference(1)); got.BankReference != p.BankReference || r.balance("JPJ-001") != 1000 {
		t.Errorf("%+v", got)
	}
	if d := r.dial.Load(); d.Drop != 0.5 || d.Seed != 7 {
		t.Errorf("%+v", d)
	}
	if told := r.deliver(); len(told) != 1 {
		t.Errorf("%+v", told)
	}
	q := r.pays(reference(2), 1000)
	if q.BankReference == p.BankReference {
		t.Error("a reference comes twice")
	}
	r.sound()
}
