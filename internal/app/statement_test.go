package app

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/bank"
	"balai/internal/domain/payment"
	"balai/internal/domain/payment/acquirer"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// atTheBank opens the sandbox's bank beside the rig, with the rig's clock. What it
// tells does not reach the hall, since nothing listens there.
func (r *rig) atTheBank() (address string) {
	r.t.Helper()
	secret := hook.NewSecret(r.ids.Bytes(hook.SecretSize))
	b, err := bank.Open(r.t.Context(), bank.Options{Path: filepath.Join(r.t.TempDir(), "bank.db"), Clock: r.now, Seed: 1, Admin: secret, Log: r.log})
	r.must(err)
	server := httptest.NewServer(b.Handler())
	r.t.Cleanup(func() { server.Close(); r.must(b.Close()) })
	r.payment.Bank = acquirer.New(server.URL, secret, r.now, r.ids)
	return server.URL
}

func (r *rig) holds(code string) (n money.Amount) {
	r.t.Helper()
	r.must(r.db.Read(r.t.Context(), func(tx *db.Tx) error {
		a, err := r.ledger.AccountTx(tx, code)
		n = a.Balance()
		return err
	}))
	return n
}

// TestStatements: what people pay at the sandbox's bank is on its statements, which
// the hall fetches; a debit of which no message came is a receipt by them, a refund
// clears, and each day's books are the bank's to the sen.
func TestStatements(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		at, key := r.atTheBank(), ""
		c, err := r.payment.Enable(t.Context(), actor.System("jpn"), "jpn", "")
		r.must(err)
		r.write(func(tx *db.Tx) (err error) {
			_, key, err = r.payment.MakeKeyTx(tx, actor.System("jpn"), "jpn", "cash desk", true)
			return err
		})
		bearer := []string{"Authorization", "Bearer " + key}
		pay := func(amount int64) (id string) {
			id, _ = r.gets(201, "", "POST", "/v1/payments", map[string]any{"amount": amount, "reference": "SJ-1", "description": "Sijil", "return_url": "https://jpn.example/back"}, bearer...).json(t)["payment_id"].(string)
			qr := r.gets(200, "", "GET", "/v1/payments/"+id+"/qr", nil, bearer...).json(t)
			body, err := json.Marshal(map[string]any{"payload": qr["payload"], "account": bank.Payer})
			r.must(err)
			res, err := http.Post(at+"/phone/pay", "application/json", strings.NewReader(string(body)))
			r.must(err)
			r.must(res.Body.Close())
			if res.StatusCode != http.StatusOK {
				t.Fatalf("the bank answered %s", res.Status)
			}
			return id
		}
		first, second := pay(4550), pay(120)
		day := clock.Day(r.now.Now())
		r.now.Advance(24 * time.Hour)
		r.must(r.statement.Fetch(t.Context()))
		for _, id := range []string{first, second} {
			if s := r.gets(200, "", "GET", "/v1/payments/"+id, nil, bearer...).body; !strings.Contains(s, `"status":"success"`) || !strings.Contains(s, "receipt_number") {
				t.Errorf("%s", s)
			}
		}
		r.gets(202, "", "POST", "/v1/payments/"+first+"/refunds", map[string]any{"amount": 550}, bearer...)
		r.drain()
		r.now.Advance(24 * time.Hour)
		r.must(r.statement.Fetch(t.Context()))
		r.must(r.statement.Fetch(t.Context())) // again: nothing
		for code, want := range map[string]money.Amount{c.Books(true).Bank(): 4120, c.Books(true).Clearing(payment.QR): 0, c.Books(true).Suspense(): 0} {
			if got := r.holds(code); got != want {
				t.Errorf("%s holds %d, and not %d", code, got, want)
			}
		}
		days := r.gets(200, "", "GET", "/v1/settlements", nil, bearer...).body
		if !strings.Contains(days, `"date":"`+day+`","state":"closed","collected":4670,"refunds":0`) || !strings.Contains(days, `"refunds":550`) {
			t.Errorf("%s", days)
		}
		for name, a := range map[string]auditor{"desk": r.payment, "statements": r.statement} {
			wrong, err := a.Audit(context.Background())
			r.must(err)
			if len(wrong) > 0 {
				t.Errorf("%s: %s", name, strings.Join(wrong, "\n"))
			}
		}
		r.statementDesk(c)
	})
}

// An officer's big file that is one too many is told to wait, in their language.
func TestBigFilesAtTheDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atTheBank()
		_, err := r.payment.Enable(t.Context(), actor.System("jpn"), "jpn", "")
		r.must(err)
		r.seat("f5", "jpn", "jpn/treasurer")
		for range 2 {
			req := httptest.NewRequest("POST", "/", strings.NewReader(""))
			req.ContentLength = 1 << 30
			_, err := r.payment.Upload(httptest.NewRecorder(), req, "jpn", true)
			r.must(err)
		}
		for path, says := range map[string]string{"/payments/jpn/statements?lang=en": "2 large files of this agency are being read.", "/payments/jpn/payouts/new?lang=ms": "2 fail besar agensi ini sedang dibaca."} {
			a := r.gets(http.StatusTooManyRequests, "f5/post", "POST", path, &post{files: []upload{{field: "file", name: "a.xml", data: bytes.Repeat([]byte{' '}, 1<<20)}}})
			if !strings.Contains(a.body, says) || a.Header.Get("Retry-After") != "60" {
				t.Errorf("%s: %v %s", path, a.Header, a.body)
			}
		}
	})
}

// statementDesk walks the desk's pages: the proof by day, a file that is brought
// twice, and a line that an officer keeps.
func (r *rig) statementDesk(c payment.Collector) {
	t := r.t
	t.Helper()
	r.seat("f5", "jpn", "jpn/treasurer")
	r.seat("f6", "jkm", "jkm/treasurer")
	book := r.gets(200, "f5/post", "GET", "/payments/jpn/statements?lang=en", nil).body
	if strings.Count(book, "The same to the sen") != 2 || !strings.Contains(book, "Closed") {
		t.Errorf("%s", book)
	}
	day := clock.Day(r.now.Now())
	note := iso20022.Statement{Kind: iso20022.Notice, Message: "N1", ID: "N1", Page: 1, Last: true, Created: r.now.Now(), Account: iso20022.Account{Other: c.Account, Currency: "MYR"}}
	var file bytes.Buffer
	r.must(iso20022.WriteStatement(&file, note, []iso20022.Entry{{Reference: "1", Amount: 777, Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: day, Bank: "B-gift",
		Details: []iso20022.Detail{{Amount: 777, Currency: "MYR", Credit: true, Remittance: "terima kasih", Debtor: iso20022.Party{Name: "Tan Mei Ling"}}}}}))
	for _, want := range []string{"1 of 1 lines are new", "was read before"} {
		if got := r.gets(200, "f5/post", "POST", "/payments/jpn/statements?lang=en", &post{files: []upload{{field: "file", name: "n1.xml", data: file.Bytes()}}}).body; !strings.Contains(got, want) {
			t.Errorf("the page lacks %q: %s", want, got)
		}
	}
	list := r.gets(200, "f5/post", "GET", "/payments/jpn/exceptions?lang=en", nil).body
	m := regexp.MustCompile(`/payments/jpn/exceptions/[0-9a-f]+`).FindString(list)
	if m == "" || strings.Contains(list, "Tan Mei Ling") {
		t.Fatalf("%s", list)
	}
	if line := r.gets(200, "f5/post", "GET", m+"?lang=en", nil).body; !strings.Contains(line, "Tan Mei Ling") || !strings.Contains(line, "terima kasih") {
		t.Errorf("%s", line)
	}
	r.gets(404, "f6/post", "GET", m, nil)
	r.gets(404, "f6/post", "POST", m, url.Values{"do": {"keep"}})
	r.gets(422, "f5/post", "POST", m, url.Values{"do": {"match"}, "payment": {"nobody's"}})
	r.gets(303, "f5/post", "POST", m, url.Values{"do": {"keep"}})
	if list := r.gets(200, "f5/post", "GET", "/payments/jpn/exceptions?lang=en", nil).body; !strings.Contains(list, "No lines wait") {
		t.Errorf("%s", list)
	}
	r.gets(200, "f5/post", "GET", "/payments/jpn/counter", nil)
	r.gets(422, "f5/post", "POST", "/payments/jpn/counter", url.Values{"reference": {"SJ-9"}, "amount": {"1.00"}})
	r.gets(404, "m0", "GET", "/payments/jpn/statements", nil)
}
