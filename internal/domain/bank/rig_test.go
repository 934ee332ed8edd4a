package bank

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/emvco"
	"balai/internal/spine/hook"
	"balai/internal/spine/money"
	"pgregory.net/rapid"
)

var (
	adminSecret = hook.NewSecret(bytes.Repeat([]byte("a"), hook.SecretSize))
	shopSecret  = hook.NewSecret(bytes.Repeat([]byte("s"), hook.SecretSize))
)

// A rig is a bank that serves, and a merchant who is called back.
type rig struct {
	*Bank
	t    rapid.TB
	now  *clock.Manual
	path string
	url  string
	shop *httptest.Server
	end  []func()

	mu     sync.Mutex
	answer int        // of the merchant to callbacks
	told   []Callback // whose signature was right
	forged int
	sent   int
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := rigIn(t, t.TempDir())
	t.Cleanup(r.close)
	return r
}

// rigIn is a rig with its books in a folder, which its user closes.
func rigIn(t rapid.TB, dir string) *rig {
	t.Helper()
	r := &rig{t: t, now: clock.NewManual(time.Date(2026, 11, 30, 10, 0, 0, 0, clock.Zone)), path: filepath.Join(dir, "bank.db") + "?durable=off", answer: http.StatusOK}
	r.shop = httptest.NewServer(http.HandlerFunc(r.hear))
	r.end = append(r.end, r.shop.Close)
	r.open()
	r.enrol("jpj", "JPJ-001")
	return r
}

func (r *rig) close() {
	for _, end := range slices.Backward(r.end) {
		end()
	}
}

// open opens the bank, perhaps again.
func (r *rig) open() {
	r.t.Helper()
	b, err := Open(context.Background(), Options{Path: r.path, Clock: r.now, Seed: 7, Admin: adminSecret})
	if err != nil {
		r.t.Fatal(err)
	}
	srv := httptest.NewServer(b.Handler())
	r.Bank, r.url = b, srv.URL
	r.end = append(r.end, func() {
		srv.Close()
		_ = b.Close()
	})
}

func (r *rig) hear(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	var c Callback
	if !hook.Fresh(shopSecret, req.Header, r.now.Now(), body) || json.Unmarshal(body, &c) != nil || c.ID != req.Header.Get(hook.IDHeader) {
		r.forged++
	}
	r.sent++
	if r.answer/100 == 2 {
		r.told = append(r.told, c)
	}
	if r.answer/100 == 3 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(r.answer)
}

// deliver lets the bank do all that is due, and gives what the merchant was told
// since it was asked last.
func (r *rig) deliver() []Callback {
	r.t.Helper()
	if _, err := r.Deliver(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.told
	r.told = nil
	return told
}

// response is an answer that was read; status 0 is a connection that was cut.
type response struct {
	status int
	body   []byte
	header http.Header
}

func (a response) into(t rapid.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

func (a response) code() string {
	var p Problem
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

// request sends one, signed where a secret is given.
func (r *rig) request(method, path, who, secret, id string, body []byte) response {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if secret != "" {
		content := body
		if len(content) == 0 {
			content = []byte(req.URL.RequestURI())
		}
		if req.Header, err = hook.Header(id, r.now.Now(), content, secret); err != nil {
			r.t.Fatal(err)
		}
	}
	req.Header.Set(MerchantHeader, who)
	req.Header.Set("Content-Type", "application/json")
	return r.do(http.DefaultClient, req)
}

func (r *rig) do(c *http.Client, req *http.Request) response {
	r.t.Helper()
	res, err := c.Do(req)
	if err != nil {
		return response{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return response{}
	}
	return response{res.StatusCode, body, res.Header}
}

// ask is a request of the merchant jpj.
func (r *rig) ask(method, path string, v any) response {
	r.t.Helper()
	var body []byte
	switch v := v.(type) {
	case nil:
	case []byte:
		body = v
	default:
		var err error
		if body, err = json.Marshal(v); err != nil {
			r.t.Fatal(err)
		}
	}
	return r.request(method, path, "jpj", shopSecret, "msg_"+r.ids.New(), body)
}

func (r *rig) enrol(id, account string) response {
	r.t.Helper()
	body, _ := json.Marshal(Shop{Name: "Jabatan Pengangkutan Jalan", City: "Putrajaya", Account: account, CallbackURL: r.shop.URL + "/hook", Secret: shopSecret})
	a := r.request("PUT", "/acquirer/merchants/"+id, "", adminSecret, "msg_"+r.ids.New(), body)
	if a.status/100 != 2 {
		r.t.Fatalf("enrol: %d %s", a.status, a.body)
	}
	return a
}

// faults sets the dial.
func (r *rig) faults(dial string) {
	r.t.Helper()
	if a := r.request("POST", "/faults", "", "", "", []byte(dial)); a.status != http.StatusOK {
		r.t.Fatalf("faults: %d %s", a.status, a.body)
	}
}

func qr(reference string, amount money.Amount) string {
	return emvco.DuitNow("890053", "jpj", "JABATAN PENGANGKUTAN JALAN", "PUTRAJAYA", amount, reference).String()
}

// scan pays a code as a phone does.
func (r *rig) scan(payload, account string) response {
	r.t.Helper()
	body, _ := json.Marshal(Scan{Payload: payload, Account: account})
	return r.request("POST", "/phone/pay", "", "", "", body)
}

func (r *rig) pays(reference string, amount money.Amount) Paid {
	r.t.Helper()
	a := r.scan(qr(reference, amount), Payer)
	if a.status != http.StatusOK {
		r.t.Fatalf("pay %s: %d %s", reference, a.status, a.body)
	}
	var p Paid
	a.into(r.t, &p)
	return p
}

func (r *rig) transaction(reference string) Transaction {
	r.t.Helper()
	a := r.ask("GET", "/acquirer/transactions/"+reference, nil)
	if a.status != http.StatusOK {
		r.t.Fatalf("transaction %s: %d %s", reference, a.status, a.body)
	}
	var got Transaction
	a.into(r.t, &got)
	return got
}

func (r *rig) balance(code string) money.Amount {
	r.t.Helper()
	var list []Account
	err := r.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		list, err = accounts(tx)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, a := range list {
		if a.Code == code {
			return a.Balance
		}
	}
	r.t.Fatalf("there is no account %s", code)
	return 0
}

// sound fails where the books are wrong.
func (r *rig) sound() {
	r.t.Helper()
	bad, err := r.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, b := range bad {
		r.t.Error(b)
	}
}

// browser follows no redirect and keeps cookies.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (r *rig) page(c *http.Client, path string) response {
	r.t.Helper()
	req, err := http.NewRequest("GET", r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	return r.do(c, req)
}

// post sends a form of pairs.
func (r *rig) post(c *http.Client, path string, pairs ...string) response {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequest("POST", r.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	return r.do(c, req)
}

func reference(i int) string { return fmt.Sprintf("2B3C4D5F6G7H8J9K%04d", i) }
