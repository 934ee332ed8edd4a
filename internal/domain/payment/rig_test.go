package payment_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/acquirer"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/money"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/spine/web/webtest"
	"balai/internal/ui"

	"github.com/a-h/templ"
)

const base = "http://localhost:8080"

// A rig is the cash desk behind a router, and a bank beside it.
type rig struct {
	*payment.Part
	t        testing.TB
	db       *db.DB
	clock    *clock.Manual
	ledger   *ledger.Ledger
	journal  *journal.Journal
	box      *outbox.Outbox
	router   http.Handler
	bank     *fakeBank
	keys     map[string]string // by agency
	judge    *webtest.Judge
	tampered bool // the scenario changes rows by hand, and leaves them so
}

// fakeBank keeps debits in memory and answers by the wire of docs/payment.md. It
// is not the sandbox bank: the two sides of the wire were written apart.
type fakeBank struct {
	mu        sync.Mutex
	merchants map[string]map[string]string
	debits    map[string][]map[string]any // by reference
	refunds   map[string]map[string]any
	away      bool
	n, asked  int // asked is how often of a debit
}

func (b *fakeBank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		panic(http.ErrAbortHandler)
	}
	body, _ := io.ReadAll(r.Body)
	signed := body
	if len(body) == 0 {
		signed = []byte(r.URL.RequestURI())
	}
	merchant := r.Header.Get("Bank-Merchant")
	secret := adminSecret
	if m := b.merchants[merchant]; m != nil {
		secret = m["secret"]
	}
	if !hook.Signed(secret, r.Header.Get(hook.SignatureHeader), r.Header.Get(hook.IDHeader), at(r), signed) {
		http.Error(w, "not signed", http.StatusForbidden)
		return
	}
	var in map[string]any
	_ = json.Unmarshal(body, &in)
	path := strings.TrimPrefix(r.URL.Path, "/acquirer/")
	switch {
	case strings.HasPrefix(path, "merchants/"):
		m := map[string]string{}
		for k, v := range in {
			m[k], _ = v.(string)
		}
		b.merchants[strings.TrimPrefix(path, "merchants/")] = m
		w.WriteHeader(http.StatusNoContent)
	case path == "sessions":
		b.n++
		_ = json.NewEncoder(w).Encode(map[string]string{"id": fmt.Sprint("s", b.n), "redirect_url": "https://bank.example/login/" + fmt.Sprint(b.n)})
	case strings.HasPrefix(path, "transactions/"):
		b.asked++
		list := b.debits[strings.TrimPrefix(path, "transactions/")]
		if len(list) == 0 {
			_ = json.NewEncoder(w).Encode(map[string]string{"state": "none"})
			return
		}
		all := map[string]any{"payments": list}
		for k, v := range list[0] {
			all[k] = v
		}
		_ = json.NewEncoder(w).Encode(all)
	case path == "refunds":
		id, _ := in["refund_reference"].(string)
		if len(id) == 0 || len(id) > 35 { // a statement has room for no more
			http.Error(w, "refund_reference", http.StatusUnprocessableEntity)
			return
		}
		if b.refunds[id] == nil {
			b.n++
			in["state"], in["bank_ref"] = "paid", fmt.Sprint("R", b.n)
			b.refunds[id] = in
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"state": "paid", "bank_reference": b.refunds[id]["bank_ref"]})
	default:
		http.NotFound(w, r)
	}
}

func at(r *http.Request) (n int64) {
	_, _ = fmt.Sscan(r.Header.Get(hook.TimeHeader), &n)
	return n
}

// debit is what the bank books when somebody pays, and what it would tell.
func (b *fakeBank) debit(merchant, reference string, amount int64) map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	d := map[string]any{"id": fmt.Sprint("c", b.n), "merchant": merchant, "reference": reference, "state": "paid", "amount": amount, "currency": "MYR",
		"payee": b.merchants[merchant]["account"], "payer_name": "SITI", "bank_reference": fmt.Sprint("B", b.n), "method": "qr", "at": "2026-11-30T09:00:00+08:00"}
	b.debits[reference] = append(b.debits[reference], d)
	return d
}

var (
	start       = time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	adminSecret = hook.NewSecret(bytes.Repeat([]byte{7}, hook.SecretSize))
)

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), journal.Migration(), directory.Migration(), outbox.Migration(), meter.Migration(), ledger.Migration(), payment.Migration()}
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.NewManual(start)
	ids := id.NewSource(c, nil)
	key, _, err := journal.LoadKey(t.TempDir()+"/journal", "test/journal")
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.New(d, c, ids, "test/journal", key)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: d, clock: c, journal: j, ledger: ledger.New(d, c, ids, j), box: outbox.New(d, c, ids, slog.New(slog.DiscardHandler)), keys: map[string]string{},
		bank: &fakeBank{merchants: map[string]map[string]string{}, debits: map[string][]map[string]any{}, refunds: map[string]map[string]any{}}}
	server := httptest.NewServer(r.bank)
	t.Cleanup(server.Close)
	box, err := secret.NewBox([]byte("a key of the hall's, of 32 bytes and more"), "payment")
	if err != nil {
		t.Fatal(err)
	}
	dir := directory.New(d, c)
	r.Part = payment.New(payment.Deps{DB: d, Clock: c, IDs: ids, Journal: j, Outbox: r.box, Ledger: r.ledger, Directory: dir, Box: box, Hook: hook.New(c, true), Meter: meter.New(d, c, ids), Site: locale.Same("Balai"),
		Sandbox: acquirer.New(server.URL, adminSecret, c, ids), BaseURL: base, Log: slog.New(slog.DiscardHandler), Demo: true, TwoAbove: 1000_00})
	r.Wire()
	r.write(func(tx *db.Tx) error {
		set := directory.Set{}
		for _, a := range []string{"jpj", "pdrm"} {
			set.Agencies = append(set.Agencies, directory.Agency{ID: a, Name: locale.Same(strings.ToUpper(a)), Level: directory.Federal})
			set.Units = append(set.Units, directory.Unit{ID: a, Agency: a, Name: locale.Same(strings.ToUpper(a)), State: "MY-16"})
		}
		return dir.LoadTx(tx, set)
	})
	for _, a := range []string{"jpj", "pdrm"} {
		if _, err := r.Enable(t.Context(), actor.System("balai"), a, ""); err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error {
			_, text, err := r.MakeKeyTx(tx, actor.System("balai"), a, "test", false)
			r.keys[a] = text
			return err
		})
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts)
	if err != nil {
		t.Fatal(err)
	}
	policies, err := policy.Load(payment.Policy, webtest.ReadPublished)
	if err != nil {
		t.Fatal(err)
	}
	r.router, err = web.New(web.Config{BaseURL: u, Sessions: actor.NewSessions(d, c, ids, dir), Policies: policies, Texts: texts, Clock: c, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Name: locale.Same("Balai"), BaseURL: base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		}}, r.Routes())
	if err != nil {
		t.Fatal(err)
	}
	r.judge = webtest.NewJudge(t, r.router, base, "/v1/")
	return r
}

// each runs a scenario on both databases; whatever came of it, the books are sound after it.
func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		fn(t, r)
		if !r.tampered {
			r.sound()
		}
	}, migrations()...)
}

func (r *rig) write(act func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), act); err != nil {
		r.t.Fatal(err)
	}
}

// An answer is a response, read.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// at walks into an answer: at("state", "status").
func (a answer) at(path ...string) any {
	var v any = a.body
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (a answer) str(path ...string) string { s, _ := a.at(path...).(string); return s }

func (r *rig) do(method, path string, body []byte, header http.Header) answer {
	r.t.Helper()
	req := httptest.NewRequest(method, base+path, bytes.NewReader(body))
	for k, v := range header {
		req.Header[k] = v
	}
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	r.judge.Held(req, w)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.body)
	return a
}

// call asks /v1 as an agency's system; idem is the request's id, "" for none.
func (r *rig) call(agency, method, path, body, idem string) answer {
	r.t.Helper()
	h := http.Header{"Authorization": {"Bearer " + r.keys[agency]}, "Content-Type": {"application/json"}}
	if idem != "" {
		h.Set("Idempotency-Key", idem)
	}
	return r.do(method, path, []byte(body), h)
}

const wanted = `{"amount": 4550, "reference": "SMN-1", "description": "Saman", "return_url": "https://agency.example/back"}`

// asked makes a payment with an open QR, and gives its id and its attempt's.
func (r *rig) asked(agency string) (id, reference string) {
	r.t.Helper()
	a := r.call(agency, "POST", "/v1/payments", wanted, "")
	if a.status != http.StatusCreated {
		r.t.Fatalf("%d %s", a.status, a.text)
	}
	id = a.str("payment_id")
	q := r.call(agency, "GET", "/v1/payments/"+id+"/qr", "", "")
	if q.status != http.StatusOK {
		r.t.Fatalf("%d %s", q.status, q.text)
	}
	return id, q.str("reference")
}

// tell sends what the bank would, signed with the merchant's secret.
func (r *rig) tell(merchant string, told map[string]any) answer {
	r.t.Helper()
	return r.tellSigned(merchant, r.bank.merchants[merchant]["secret"], told)
}

func (r *rig) tellSigned(merchant, secret string, told map[string]any) answer {
	r.t.Helper()
	body, err := json.Marshal(told)
	if err != nil {
		r.t.Fatal(err)
	}
	h, err := hook.Header(fmt.Sprint(told["id"]), r.clock.Now(), body, secret)
	if err != nil {
		r.t.Fatal(err)
	}
	h.Set("Content-Type", "application/json")
	return r.do("POST", "/bank/sandbox/"+merchant, body, h)
}

func (r *rig) state(agency, id string) answer {
	r.t.Helper()
	return r.call(agency, "GET", "/v1/payments/"+id, "", "")
}

// sound insists on both sets of invariants, the ledger's and the part's, and that
// clearing holds what the bank has not put on a statement yet: here, all that came.
func (r *rig) sound() {
	r.t.Helper()
	a, err := r.ledger.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	if all := append(a.Wrong, r.wrong()...); len(all) > 0 {
		r.t.Errorf("the books are wrong:\n%s", strings.Join(all, "\n"))
	}
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		list, err := r.CollectorsTx(tx)
		for i := 0; i < 2*len(list) && err == nil; i++ {
			c, live := list[i/2], i%2 == 0
			var want map[payment.Method]money.Amount
			if want, err = r.UnprintedSumsTx(tx, c.Agency, live); err != nil {
				break
			}
			for _, m := range payment.Methods {
				code := c.Books(live).Clearing(m)
				a, e := r.ledger.AccountTx(tx, code)
				if err = e; a.Balance() != want[m] {
					r.t.Errorf("%s holds %d, and %d came and did not go back", code, a.Balance(), want[m])
				}
			}
		}
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
}

// wrong is what the part's own audit finds.
func (r *rig) wrong() []string {
	r.t.Helper()
	wrong, err := r.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return wrong
}

func (r *rig) balance(code string) int64 {
	r.t.Helper()
	var n int64
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		a, err := r.ledger.AccountTx(tx, code)
		n = int64(a.Balance())
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) drain() {
	r.t.Helper()
	if err := r.box.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}
