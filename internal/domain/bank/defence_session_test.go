package bank

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// What is done at the bank's page is done from the step that it belongs to, and
// by an account that is somebody's own.
func TestStepsInOrder(t *testing.T) {
	r := newRig(t)
	r.pays(reference(9), 5000) // so that the merchant's own account could pay
	c := browser()
	path := r.begin(reference(1), byFPX, 1000)
	refused := func(pairs ...string) {
		t.Helper()
		if a := r.post(c, path, pairs...); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d %s", pairs, a.status, a.body)
		}
	}
	for _, account := range []string{"JPJ-001", cards, "nobody", ""} {
		refused("do", doPay, "account", account)
	}
	refused("do", doReject, "person", officers[0])
	refused("do", "anything", "person", officers[0])
	r.post(c, path, "do", doPay, "account", "company")
	refused("do", doReject, "person", officers[0])
	r.post(c, path, "do", doMake, "person", officers[0])
	refused("do", doPay, "account", Payer) // it is the company's by now
	refused("do", doMake, "person", officers[1])
	refused("do", "anything", "person", officers[1])
	if got := r.transaction(reference(1)); got.State != pending || r.balance("JPJ-001") != 5000 {
		t.Errorf("%+v", got)
	}
	r.post(c, path, "do", doApprove, "person", officers[1])
	if got := r.transaction(reference(1)); got.State != paid || r.balance("JPJ-001") != 6000 {
		t.Errorf("%+v", got)
	}
	r.sound()
}

// Of two payments under one reference, a refund gives back the one that it names.
func TestRefundOfTheNamed(t *testing.T) {
	r := newRig(t)
	first := r.pays(reference(1), 1000)
	r.scan(qr(reference(1), 1000), "phone")
	ask := func(id, named string) (out Outcome) {
		r.ask("POST", "/acquirer/refunds", Refund{Reference: reference(1), RefundReference: id, Amount: 600, BankReference: named}).into(t, &out)
		return out
	}
	before := r.balance(Payer)
	if out := ask("R1", first.BankReference); out.State != paid || r.balance(Payer) != before+600 || r.balance("phone") != 499_000 {
		t.Errorf("%+v", out)
	}
	if out := ask("R2", first.BankReference); out.State != failed || out.Reason != reasonMore {
		t.Errorf("%+v", out)
	}
	if out := ask("R3", "S0000000NOBODYS"); out.State != failed || out.Reason != reasonNone {
		t.Errorf("%+v", out)
	}
	r.sound()
}

// A request's text and language, as they come.
func TestRead(t *testing.T) {
	for text, ok := range map[string]bool{"": true, "ééé": true, "éééé": false, "a\x1f": false, "a\x7f": false, "a\xff": false, "a b": true} {
		if plain(text, 3) != ok {
			t.Errorf("%q", text)
		}
	}
	var in Refund
	for body, field := range map[string]string{`{"amount":1.5}`: "amount", `[]`: "body", `{`: "body", `{} {}`: "body"} {
		err := read([]byte(body), &in)
		if no, is := err.(refusal); !is || no.field != field {
			t.Errorf("%s: %v", body, err)
		}
	}
	for header, want := range map[string]locale.Lang{"": locale.Malay, "en": locale.English, "en,ms": locale.English, "en;q=0.9": locale.English, "ms,en": locale.Malay, "fr": locale.Malay} {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept-Language", header)
		if got := lang(req); got != want {
			t.Errorf("%q: %s", header, got)
		}
		req.AddCookie(&http.Cookie{Name: langCookie, Value: "en"})
		if got := lang(req); got != locale.English {
			t.Errorf("%q beside a choice: %s", header, got)
		}
	}
}

// A bank that is down still shows its pages' style, and takes the dial.
func TestDownShowsItsStyle(t *testing.T) {
	r := newRig(t)
	a := r.page(browser(), "/phone")
	_, rest, _ := strings.Cut(string(a.body), `href="/static/`)
	file, _, _ := strings.Cut(rest, `"`)
	r.faults(`{"down":true}`)
	if a := r.page(browser(), "/static/"+file); a.status != http.StatusOK {
		t.Errorf("%s: %d", file, a.status)
	}
	if a := r.page(browser(), "/phone"); a.status != http.StatusServiceUnavailable {
		t.Errorf("%d", a.status)
	}
	r.faults(`{}`)
}

// An account that no merchant has is no merchant's to move.
func TestNobodysAccountIsNobodys(t *testing.T) {
	r := newRig(t)
	must(t, r.write(func(tx *db.Tx) error {
		return insertAccount(tx, Account{Code: "X", Name: "X", Kind: Merchant, Owner: "other"}, 1)
	}))
	body := []byte(`{"name":"X","city":"","account":"X","callback_url":"https://hall.example/","secret":"` + shopSecret + `"}`)
	if a := r.request("PUT", "/acquirer/merchants/jpn", "", adminSecret, "msg_x", body); a.code() != codeAccount {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, account := range []string{Payer, capital} {
		if a := r.request("PUT", "/acquirer/merchants/jpn", "", adminSecret, "msg_"+account, []byte(strings.Replace(string(body), `"account":"X"`, `"account":"`+account+`"`, 1))); a.code() != codeAccount {
			t.Errorf("%s: %d %s", account, a.status, a.body)
		}
	}
}

// The address that a payer goes back to lets forms lead there, and says nothing
// else to a browser.
func TestPolicyOfASession(t *testing.T) {
	for address, want := range map[string]string{
		"https://hall.example/pay?x=1": contentPolicy + " https://hall.example", "http://127.0.0.1:8080/": contentPolicy + " http://127.0.0.1:8080",
		"https://hall.example;script-src/": contentPolicy, "https://hall.example,x/": contentPolicy, "https://hall'x/": contentPolicy, "https://hall.example/%zz": contentPolicy,
	} {
		if got := (Session{ReturnURL: address}).policy(); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
	r := newRig(t)
	body := map[string]any{"reference": reference(1), "amount": 1, "currency": "MYR", "method": byCard, "return_url": "http://127.0.0.1:8080/", "description": ""}
	if a := r.ask("POST", "/acquirer/sessions", body); a.status != http.StatusCreated {
		t.Errorf("%d %s", a.status, a.body)
	}
}
