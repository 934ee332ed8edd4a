package bill_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/bill"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/money"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
	"balai/internal/spine/policy"
	"balai/internal/spine/secret"
	"balai/internal/spine/web"
	"balai/internal/spine/web/webtest"
	"balai/internal/ui"

	"github.com/a-h/templ"
)

const base = "http://localhost:8080"

// A rig is the cash desk with its bills behind a router, and a bank that keeps
// debits in memory.
type rig struct {
	*bill.Bills
	t        testing.TB
	db       *db.DB
	clock    *clock.Manual
	ledger   *ledger.Ledger
	box      *outbox.Outbox
	journal  *journal.Journal
	notify   *notify.Notify
	sessions *actor.Sessions
	router   http.Handler
	judge    *webtest.Judge
	bank     *fakeBank
	key      string
	cookie   *http.Cookie // of who is signed in
	from     string       // the visitor's address
}

// people of whom the register knows the numbers.
type people map[string]string

func (p people) ByIDNumber(_ *db.Tx, number string) (string, error) {
	for person, n := range p {
		if n == number {
			return person, nil
		}
	}
	return "", fault.New(fault.Missing, "web.error.missing")
}

func (p people) NumberOf(_ *db.Tx, person string) (string, error) {
	if p[person] == "" {
		return "", fault.New(fault.Missing, "web.error.missing")
	}
	return p[person], nil
}

// addresses are by mail only, and everybody reads English.
type addresses struct{}

func (addresses) MailOf(_ *db.Tx, person string) (string, locale.Lang, error) {
	return person + "@contoh.example", locale.English, nil
}

func (addresses) PhoneOf(*db.Tx, string) (string, error) { return "", nil }

func (addresses) PostOf(*db.Tx, string) (string, error) { return "", nil }

func (p people) OwnersOf(_ *db.Tx, number string) ([]string, error) {
	if number == "IP0104420-M" {
		return []string{"rina"}, nil
	}
	return nil, nil
}

// companies are read by who has them.
type companies struct{}

func (companies) ReadersOf(tx *db.Tx, to string) ([]string, bool, error) {
	number, is := actor.CompanyNumber(to)
	if !is {
		return nil, false, nil
	}
	list, err := people{}.OwnersOf(tx, number)
	return list, true, err
}

type fakeBank struct {
	mu      sync.Mutex
	n       int
	debits  map[string][]payment.Finding
	refunds map[string]money.Amount
}

func (b *fakeBank) Enrol(context.Context, payment.Collector, string) error { return nil }
func (b *fakeBank) Origin() string                                         { return "https://bank.example" }
func (b *fakeBank) Phone(string) string                                    { return "" }

func (b *fakeBank) Transfer(string, string, string) string { return "" }

func (b *fakeBank) Begin(context.Context, payment.Collector, payment.Attempt, string, string) (string, string, error) {
	return "s", "https://bank.example/login", nil
}

func (b *fakeBank) Enquire(_ context.Context, _ payment.Collector, ref string) ([]payment.Finding, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if list := b.debits[ref]; len(list) > 0 {
		return list, nil
	}
	return []payment.Finding{{Reference: ref, State: "none"}}, nil
}

func (b *fakeBank) Refund(_ context.Context, _ payment.Collector, r payment.Refund) (string, string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refunds[r.ID] = r.Amount
	return "paid", "R" + r.ID, nil
}

func (b *fakeBank) back() (sum money.Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.refunds {
		sum += a
	}
	return sum
}

func (b *fakeBank) Callback(_ payment.Collector, _ http.Header, body []byte) (f payment.Finding, ok bool) {
	return f, json.Unmarshal(body, &f) == nil
}

var start = time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), journal.Migration(), directory.Migration(), outbox.Migration(), meter.Migration(), notify.Migration(), ledger.Migration(), payment.Migration(), bill.Migration()}
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
	dir := directory.New(d, c)
	r := &rig{t: t, db: d, clock: c, journal: j, ledger: ledger.New(d, c, ids, j), box: outbox.New(d, c, ids, slog.New(slog.DiscardHandler)), from: "192.0.2.1:1",
		bank: &fakeBank{debits: map[string][]payment.Finding{}, refunds: map[string]money.Amount{}}, sessions: actor.NewSessions(d, c, ids, dir)}
	box, err := secret.NewBox([]byte("a key of the hall's, of 32 bytes and more"), "payment")
	if err != nil {
		t.Fatal(err)
	}
	desk := payment.New(payment.Deps{DB: d, Clock: c, IDs: ids, Journal: j, Outbox: r.box, Ledger: r.ledger, Directory: dir, Box: box, Hook: hook.New(c, true),
		Meter: meter.New(d, c, ids), Site: locale.Same("Balai"), Sandbox: r.bank, BaseURL: base, Log: slog.New(slog.DiscardHandler), Demo: true})
	desk.Wire()
	texts, err := locale.Load(notify.Texts, bill.Texts)
	if err != nil {
		t.Fatal(err)
	}
	r.notify = notify.New(d, r.box, c, ids, texts, addresses{}, notify.SMTP{BaseURL: base})
	r.notify.ByReaders(companies{})
	r.Bills = bill.New(desk, people{"aisyah": "950412-00-5124"}, r.notify)
	r.write(func(tx *db.Tx) error {
		return dir.LoadTx(tx, directory.Set{Agencies: []directory.Agency{{ID: "jpj", Name: locale.Same("JPJ"), Level: directory.Federal}},
			Units: []directory.Unit{{ID: "jpj", Agency: "jpj", Name: locale.Same("JPJ"), State: "MY-16"}}})
	})
	if _, err := r.Enable(t.Context(), actor.System("balai"), "jpj", ""); err != nil {
		t.Fatal(err)
	}
	r.write(func(tx *db.Tx) (err error) {
		_, r.key, err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "test", false)
		return err
	})
	r.router = r.routed(dir)
	r.judge = webtest.NewJudge(t, r.router, base, "/v1/")
	return r
}

func (r *rig) routed(dir *directory.Directory) http.Handler {
	r.t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		r.t.Fatal(err)
	}
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts, bill.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	policies, err := policy.Load(payment.Policy, bill.Policy, webtest.ReadPublished)
	if err != nil {
		r.t.Fatal(err)
	}
	router, err := web.New(web.Config{BaseURL: u, Sessions: r.sessions, Policies: policies, Texts: texts, Clock: r.clock, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Name: locale.Same("Balai"), BaseURL: base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		}}, append(r.Part.Routes(), r.Bills.Routes()...))
	if err != nil {
		r.t.Fatal(err)
	}
	return router
}

// each runs a scenario on both databases; whatever came of it, the books are sound after it.
func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		fn(t, r)
		r.sound()
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

func (a answer) str(name string) string { s, _ := a.body[name].(string); return s }

func (a answer) num(name string) int64 { n, _ := a.body[name].(float64); return int64(n) }

func (r *rig) do(method, path string, body []byte, header http.Header) answer {
	r.t.Helper()
	req := httptest.NewRequest(method, base+path, bytes.NewReader(body))
	req.RemoteAddr = r.from
	for k, v := range header {
		req.Header[k] = v
	}
	if r.cookie != nil {
		req.AddCookie(r.cookie)
	}
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	r.judge.Held(req, w)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.body)
	return a
}

func (r *rig) get(path string) answer { r.t.Helper(); return r.do("GET", path, nil, nil) }

// send posts a form, and gives where it led.
func (r *rig) send(path string, form url.Values) (answer, string) {
	r.t.Helper()
	a := r.do("POST", path, []byte(form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	return a, strings.TrimPrefix(a.header.Get("Location"), base)
}

// call asks /v1 as the agency's system.
func (r *rig) call(method, path, body, idem string) answer {
	r.t.Helper()
	h := http.Header{"Authorization": {"Bearer " + r.key}, "Content-Type": {"application/json"}}
	if idem != "" {
		h.Set("Idempotency-Key", idem)
	}
	return r.do(method, path, []byte(body), h)
}

// billed makes a bill, and gives it as /v1 does.
func (r *rig) billed(body string) answer {
	r.t.Helper()
	a := r.call("POST", "/v1/bills", body, "")
	if a.status != http.StatusCreated {
		r.t.Fatalf("%d %s", a.status, a.text)
	}
	return a
}

// pages is where a payment's page is by its address, as the newest payment that
// is not ended.
func (r *rig) payment(page string) (id string, amount int64) {
	r.t.Helper()
	if a := r.get(page); a.status != http.StatusOK { // opens the QR
		r.t.Fatalf("%s: %d %s", page, a.status, a.text)
	}
	for _, p := range r.call("GET", "/v1/payments", "", "").body["results"].([]any) {
		m := p.(map[string]any)
		links := m["_links"].(map[string]any)
		if next, ok := links["next_url"].(map[string]any); ok && next["href"] == base+page {
			return m["payment_id"].(string), int64(m["amount"].(float64))
		}
	}
	r.t.Fatalf("no payment has the page %s", page)
	return "", 0
}

// pay pays what a page asks for, from somebody's telephone; told, the bank says so.
func (r *rig) pay(page string, told bool) (id string) {
	r.t.Helper()
	id, amount := r.payment(page)
	q := r.call("GET", "/v1/payments/"+id+"/qr", "", "")
	r.debit(q.str("reference"), amount, told)
	return id
}

func (r *rig) debit(reference string, amount int64, told bool) {
	r.t.Helper()
	var account string
	r.write(func(tx *db.Tx) error {
		c, err := r.EnableTx(tx, actor.System("balai"), "jpj", "")
		account = c.Account
		return err
	})
	r.bank.mu.Lock()
	r.bank.n++
	f := payment.Finding{Reference: reference, State: "paid", Amount: money.Amount(amount), Currency: "MYR", Account: account, BankRef: fmt.Sprint("B", r.bank.n), Method: payment.QR, At: clock.Micro(r.clock.Now())}
	r.bank.debits[reference] = append(r.bank.debits[reference], f)
	r.bank.mu.Unlock()
	if !told {
		return
	}
	body, err := json.Marshal(f)
	if err != nil {
		r.t.Fatal(err)
	}
	if a := r.do("POST", "/bank/sandbox/MYJPJ", body, http.Header{"Content-Type": {"application/json"}}); a.status != http.StatusNoContent {
		r.t.Fatalf("%d %s", a.status, a.text)
	}
	r.drain()
}

func (r *rig) drain() {
	r.t.Helper()
	if err := r.box.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// sound insists on the invariants of the ledger, the cash desk and the bills.
func (r *rig) sound() {
	r.t.Helper()
	a, err := r.ledger.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	desk, err := r.Part.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	own, err := r.Bills.Audit(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	if all := append(append(a.Wrong, desk...), own...); len(all) > 0 {
		r.t.Errorf("the books are wrong:\n%s", strings.Join(all, "\n"))
	}
}

// collected is what the agency has taken in its tests' books.
func (r *rig) collected() (n int64) {
	r.t.Helper()
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		a, err := r.ledger.AccountTx(tx, "agency:jpj-sandbox:collected")
		n = int64(a.Balance())
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return n
}
