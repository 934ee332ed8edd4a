package app

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/bank"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/web/webtest"
)

// v1 is kin-openapi's reading of what the whole hall publishes of /v1, which is the
// same for every rig.
var v1 struct {
	once  sync.Once
	judge *webtest.Judge
}

const v1Base = "http://localhost:8080"

// published holds an answer below /v1 against the hall's OpenAPI document.
func (r *rig) published(req *http.Request, w *httptest.ResponseRecorder) {
	r.t.Helper()
	if !strings.HasPrefix(req.URL.Path, "/v1/") {
		return
	}
	v1.once.Do(func() { v1.judge = webtest.NewJudge(r.t, r.router, v1Base, "/v1/") })
	v1.judge.With(r.t).Held(req, w)
}

// A caller asks /v1, and keeps which calls were answered with what.
type caller struct {
	*rig
	seen map[string][]int
}

// call asks as the holder of a key; the answer is held against the document.
func (c *caller) call(key, method, pattern, path, kind, body string, headers ...string) (status int, text string, out map[string]any) {
	c.t.Helper()
	headers = append(headers, "Content-Type", kind)
	if key != "" {
		headers = append(headers, "Authorization", "Bearer "+key)
	}
	a := c.ask("", method, path, body, headers...)
	c.seen[method+" "+pattern] = append(c.seen[method+" "+pattern], a.StatusCode)
	_ = json.Unmarshal([]byte(a.body), &out)
	if a.StatusCode >= 400 && method != http.MethodHead {
		code, _ := out["code"].(string)
		if text, _ := out["description"].(string); len(code) != 5 || code[0] != 'P' || text == "" {
			c.t.Errorf("%s %s refuses with %d %.300s", method, path, a.StatusCode, a.body)
		}
	}
	if a.StatusCode >= 500 {
		c.t.Errorf("%s %s: %d %.300s", method, path, a.StatusCode, a.body)
	}
	return a.StatusCode, a.body, out
}

// Every call below /v1 is answered as the hall publishes it: its success, and its
// refusals of nobody, of a stranger's key, of what is not there, of bodies and queries
// that cannot be read.
func TestV1IsAsPublished(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		at := r.atTheBank()
		r.payment.Sandbox, r.payment.Bank = r.payment.Bank, nil
		c := &caller{r, map[string][]int{}}
		keys := map[string]string{}
		for _, agency := range []string{"jpn", "jkm"} {
			_, err := r.payment.Enable(t.Context(), actor.System(agency), agency, "")
			r.must(err)
			r.write(func(tx *db.Tx) (err error) {
				_, keys[agency], err = r.payment.MakeKeyTx(tx, actor.System(agency), agency, "system", false)
				return err
			})
		}
		c.succeeds(at, keys["jpn"])
		paths := document.read(r).paths
		ops := 0
		for pattern, list := range paths {
			if !strings.HasPrefix(pattern, "/v1/") {
				continue
			}
			for method := range list {
				ops++
				c.refuses(keys["jkm"], strings.ToUpper(method), pattern)
			}
		}
		if ops < 30 {
			t.Errorf("%d calls are published", ops)
		}
		for op, seen := range c.seen {
			if op != "POST /v1/payments/{id}/capture" && !slices.ContainsFunc(seen, func(s int) bool { return s < 300 }) { // nothing waits to be captured
				t.Errorf("%s never succeeded: %v", op, seen)
			}
		}
	})
}

// fill puts an id into a pattern's names.
func fill(pattern, id string) string {
	var out []string
	for part := range strings.SplitSeq(pattern, "/") {
		if strings.HasPrefix(part, "{") {
			part = id
		}
		out = append(out, part)
	}
	return strings.Join(out, "/")
}

// refuses asks one call in all the ways that have to be refused.
func (c *caller) refuses(key, method, pattern string) {
	c.t.Helper()
	path := fill(pattern, "01a229f7-4280-7048-95c9-6cc0a1b2c3d4")
	const js = "application/json"
	is := func(what string, status int, want ...int) {
		c.t.Helper()
		if !slices.Contains(want, status) {
			c.t.Errorf("%s %s, %s: %d, not one of %v", method, pattern, what, status, want)
		}
	}
	for _, stranger := range []string{"", "api_test_0", strings.Repeat("x", 300), "\xff"} {
		status, _, _ := c.call(stranger, method, pattern, path, js, `{}`)
		is("nobody's key", status, 401)
	}
	if path != pattern {
		for _, body := range []string{`{}`, `{"amount": 1}`} {
			status, _, _ := c.call(key, method, pattern, path, js, body)
			is("what is not there", status, 404, 422, 400)
		}
		status, _, _ := c.call(key, method, pattern, fill(pattern, "%00"), js, `{"amount": 1}`)
		is("an id that is none", status, 404)
		status, _, _ = c.call(key, method, pattern, fill(pattern, "%ff"), js, `{"amount": 1}`)
		is("an id that is none", status, 404, 422, 400)
	}
	if method == http.MethodGet {
		for _, q := range []string{"page=0", "cursor=zzz", "display_size=0", "display_size=x", "from_date=x", "state=x", "reference=%00", "reference=%ff", "email=%00", "%zz", "page=99999999999999999999", "format=x"} {
			c.call(key, method, pattern, path+"?"+q, js, "")
		}
		c.call(key, method, pattern, path, js, "", "Accept", "text/nothing")
	}
	if method == http.MethodPost {
		for _, body := range []string{"", "{", "[]", "null", `{"nope": 1}`, `{"amount": 1e99}`, `{"amount": -1}`, `{"amount": 92233720368547758080}`, "\xff", "<x", "a,b\n\"", strings.Repeat("[", 40_000)} {
			for _, kind := range []string{js, "text/csv", "application/xml", "x/y"} {
				c.call(key, method, pattern, path, kind, body, "Idempotency-Key", "k")
			}
		}
		status, _, _ := c.call(key, method, pattern, path, js, `{}`, "Idempotency-Key", strings.Repeat("k", 256))
		is("a long key of a request", status, 400, 404, 422, 202, 204)
		for _, body := range []string{`{}`, `{"amount": 1, "reference": "r", "description": "d", "return_url": "https://a.example"}`, "account,bank,name,amount,reference\n12345678,MBBEMYKL,Ali,10,A7\n"} {
			kind := js
			if body[0] == 'a' {
				kind = "text/csv"
			}
			c.call(key, method, pattern, path, kind, body, "Idempotency-Key", "k\xff")
		}
		c.call(key, method, pattern, path, js, `{"description": "`+strings.Repeat("x", 70<<10)+`"}`)
	}
}

// succeeds makes each call once as it is meant.
func (c *caller) succeeds(at, key string) {
	c.t.Helper()
	const js = "application/json"
	do := func(want int, method, pattern, id, kind, body string, headers ...string) map[string]any {
		c.t.Helper()
		status, text, out := c.call(key, method, pattern, fill(pattern, id), kind, body, headers...)
		if status != want {
			c.t.Errorf("%s %s: %d %.300s, want %d", method, pattern, status, text, want)
		}
		return out
	}
	of := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }

	hook := do(201, "POST", "/v1/webhooks", "", js, `{"url": "https://jpn.example/hook"}`)
	const ask = `{"amount": 4550, "reference": "SJ-1", "description": "Sijil", "return_url": "https://jpn.example/back", "metadata": {"a": 1, "b": true, "c": "x"}, "email": "a@example.com", "language": "en"}`
	pay := of(do(201, "POST", "/v1/payments", "", js, ask, "Idempotency-Key", "k1"), "payment_id")
	do(409, "POST", "/v1/payments", "", js, strings.Replace(ask, "4550", "1", 1), "Idempotency-Key", "k1")
	end := of(do(201, "POST", "/v1/payments", "", js, ask), "payment_id")
	do(200, "GET", "/v1/payments/{id}", pay, js, "")
	for _, accept := range []string{"", js, "image/svg+xml", "image/png"} {
		do(200, "GET", "/v1/payments/{id}/qr", pay, js, "", "Accept", accept)
	}
	do(204, "POST", "/v1/payments/{id}/cancel", end, js, "")
	do(400, "POST", "/v1/payments/{id}/cancel", end, js, "")
	do(400, "POST", "/v1/payments/{id}/capture", pay, js, "")
	do(400, "POST", "/v1/payments/{id}/refunds", pay, js, `{"amount": 1}`)
	code := of(do(200, "GET", "/v1/payments/{id}/qr", pay, js, ""), "payload")
	res, err := http.Post(at+"/phone/pay", js, strings.NewReader(`{"payload": "`+code+`", "account": "`+bank.Payer+`"}`))
	c.must(err)
	c.must(res.Body.Close())
	c.now.Advance(11 * time.Second)
	c.must(c.payment.Enquire(c.t.Context()))
	back := do(202, "POST", "/v1/payments/{id}/refunds", pay, js, `{"amount": 50}`)
	do(200, "GET", "/v1/payments/{id}/refunds", pay, js, "")
	status, text, _ := c.call(key, "GET", "/v1/payments/{id}/refunds/{refund}", "/v1/payments/"+pay+"/refunds/"+of(back, "refund_id"), js, "")
	if status != 200 {
		c.t.Fatal(status, text)
	}
	c.works()
	account, err := c.payment.Enable(c.t.Context(), actor.System("jpn"), "jpn", "")
	c.must(err)
	day := clock.Day(c.now.Now())
	c.now.Advance(24 * time.Hour)
	for _, file := range []string{"/statements/" + account.Account + "/" + day + ".xml", "/statements/" + account.Account + "/" + day + ".mt940", "/notifications/" + account.Account + "/" + day + ".xml"} {
		res, err := http.Get(at + file)
		c.must(err)
		body, err := io.ReadAll(res.Body)
		c.must(errors.Join(err, res.Body.Close()))
		if status, text, _ := c.call(key, "POST", "/v1/statements", "/v1/statements", "application/octet-stream", string(body)); status != 201 && status != 200 { // read before
			c.t.Errorf("%s: %d %s", file, status, text)
		}
	}
	for _, path := range []string{"/v1/payments", "/v1/webhooks", "/v1/webhooks/deliveries", "/v1/ledger/accounts", "/v1/bills", "/v1/products", "/v1/statements", "/v1/settlements", "/v1/payouts"} {
		do(200, "GET", path, "", js, "")
	}
	do(200, "GET", "/v1/payments/{id}/events", pay, js, "")
	told, _ := do(200, "GET", "/v1/webhooks/deliveries", "", js, "")["deliveries"].([]any)
	first := map[string]any{}
	if len(told) > 0 {
		first, _ = told[0].(map[string]any)
	}
	do(202, "POST", "/v1/webhooks/messages/{message}/replay", of(first, "message_id"), js, "")
	do(204, "DELETE", "/v1/webhooks/{webhook}", of(hook, "webhook_id"), js, "")
	do(409, "POST", "/v1/webhooks/messages/{message}/replay", of(first, "message_id"), js, "")

	bill := of(do(201, "POST", "/v1/bills", "", js, `{"number": "SMN-1", "description": {"ms": "Saman", "en": "Summons"}, "amount": 15000, "id_number": "950412-00-5124"}`), "bill_id")
	do(200, "GET", "/v1/bills/{id}", bill, js, "")
	do(204, "POST", "/v1/bills/{id}/cancel", bill, js, "")
	link := of(do(201, "POST", "/v1/products", "", js, `{"slug": "test-dewan", "title": {"ms": "Sewa", "en": "Hall"}, "min_amount": 1000, "max_amount": 50000}`), "product_id")
	do(200, "GET", "/v1/products/{id}", link, js, "")
	do(204, "DELETE", "/v1/products/{id}", link, js, "")

	const sheet = "account,bank,name,amount,reference\n12345678,MBBEMYKL,Ali,10,A1\n"
	batch := of(do(201, "POST", "/v1/payouts", "", "text/csv", sheet), "payout_id")
	do(409, "POST", "/v1/payouts", "", "text/csv", sheet)
	do(422, "POST", "/v1/payouts", "", "text/csv", sheet+"x,y\n")
	do(200, "GET", "/v1/payouts/{id}", batch, js, "")
	do(200, "GET", "/v1/payouts/{id}/payments", batch, js, "")
	for _, accept := range []string{"application/xml", "text/csv"} {
		do(200, "GET", "/v1/payouts/{id}/report", batch, js, "", "Accept", accept)
	}
	do(204, "POST", "/v1/payouts/{id}/cancel", batch, js, "")
}
