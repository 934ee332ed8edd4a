package bank

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Every page is whole in both languages, says that this is a sandbox, and has
// nothing in it that the browser is told not to run.
func TestPages(t *testing.T) {
	r := newRig(t)
	p := r.pays(reference(1), 1000)
	login, card := r.begin(reference(2), byFPX, 1000), r.begin(reference(3), byCard, 1000)
	inline := regexp.MustCompile(`(?i)<script|<style|\sstyle=|\son[a-z]+=|javascript:`)
	for _, path := range []string{"/", "/accounts/JPJ-001", "/accounts/low", "/accounts/nobody", "/phone", "/phone?payload=" + url.QueryEscape(qr(reference(4), 100)), "/phone?payload=x", "/phone?payload=" + url.QueryEscape(qr(reference(4), 0)),
		"/paid/" + p.BankReference, login, card, "/faults", "/transfer", "/transfer?to=JPJ-001&amount=1.00&reference=X&done=S1", "/nothing"} {
		for lang, says := range map[string]string{"ms": "Wangnya bukan wang sebenar", "en": "Its money is not real"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			a := r.page(browser(), path+sep+"lang="+lang)
			text := string(a.body)
			if !strings.Contains(text, says) || !strings.Contains(text, `<html lang="`+lang+`"`) {
				t.Errorf("%s in %s: %d %s", path, lang, a.status, text)
			}
			if strings.Contains(text, "⟦") || inline.MatchString(text) || strings.Count(text, "<h1") != 1 {
				t.Errorf("%s in %s: %s", path, lang, text)
			}
			if !strings.HasPrefix(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Error(path, a.header)
			}
		}
	}
}

// The first page says when the bank misbehaves on purpose.
func TestFaultySaid(t *testing.T) {
	r := newRig(t)
	says := func() bool { return bytes.Contains(r.page(browser(), "/?lang=en").body, []byte("on purpose")) }
	if says() {
		t.Error("it has no fault")
	}
	if r.faults(`{"reorder":0.1}`); !says() {
		t.Error("it has one")
	}
}

// The phone's page shows what a code asks before it pays, and works without
// JavaScript from end to end.
func TestPhonePage(t *testing.T) {
	r := newRig(t)
	c := browser()
	a := r.page(c, "/phone?lang=en&payload="+url.QueryEscape(qr(reference(1), 1000)))
	for _, want := range []string{"RM10.00", "Jabatan Pengangkutan Jalan", reference(1), `name="once"`} {
		if !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("%q is missing: %s", want, a.body)
		}
	}
	if bytes.Contains(a.body, []byte(`value="company"`)) || bytes.Contains(a.body, []byte(`value="JPJ-001"`)) {
		t.Error("it offers accounts that cannot pay")
	}
	if a := r.post(c, "/phone/pay", "payload", qr(reference(1), 1000)); a.status != http.StatusUnprocessableEntity || !bytes.Contains(a.body, []byte("govuk-error-summary")) {
		t.Errorf("no account: %d %s", a.status, a.body)
	}
	if a := r.post(c, "/phone/pay", "payload", qr(reference(1), 0), "account", Payer, "amount", "1,5"); a.status != http.StatusUnprocessableEntity || !bytes.Contains(a.body, []byte(`href="#amount"`)) {
		t.Errorf("no amount: %d %s", a.status, a.body)
	}
	if a := r.post(c, "/phone/pay", "payload", qr(reference(1), 0), "account", Payer, "amount", "1.50"); a.status != http.StatusSeeOther || r.balance("JPJ-001") != 150 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Another site's page cannot spend from here.
func TestCrossSite(t *testing.T) {
	r := newRig(t)
	req, _ := http.NewRequest("POST", r.url+"/phone/pay", strings.NewReader(url.Values{"payload": {qr(reference(1), 100)}, "account": {Payer}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := r.do(browser(), req); a.status != http.StatusForbidden || r.balance("JPJ-001") != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
}
