package statement_test

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
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
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

var start = time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)

// A till is a cash desk with the room of statements behind a router, and a bank
// that does as it is told.
type till struct {
	t      testing.TB
	db     *db.DB
	clock  *clock.Manual
	ids    *id.Source
	pay    *payment.Part
	room   *statement.Part
	ledger *ledger.Ledger
	box    *outbox.Outbox
	router http.Handler
	judge  *webtest.Judge
	bank   *bank
	c      payment.Collector
	key    string
	rivals map[string]string // other agencies' keys
	n      int
	page   string // of the last payment that was asked for
	differ string // what is wrong between the bank and the books, as the audit has to name it
}

// bank answers for the payment part; tests say what it knows.
type bank struct {
	findings map[string][]payment.Finding
	refunded map[string]string // "paid" unless said otherwise, by refund
	days     map[string][]byte // statements by day
	asked    func(over bool)   // at each of them, where a test wants to know
}

func (b *bank) Enrol(context.Context, payment.Collector, string) error { return nil }
func (b *bank) Begin(context.Context, payment.Collector, payment.Attempt, string, string) (string, string, error) {
	return "s", "https://bank.example/login", nil
}

func (b *bank) Enquire(_ context.Context, _ payment.Collector, reference string) ([]payment.Finding, error) {
	if list := b.findings[reference]; len(list) > 0 {
		return list, nil
	}
	return []payment.Finding{{Reference: reference, State: "none"}}, nil
}

func (b *bank) Refund(_ context.Context, _ payment.Collector, r payment.Refund) (string, string, error) {
	if state, ok := b.refunded["*"]; ok {
		return state, "", nil
	}
	return "paid", "R" + r.ID, nil
}
func (b *bank) Origin() string      { return "https://bank.example" }
func (b *bank) Phone(string) string { return "" }

func (b *bank) Transfer(string, string, string) string { return "" }

func (b *bank) Callback(_ payment.Collector, _ http.Header, body []byte) (f payment.Finding, ok bool) {
	return f, json.Unmarshal(body, &f) == nil
}

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), journal.Migration(), directory.Migration(), outbox.Migration(), ledger.Migration(), payment.Migration(), statement.Migration()}
}

func newTill(t testing.TB, d *db.DB) *till {
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
	log := slog.New(slog.DiscardHandler)
	r := &till{t: t, db: d, clock: c, ids: ids, ledger: ledger.New(d, c, ids, j), box: outbox.New(d, c, ids, log), rivals: map[string]string{},
		bank: &bank{findings: map[string][]payment.Finding{}, refunded: map[string]string{}, days: map[string][]byte{}}}
	box, err := secret.NewBox([]byte("a key of the hall's, of 32 bytes and more"), "payment")
	if err != nil {
		t.Fatal(err)
	}
	dir := directory.New(d, c)
	r.pay = payment.New(payment.Deps{DB: d, Clock: c, IDs: ids, Journal: j, Outbox: r.box, Ledger: r.ledger, Directory: dir, Box: box, Hook: hook.New(c, true),
		Sandbox: r.bank, BaseURL: base, Log: log, Demo: true, TwoAbove: 1000_00})
	r.pay.Wire()
	r.room = statement.New(statement.Deps{Often: true, DB: d, Clock: c, IDs: ids, Journal: j, Outbox: r.box, Ledger: r.ledger, Payment: r.pay, Folder: t.TempDir(), Log: log})
	r.write(func(tx *db.Tx) error {
		set := directory.Set{}
		for _, a := range []string{"jpj", "pdrm"} {
			set.Agencies = append(set.Agencies, directory.Agency{ID: a, Name: locale.Same(strings.ToUpper(a)), Level: directory.Federal})
			set.Units = append(set.Units, directory.Unit{ID: a, Agency: a, Name: locale.Same(strings.ToUpper(a)), State: "MY-16"})
		}
		return dir.LoadTx(tx, set)
	})
	for _, a := range []string{"pdrm", "jpj"} {
		if r.c, err = r.pay.Enable(t.Context(), actor.System("balai"), a, ""); err != nil {
			t.Fatal(err)
		}
		r.write(func(tx *db.Tx) error {
			_, text, err := r.pay.MakeKeyTx(tx, actor.System("balai"), a, "test", false)
			r.key, r.rivals[a] = text, text
			return err
		})
	}
	r.router = r.serve(dir, log)
	r.judge = webtest.NewJudge(r.t, r.router, base, "/v1/")
	return r
}

func (r *till) serve(dir *directory.Directory, log *slog.Logger) http.Handler {
	r.t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		r.t.Fatal(err)
	}
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts, statement.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	policies, err := policy.Load(payment.Policy, webtest.ReadPublished)
	if err != nil {
		r.t.Fatal(err)
	}
	router, err := web.New(web.Config{BaseURL: u, Sessions: actor.NewSessions(r.db, r.clock, r.ids, dir), Policies: policies, Texts: texts, Clock: r.clock, Log: log,
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Name: locale.Same("Balai"), BaseURL: base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		}}, append(r.pay.Routes(), r.room.Routes()...))
	if err != nil {
		r.t.Fatal(err)
	}
	return router
}

// each runs a scenario on both databases; whatever came of it, the books are sound after it.
func each(t *testing.T, fn func(t *testing.T, r *till)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newTill(t, d)
		fn(t, r)
		r.sound()
	}, migrations()...)
}

func (r *till) write(act func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), act); err != nil {
		r.t.Fatal(err)
	}
}

func (r *till) call(key, method, path string, body []byte) (status int, text string, out map[string]any) {
	r.t.Helper()
	req := httptest.NewRequest(method, base+path, bytes.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+key)
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	r.judge.Held(req, w)
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, w.Body.String(), out
}

// asked makes a payment with an open QR: its id, and its attempt's reference.
func (r *till) asked(amount money.Amount) (id, reference string) {
	r.t.Helper()
	r.n++
	status, text, out := r.call(r.key, "POST", "/v1/payments", fmt.Appendf(nil, `{"amount": %d, "reference": "SMN-%05d", "description": "Saman", "return_url": "https://agency.example/back"}`, amount, r.n))
	if status != http.StatusCreated {
		r.t.Fatal(status, text)
	}
	id, _ = out["payment_id"].(string)
	links, _ := out["_links"].(map[string]any)
	next, _ := links["next_url"].(map[string]any)
	page, _ := next["href"].(string)
	r.page = strings.TrimPrefix(page, base)
	if status, text, out = r.call(r.key, "GET", "/v1/payments/"+id+"/qr", nil); status != http.StatusOK {
		r.t.Fatal(status, text)
	}
	reference, _ = out["reference"].(string)
	return id, reference
}

// chosen is the payer who presses a way to pay on the page of what was asked last.
func (r *till) chosen(by string) {
	r.t.Helper()
	req := httptest.NewRequest(http.MethodPost, base+r.page, strings.NewReader("by="+by))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	r.judge.Held(req, w)
	if w.Code != http.StatusSeeOther {
		r.t.Fatal(by, w.Code, w.Body)
	}
}

// tell is the bank's callback.
func (r *till) tell(f payment.Finding) {
	r.t.Helper()
	body, err := json.Marshal(f)
	if err != nil {
		r.t.Fatal(err)
	}
	if status, text, _ := r.call("", "POST", "/bank/sandbox/"+r.c.Merchant, body); status != http.StatusNoContent {
		r.t.Fatal(status, text)
	}
}

// paid is a payment of which the bank told, and the line that it will print.
func (r *till) paid(amount money.Amount) (id string, line iso20022.Entry) {
	r.t.Helper()
	id, reference := r.asked(amount)
	r.n++
	ref := fmt.Sprintf("B%06d", r.n)
	r.tell(payment.Finding{Reference: reference, State: "paid", Amount: amount, Currency: "MYR", Account: r.c.Account, BankRef: ref})
	return id, credit(amount, ref, reference)
}

const today = "2026-11-30"

func credit(amount money.Amount, ref, e2e string) iso20022.Entry {
	return iso20022.Entry{Reference: "N" + ref, Amount: amount, Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: today, Value: today, Bank: ref, Code: "PMNT/RCDT/DMCT",
		Details: []iso20022.Detail{{Amount: amount, Currency: "MYR", Credit: true, EndToEnd: e2e, Bank: ref, Debtor: iso20022.Party{Name: "SITI BINTI AHMAD"}}}}
}

func debit(amount money.Amount, ref, e2e string) iso20022.Entry {
	e := credit(amount, ref, e2e)
	e.Credit, e.Details[0].Credit = false, false
	return e
}

// day is a statement of a day with its entries.
func (r *till) day(date string, opening money.Amount, entries ...iso20022.Entry) iso20022.Statement {
	d, err := clock.ParseDay(date)
	if err != nil {
		r.t.Fatal(err)
	}
	closing := opening
	for _, e := range entries {
		closing += e.Signed()
	}
	return iso20022.Statement{Kind: iso20022.EndOfDay, Message: "S" + date, ID: "S" + date, Page: 1, Last: true, Created: d.AddDate(0, 0, 1), From: d, To: d.AddDate(0, 0, 1).Add(-time.Second),
		Sequence: int64(d.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, clock.Zone)).Hours() / 24), Account: iso20022.Account{Other: r.c.Account, Currency: "MYR"},
		Balances: []iso20022.Balance{{Code: iso20022.Opening, Amount: opening, Currency: "MYR", Date: date}, {Code: iso20022.Closing, Amount: closing, Currency: "MYR", Date: date}}}
}

func (r *till) xml(s iso20022.Statement, entries ...iso20022.Entry) []byte {
	r.t.Helper()
	var b bytes.Buffer
	if err := iso20022.WriteStatement(&b, s, entries); err != nil {
		r.t.Fatal(err)
	}
	return b.Bytes()
}

// read imports a file, which has to be taken.
func (r *till) read(file []byte) []statement.Statement {
	r.t.Helper()
	list, err := r.room.Import(context.Background(), r.c, false, statement.From{Source: "api"}, bytes.NewReader(file))
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *till) state(id string) (status, receipt string) {
	r.t.Helper()
	_, _, out := r.call(r.key, "GET", "/v1/payments/"+id, nil)
	state, _ := out["state"].(map[string]any)
	status, _ = state["status"].(string)
	receipt, _ = out["receipt_number"].(string)
	return status, receipt
}

func (r *till) balance(code string) (n money.Amount) {
	r.t.Helper()
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		a, err := r.ledger.AccountTx(tx, code)
		n = a.Balance()
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *till) clearing() (n money.Amount) {
	for _, m := range payment.Methods {
		n += r.balance(r.c.Books(false).Clearing(m))
	}
	return n
}

// sound insists on all invariants: the ledger's, the cash desk's and the room's; where
// the bank contradicts itself, that just this is named.
func (r *till) sound() {
	r.t.Helper()
	a, e1 := r.ledger.Audit(context.Background())
	desk, e2 := r.pay.Audit(context.Background())
	room, e3 := r.room.Audit(context.Background())
	for _, err := range []error{e1, e2, e3} {
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if all := strings.Join(append(append(a.Wrong, desk...), room...), "\n"); all != r.differ {
		r.t.Errorf("the books are wrong:\n%s\nand it should be\n%s", all, r.differ)
	}
}

func (r *till) drain() {
	r.t.Helper()
	if err := r.box.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}
