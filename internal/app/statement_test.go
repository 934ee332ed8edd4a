package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
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
		r.gets(404, "m0", "GET", "/payments/jpn/statements", url.Values{})
	})
}
