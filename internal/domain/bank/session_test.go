package bank

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/money"
)

type opened struct {
	ID          string `json:"id"`
	RedirectURL string `json:"redirect_url"`
}

// session begins one and gives its path.
func (r *rig) begin(ref, method string, amount money.Amount) string {
	r.t.Helper()
	a := r.ask("POST", "/acquirer/sessions", map[string]any{"reference": ref, "amount": amount, "currency": "MYR", "method": method,
		"return_url": "https://hall.example/pay/abc?x=1", "description": "Saman"})
	var o opened
	if a.into(r.t, &o); a.status != http.StatusCreated || !strings.HasPrefix(o.RedirectURL, r.url+"/") {
		r.t.Fatalf("%d %s", a.status, a.body)
	}
	return strings.TrimPrefix(o.RedirectURL, r.url)
}

func TestLogin(t *testing.T) {
	r := newRig(t)
	path := r.begin(reference(1), byFPX, 1234)
	if again := r.begin(reference(1), byFPX, 1234); again != path {
		t.Error("the same again is another session")
	}
	if got := r.transaction(reference(1)); got.State != pending || got.Amount != 1234 {
		t.Errorf("%+v", got)
	}
	c := browser()
	a := r.page(c, path+"?lang=en")
	if a.status != http.StatusOK || !bytes.Contains(a.body, []byte("RM12.34")) || !bytes.Contains(a.body, []byte("Saman")) ||
		!strings.Contains(a.header.Get("Content-Security-Policy"), "form-action 'self' https://hall.example") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	if a := r.post(c, path, "account", "low", "do", doPay); a.status != http.StatusUnprocessableEntity || !bytes.Contains(a.body, []byte("Choose another account")) {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = r.post(c, path, "account", Payer, "do", doPay)
	to, _ := url.Parse(a.header.Get("Location"))
	if a.status != http.StatusSeeOther || to.Host != "hall.example" || to.Query().Get("x") != "1" || to.Query().Get("reference") != reference(1) {
		t.Fatalf("%d %s", a.status, to)
	}
	if got := r.transaction(reference(1)); got.State != paid || got.Method != byFPX || r.balance("JPJ-001") != 1234 {
		t.Errorf("%+v", got)
	}
	if told := r.deliver(); len(told) != 1 || told[0].Method != byFPX || told[0].State != paid {
		t.Errorf("%+v", told)
	}
	// It is paid once, whatever is posted.
	for _, do := range []string{doPay, doCancel, doMake, doApprove} {
		if a := r.post(c, path, "account", Payer, "do", do, "person", officers[0]); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", do, a.status)
		}
	}
	if a := r.page(c, path); !bytes.Contains(a.body, []byte("This payment was made")) {
		t.Errorf("%s", a.body)
	}
	if r.balance("JPJ-001") != 1234 {
		t.Error(r.balance("JPJ-001"))
	}
	r.sound()
}

// A company's payment needs two people.
func TestMakerChecker(t *testing.T) {
	r := newRig(t)
	path, c := r.begin(reference(1), byFPX, 1000), browser()
	step := func(want int, pairs ...string) response {
		t.Helper()
		a := r.post(c, path, pairs...)
		if a.status != want {
			t.Fatalf("%v: %d %s", pairs, a.status, a.body)
		}
		return a
	}
	step(http.StatusUnprocessableEntity, "do", doApprove, "person", officers[1])
	step(http.StatusUnprocessableEntity, "do", doMake, "person", officers[0])
	if a := step(http.StatusSeeOther, "do", doPay, "account", "company"); a.header.Get("Location") != path {
		t.Fatal(a.header)
	}
	step(http.StatusUnprocessableEntity, "do", doApprove, "person", officers[1])
	step(http.StatusUnprocessableEntity, "do", doMake, "person", "anybody")
	for lang, says := range map[string]string{"ms": "Pilih pegawai syarikat yang anda wakili sekarang.", "en": "Choose which officer of the company you are."} {
		a := r.post(browser(), path+"?lang="+lang, "do", doMake) // nobody was chosen
		if text := string(a.body); a.status != http.StatusUnprocessableEntity || !strings.Contains(text, says) || !strings.Contains(text, `href="#person"`) {
			t.Errorf("%s: %d %s", lang, a.status, text)
		}
	}
	step(http.StatusSeeOther, "do", doMake, "person", officers[0])
	if got := r.transaction(reference(1)); got.State != pending || r.balance("JPJ-001") != 0 {
		t.Errorf("%+v", got)
	}
	for _, do := range []string{doApprove, doReject} {
		if a := step(http.StatusUnprocessableEntity, "do", do, "person", officers[0]); r.balance("JPJ-001") != 0 || !bytes.Contains(a.body, []byte("tidak boleh meluluskannya")) {
			t.Errorf("%s: %s", do, a.body)
		}
	}
	step(http.StatusSeeOther, "do", doApprove, "person", officers[1])
	if got := r.transaction(reference(1)); got.State != paid || r.balance("JPJ-001") != 1000 {
		t.Errorf("%+v", got)
	}

	path = r.begin(reference(2), byFPX, 1000)
	step(http.StatusSeeOther, "do", doPay, "account", "company")
	step(http.StatusSeeOther, "do", doMake, "person", officers[1])
	step(http.StatusSeeOther, "do", doReject, "person", officers[0])
	if got := r.transaction(reference(2)); got.State != failed || got.Reason != "rejected" {
		t.Errorf("%+v", got)
	}
	r.sound()
}

func TestCancelAndExpire(t *testing.T) {
	r := newRig(t)
	c := browser()
	path := r.begin(reference(1), byFPX, 1000)
	if a := r.post(c, path, "do", doCancel); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "https://hall.example/") {
		t.Errorf("%d %v", a.status, a.header)
	}
	if got := r.transaction(reference(1)); got.State != failed || got.Reason != "cancelled" {
		t.Errorf("%+v", got)
	}
	if told := r.deliver(); len(told) != 1 || told[0].State != failed || told[0].Reason != "cancelled" {
		t.Errorf("%+v", told)
	}
	path = r.begin(reference(2), byFPX, 1000)
	r.now.Advance(sessionLife)
	if got := r.transaction(reference(2)); got.State != failed || got.Reason != "expired" {
		t.Errorf("%+v", got)
	}
	if a := r.post(c, path, "account", Payer, "do", doPay); a.status != http.StatusUnprocessableEntity || r.balance("JPJ-001") != 0 {
		t.Errorf("%d", a.status)
	}
	r.sound()
}

func TestCard(t *testing.T) {
	r := newRig(t)
	c := browser()
	for i, card := range testCards {
		path := r.begin(reference(i), byCard, 1000)
		if a := r.page(c, path); a.status != http.StatusOK || bytes.Contains(a.body, []byte(`type="text"`)) {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := r.post(c, path, "card", card.number, "do", doPay); a.status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", card.number, a.status, a.body)
		}
		got, want := r.transaction(reference(i)), paid
		if card.reason != "" {
			want = failed
		}
		if got.State != want || got.Reason != card.reason || got.Method != byCard {
			t.Errorf("%s: %+v", card.number, got)
		}
	}
	// Another number is refused, and is not to be seen anywhere.
	path := r.begin("X1", byCard, 1000)
	a := r.post(c, path, "card", "5105 1051 0510 5100", "do", doPay)
	if a.status != http.StatusUnprocessableEntity || bytes.Contains(a.body, []byte("5105")) {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.sound()
}

func TestSessionRefuses(t *testing.T) {
	r := newRig(t)
	good := map[string]any{"reference": "A1", "amount": 100, "currency": "MYR", "method": "fpx", "return_url": "https://hall.example/", "description": ""}
	for field, values := range map[string][]any{
		"reference":   {"", "a b", strings.Repeat("x", 36), 5},
		"amount":      {0, -1, 1.5, "100"},
		"currency":    {"", "SGD"},
		"method":      {"", "qr"},
		"return_url":  {"", "/pay", "javascript:alert(1)", "https://user@hall.example/", "//hall.example"},
		"description": {"a\x00b", strings.Repeat("x", descriptionMost+1)},
	} {
		for _, v := range values {
			in := map[string]any{}
			for k, was := range good {
				in[k] = was
			}
			in[field] = v
			if a := r.ask("POST", "/acquirer/sessions", in); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s %v: %d %s", field, v, a.status, a.body)
			}
		}
	}
	r.begin("A1", byFPX, 100)
	if a := r.ask("POST", "/acquirer/sessions", map[string]any{"reference": "A1", "amount": 101, "currency": "MYR", "method": "fpx",
		"return_url": "https://hall.example/pay/abc?x=1", "description": "Saman"}); a.status != http.StatusConflict {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.page(browser(), strings.Replace(r.begin("A2", byFPX, 100), "/login/", "/card/", 1)); a.status != http.StatusNotFound {
		t.Error("a login's session is paid by card:", a.status)
	}
	for _, path := range []string{"/login/none", "/card/none", "/paid/none", "/none"} {
		if a := r.page(browser(), path); a.status != http.StatusNotFound {
			t.Error(path, a.status)
		}
	}
}

// A session that is cut off after the debit shows, when the payer comes again,
// that it is paid.
func TestSessionCut(t *testing.T) {
	r := newRig(t)
	r.faults(`{"timeout_after_debit":1,"drop":1}`)
	path, c := r.begin(reference(1), byFPX, 1000), browser()
	if a := r.post(c, path, "account", Payer, "do", doPay); a.status != 0 {
		t.Fatalf("%d", a.status)
	}
	if a := r.page(c, path+"?lang=en"); !bytes.Contains(a.body, []byte("This payment was made")) || r.balance("JPJ-001") != 1000 {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.now.Advance(time.Hour)
	if told := r.deliver(); len(told) > 0 || r.transaction(reference(1)).State != paid {
		t.Error(told)
	}
}
