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
	for _, one := range []struct {
		code int
		says string
		args []string
	}{
		{0, "the file is as it was made", []string{file}},
		{0, "50.00 MYR", []string{token}},
		{0, no, []string{qr}},
		{0, "its entry is in the public journal", []string{file, "--proof", proof}},
		{1, "the file is not", []string{spoilt}},
		{1, "did not sign", []string{token[:len(token)-2] + "AA"}},
		{1, "no receipt's code", []string{"BR1.x"}},
		{1, "the proof is not of this receipt", []string{file, "--proof", keys}},
		{2, "cannot tell", []string{file, "--proof", dir + "/none"}},
		{2, "cannot tell", []string{keys + ".none", "--key", proof}},
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
