package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

// aBank answers whatever it is told, as a bank does that signs well.
type aBank struct{ account string }

func (b *aBank) Enrol(context.Context, payment.Collector, string) error { return nil }
func (b *aBank) Origin() string                                         { return "https://bank.example" }
func (b *aBank) Phone(string) string                                    { return "" }
func (*aBank) Transfer(string, string, string) string                   { return "" }

func (b *aBank) Begin(context.Context, payment.Collector, payment.Attempt, string, string) (string, string, error) {
	return "s", "https://bank.example/login", nil
}

func (b *aBank) Enquire(_ context.Context, _ payment.Collector, ref string) ([]payment.Finding, error) {
	return []payment.Finding{{Reference: ref, State: "none"}}, nil
}

func (b *aBank) Refund(context.Context, payment.Collector, payment.Refund) (string, string, error) {
	return "paid", "R1", nil
}

func (b *aBank) Callback(_ payment.Collector, _ http.Header, body []byte) (f payment.Finding, ok bool) {
	return f, json.Unmarshal(body, &f) == nil
}

// TestBill: an agency bills somebody, who finds it in their own hall, pays in two
// presses, and holds a receipt that anybody checks without the hall.
func TestBill(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		key, bank := "", &aBank{}
		r.payment.Bank = bank
		r.write(func(tx *db.Tx) error {
			c, err := r.payment.EnableTx(tx, actor.System("jpn"), "jpn", "")
			if err != nil {
				return err
			}
			bank.account = c.Account
			_, key, err = r.payment.MakeKeyTx(tx, actor.System("jpn"), "jpn", "bills", true)
			return err
		})
		number := r.text(`select id_number from register_person where id = 'm0'`)
		bearer := []string{"Authorization", "Bearer " + key}
		made := r.gets(201, "", "POST", "/v1/bills", map[string]any{"number": "B-1", "description": map[string]string{"ms": "Fi lewat", "en": "Late fee"}, "amount": 5000, "id_number": number}, bearer...).json(t)
		mine := r.gets(200, "m0", "GET", "/me/bills?lang=en", nil).body
		if !strings.Contains(mine, "Late fee") || strings.Contains(r.gets(200, "m1", "GET", "/me/bills?lang=en", nil).body, "Late fee") {
			t.Fatal("a bill is not in its addressee's hall, or in another's")
		}
		if !strings.Contains(r.gets(200, "m0", "GET", "/?lang=en", nil).body, `href="/me/bills"`) {
			t.Error("the first page does not tell of a bill")
		}
		if !strings.Contains(r.gets(200, "m0", "GET", "/me?lang=en", nil).body, "1 to pay: RM50.00") || strings.Contains(r.gets(200, "m1", "GET", "/me?lang=en", nil).body, "to pay:") {
			t.Error("a person's own hall does not tell of a bill, or another's does")
		}
		r.gets(404, "m1", "POST", "/me/bills/"+made["bill_id"].(string), url.Values{})
		page := r.gets(303, "m0", "POST", "/me/bills/"+made["bill_id"].(string), url.Values{}).Header.Get("Location")
		r.gets(200, "", "GET", page, nil)
		ref := r.text(`select id from payment_attempt`)
		r.gets(204, "", "POST", "/bank/callback/MYJPN", map[string]any{"Reference": ref, "State": "paid", "Amount": 5000, "Currency": "MYR", "Account": bank.account, "BankRef": "B9"})
		r.drain()
		mine = html.UnescapeString(r.gets(200, "m0", "GET", "/me/bills?lang=en", nil).body)
		m := regexp.MustCompile(`/receipt/(JPN-2026-0000001)\?t=([A-Za-z0-9_.-]+)`).FindStringSubmatch(mine)
		if m == nil {
			t.Fatalf("%s", mine)
		}
		r.verifies(m[1], m[2])
	})
}

// verifies checks a receipt as a stranger does, with what was kept from before.
func (r *rig) verifies(no, token string) {
	t, dir := r.t, r.t.TempDir()
	t.Helper()
	if _, err := r.journal.Sequence(context.Background()); err != nil {
		t.Fatal(err)
	}
	keep := func(name, path string) string {
		t.Helper()
		to := filepath.Join(dir, name)
		if err := os.WriteFile(to, []byte(r.gets(200, "", "GET", path, nil).body), 0o600); err != nil {
			t.Fatal(err)
		}
		return to
	}
	q := "?t=" + url.QueryEscape(token)
	keys, file, proof := keep("keys.json", "/receipt/keys.json"), keep("receipt.pdf", "/receipt/"+no+".pdf"+q), keep("proof", "/receipt/"+no+".tlog-proof"+q)
	spoilt := filepath.Join(dir, "spoilt.pdf")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spoilt, bytes.Replace(data, []byte("/Title"), []byte("/Titel"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	qr := filepath.Join(dir, "qr.txt")
	if err := os.WriteFile(qr, []byte("https://hall.example/r/"+token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	demo := filepath.Join(dir, "demo.json")
	if err := os.WriteFile(demo, []byte(`{"base_url": "x", "journal": {"origin": "y"}, "receipt_keys": `+r.gets(200, "", "GET", "/receipt/keys.json", nil).body+`}`), 0o600); err != nil {
		t.Fatal(err)
	}
	// In the middle of the signature: its last letters are those of a number that is
	// small, so that one in sixteen ends in "AA".
	at := len(token) - 40
	forged := token[:at] + map[bool]string{true: "B", false: "A"}[token[at] == 'A'] + token[at+1:]
	for _, one := range []struct {
		code int
		says string
		args []string
	}{
		{0, "the file is as it was made", []string{file}},
		{0, "50.00 MYR", []string{token}},
		{0, no, []string{qr}},
		{0, "its entry is in the public journal", []string{file, "--proof", proof}},
		{0, "50.00 MYR", []string{token, "--key", demo, "--proof", proof}},
		{1, "the file is not", []string{spoilt}},
		{1, "did not sign", []string{forged}},
		{1, "no receipt's code", []string{"BR1.x"}},
		{1, "the proof is not of this receipt", []string{file, "--proof", keys}},
		{2, "cannot tell", []string{file, "--proof", dir + "/none"}},
		{2, "cannot tell", []string{keys + ".none", "--key", proof}},
		{2, "cannot tell", []string{dir + "/none.pdf"}},
	} {
		args := append([]string{"receipt", "verify"}, one.args...)
		if !strings.Contains(strings.Join(args, " "), "--key") {
			args = append(args, "--key", keys)
		}
		var out, errs bytes.Buffer
		code := Main(context.Background(), args, nil, Std{In: strings.NewReader(""), Out: &out, Err: &errs})
		if said := out.String() + errs.String(); code != one.code || !strings.Contains(said, one.says) {
			t.Errorf("%s: exit %d\n%s", fmt.Sprint(args), code, said)
		}
	}
}

// A test's receipt is signed as others are; the command says that nothing was paid.
func TestVerifyOfTest(t *testing.T) {
	for no, test := range map[string]bool{"UJI-JPJ-2026-0000001": true, "JPJ-2026-0000001": false} {
		for _, file := range []bool{true, false} {
			var out bytes.Buffer
			tellClaim(Std{Out: &out}, payment.Claim{No: no, Currency: "MYR"}, file)
			if strings.Contains(out.String(), "no real money was paid") != test {
				t.Errorf("%s: %s", no, out.String())
			}
		}
	}
}

// TestBillDesk: an agency's finance makes bills and payment links without a
// program, for its own agency only, and who looks on changes nothing.
func TestBillDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.payment.Bank = &aBank{}
		r.seat("f5", "jpn", "jpn/treasurer")
		r.seat("f6", "jkm", "jkm/treasurer")
		r.seat("f7", "anm", "anm/treasurer")
		r.write(func(tx *db.Tx) error {
			for _, agency := range []string{"jpn", "jkm"} {
				if _, err := r.payment.EnableTx(tx, actor.System("jpn"), agency, ""); err != nil {
					return err
				}
			}
			return nil
		})
		const desk = "/payments/jpn/bills"
		link := url.Values{"slug": {"gambar-pasport"}, "title_ms": {"Gambar"}, "title_en": {"Photograph"}, "price": {"12.50"}, "ref_ms": {"Nombor"}, "ref_en": {"Number"}}
		bill := url.Values{"number": {"D-1"}, "what_ms": {"Denda lewat"}, "what_en": {"Late penalty"}, "amount": {"100"}, "early": {"50"}, "until": {"2026-12-07"}, "due": {"2026-12-31"},
			"id_number": {r.text(`select id_number from register_person where id = 'm0'`)}, "partial": {"yes"}, "least": {"10"}}
		for _, who := range []string{"f6/post", "salmah/post", "m0"} {
			r.gets(404, who, "GET", desk, nil)
			r.gets(404, who, "POST", desk+"/link", link)
			r.gets(404, who, "POST", desk+"/bill", bill)
		}
		if page := r.gets(200, "f7/post", "GET", desk, nil).body; strings.Contains(page, "<form method=\"post\" action=\"/payments/") {
			t.Error("who looks on is shown forms")
		}
		r.gets(403, "f7/post", "POST", desk+"/link", link)
		for field, wrong := range map[string]string{"slug": "A b", "title_en": "", "price": "x", "ref_en": "", "min": "5"} {
			bad := url.Values{}
			for k, v := range link {
				bad[k] = v
			}
			bad.Set(field, wrong)
			if page := r.gets(422, "f5/post", "POST", desk+"/link", bad).body; !strings.Contains(page, "govuk-error-summary") || !strings.Contains(page, "govuk-error-message") {
				t.Errorf("%s: what is wrong is not said at its field", field)
			}
		}
		made := r.gets(303, "f5/post", "POST", desk+"/link", link).Header.Get("Location")
		if page := r.gets(200, "f5/post", "GET", made, nil).body; !strings.Contains(page, "/p/jpn/gambar-pasport") || !strings.Contains(page, "<svg viewBox") {
			t.Error("a link's page lacks its address or its code")
		}
		r.gets(422, "f5/post", "POST", desk+"/link", link) // the address is taken
		r.gets(200, "", "GET", "/p/jpn/gambar-pasport", nil)
		for field, wrong := range map[string]string{"number": "", "what_en": "", "amount": "0", "early": "-1", "until": "7/12/2026", "due": "soon", "least": "200"} {
			bad := url.Values{}
			for k, v := range bill {
				bad[k] = v
			}
			bad.Set(field, wrong)
			r.gets(422, "f5/post", "POST", desk+"/bill", bad)
		}
		if n := r.text(`select count(*) from bill_bill`); n != "0" {
			t.Errorf("%s bills were made of what was wrong", n)
		}
		made = r.gets(303, "f5/post", "POST", desk+"/bill", bill).Header.Get("Location")
		page := r.gets(200, "f5/post", "GET", made+"?lang=en", nil).body
		for _, want := range []string{"D-1", "Check code", "RM50.00", "<svg viewBox"} {
			if !strings.Contains(page, want) {
				t.Errorf("a bill's page lacks %q", want)
			}
		}
		r.gets(422, "f5/post", "POST", desk+"/bill", bill) // the number is taken
		if mine := r.gets(200, "m0", "GET", "/me/bills?lang=en", nil).body; !strings.Contains(mine, "Late penalty") {
			t.Error("the bill is not in its addressee's hall")
		}
		other := strings.Replace(made, "/jpn/", "/jkm/", 1)
		r.gets(404, "f6/post", "GET", other, nil)
		r.gets(404, "f6/post", "POST", other+"/cancel", url.Values{})
		r.gets(303, "f5/post", "POST", made+"/cancel", url.Values{})
		if got := r.text(`select state from bill_bill`); got != "cancelled" {
			t.Errorf("the bill is %s", got)
		}
	})
}

// TestDemoLinks: each agency of the demo that takes payments has something that
// it is paid for, with an address and a price that can be.
func TestDemoLinks(t *testing.T) {
	has := map[string]bool{}
	for _, l := range demoLinks {
		has[l.agency] = true
		if (l.fixed > 0) == (l.least > 0 && l.most >= l.least) || l.title.MS == "" || l.title.EN == "" || (l.reference.MS == "") != (l.reference.EN == "") {
			t.Errorf("%s/%s is no link", l.agency, l.slug)
		}
	}
	for _, agency := range demoCollectors {
		if !has[agency] {
			t.Errorf("%s has no payment link", agency)
		}
	}
}
