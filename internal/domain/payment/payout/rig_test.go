package payout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	"pgregory.net/rapid"
)

const base = "http://localhost:8080"

// fakeBank pays in memory: an account that ends in 0000 is refused, one in 9999
// comes back. It is not the sandbox bank: the two were written apart.
type fakeBank struct {
	payment.Banker
	mu     sync.Mutex
	orders map[string][]byte
	lines  map[string][]*bankLine
	paid   map[string]int64 // sen, by account
	times  map[string]int   // how often a payment was made, by end-to-end id
	left   int64            // in the agency's account
	away   bool             // it hears nothing
	cut    bool             // it hears, and its answer is lost
	no     string           // it refuses whole messages, new or not: "422", or a reason in a pain.002
	calls  int
}

type bankLine struct {
	n, e2e, account, state, reason string
	amount                         int64
}

func (b *fakeBank) Enrol(context.Context, payment.Collector, string) error { return nil }

var errAway = errors.New("the bank is away")

func (b *fakeBank) PayOut(_ context.Context, c payment.Collector, order []byte) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.away {
		return nil, errAway
	}
	var lines []*bankLine
	head, err := iso20022.ReadInitiation(bytes.NewReader(order), func(_ *iso20022.Initiation, p *iso20022.Payment, x iso20022.Transfer) error {
		if p.Debtor.Account.Number() != c.Account {
			return errors.New("of another account")
		}
		l := &bankLine{n: x.Instruction, e2e: x.EndToEnd, account: x.Creditor.Account.Number(), amount: int64(x.Amount), state: iso20022.Accepted}
		if strings.HasSuffix(l.account, "0000") {
			l.state, l.reason = iso20022.Rejected, iso20022.WrongAccount
		}
		lines = append(lines, l)
		return nil
	})
	if err != nil || len(head.Wrong) > 0 {
		return nil, fmt.Errorf("%w %v", err, head.Wrong)
	}
	if b.no == "422" {
		return nil, fmt.Errorf("the wire: %w", &payment.RefusedError{Message: head.Message, Reason: iso20022.WrongFormat})
	}
	if b.no != "" {
		var out bytes.Buffer
		w := iso20022.NewReportWriter(&out, iso20022.Report{Message: "R", Created: start, Of: head.Message, OfKind: "pain.001.001.10", Status: iso20022.Rejected, Reasons: []iso20022.Reason{{Code: b.no}}})
		err := errors.Join(w.Payment(iso20022.PaymentStatus{ID: head.Message}), w.Close())
		return out.Bytes(), err
	}
	if was := b.orders[head.Message]; was != nil && !bytes.Equal(was, order) {
		return nil, errors.New("another order under the same id")
	} else if was == nil {
		b.orders[head.Message], b.lines[head.Message] = order, lines
		for _, l := range lines {
			if l.state == iso20022.Accepted {
				b.times[l.e2e]++
				b.paid[l.account] += l.amount
				b.left -= l.amount
			}
		}
	}
	if b.cut {
		return nil, errAway
	}
	return b.report(head.Message)
}

func (b *fakeBank) PaidOut(_ context.Context, _ payment.Collector, message string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return nil, errAway
	}
	if b.orders[message] == nil {
		return nil, payment.ErrNoMessage
	}
	return b.report(message)
}

func (b *fakeBank) report(message string) ([]byte, error) {
	var out bytes.Buffer
	w := iso20022.NewReportWriter(&out, iso20022.Report{Message: "R", Created: start, Of: message, OfKind: "pain.001.001.10", Status: iso20022.Partial})
	err := w.Payment(iso20022.PaymentStatus{ID: message})
	for _, l := range b.lines[message] {
		x := iso20022.TransferStatus{Instruction: l.n, EndToEnd: l.e2e, Status: l.state, Bank: "S1"}
		if l.reason != "" {
			x.Reasons = []iso20022.Reason{{Code: l.reason}}
		}
		err = errors.Join(err, w.Transfer(x))
	}
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

// settle lets what was accepted arrive; return lets come back what does.
func (b *fakeBank) settle() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, lines := range b.lines {
		for _, l := range lines {
			if l.state == iso20022.Accepted {
				l.state = iso20022.Settled
			}
		}
	}
}

func (b *fakeBank) comeBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, lines := range b.lines {
		for _, l := range lines {
			if l.state == iso20022.Settled && strings.HasSuffix(l.account, "9999") {
				l.state, l.reason = iso20022.Rejected, iso20022.ClosedAccount
				b.paid[l.account] -= l.amount
				b.left += l.amount
			}
		}
	}
}

// A rig is the room behind a router, and a bank beside it.
type rig struct {
	*Part
	t      rapid.TB
	clock  *clock.Manual
	bank   *fakeBank
	desk   *payment.Part
	router http.Handler
	judge  *webtest.Judge
	texts  *locale.Catalog
	keys   map[string]string
	funded int64

	altered bool // the scenario changes rows by hand
}

var start = time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), journal.Migration(), directory.Migration(), outbox.Migration(), ledger.Migration(), payment.Migration(), Migration()}
}

// strong asks for a second factor, as identity does.
type strong struct{}

func (strong) Enough(_ *db.Tx, a actor.Actor, _, aal int) error {
	if a.AAL < aal {
		return errWeak
	}
	return nil
}

var errWeak = errors.New("sign in more strongly")

func newRig(t testing.TB, d *db.DB, chunk int) *rig {
	t.Helper()
	c := clock.NewManual(start)
	ids := id.NewSource(c, nil)
	key, _, err := journal.LoadKey(t.TempDir()+"/journal", "test/journal")
	must(t, err)
	j, err := journal.New(d, c, ids, "test/journal", key)
	must(t, err)
	box, err := secret.NewBox([]byte("a key of the hall's, of 32 bytes and more"), "payment")
	must(t, err)
	r := &rig{t: t, clock: c, keys: map[string]string{}, bank: &fakeBank{orders: map[string][]byte{}, lines: map[string][]*bankLine{}, paid: map[string]int64{}, times: map[string]int{}}}
	dir := directory.New(d, c)
	r.desk = payment.New(payment.Deps{DB: d, Clock: c, IDs: ids, Journal: j, Outbox: outbox.New(d, c, ids, slog.New(slog.NewTextHandler(t.Output(), nil))), Ledger: ledger.New(d, c, ids, j), Directory: dir,
		Box: box, Hook: hook.New(c, true), Sandbox: r.bank, BaseURL: base, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Demo: true})
	r.desk.Wire()
	r.texts, err = locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts, Texts)
	must(t, err)
	r.Part = New(Deps{Desk: r.desk, Journal: j, Assurance: strong{}, Texts: r.texts, Chunk: chunk})
	r.Wire()
	r.write(func(tx *db.Tx) error {
		set := directory.Set{}
		for _, a := range []string{"jkm", "ptptn"} {
			set.Agencies = append(set.Agencies, directory.Agency{ID: a, Name: locale.Same(strings.ToUpper(a)), Level: directory.Federal})
			set.Units = append(set.Units, directory.Unit{ID: a, Agency: a, Name: locale.Same(strings.ToUpper(a)), State: "MY-16"})
		}
		set.Agencies[0].Name.MS = longName
		set.People = []directory.Person{{ID: "aminah", Name: "Aminah binti Salleh"}, {ID: "badrul", Name: "Badrul bin Hisham"}}
		return dir.LoadTx(tx, set)
	})
	for _, a := range []string{"jkm", "ptptn"} {
		_, err := r.desk.Enable(t.Context(), actor.System("balai"), a, map[string]string{"ptptn": "514012345678"}[a])
		must(t, err)
		r.write(func(tx *db.Tx) error {
			_, r.keys[a], err = r.desk.MakeKeyTx(tx, actor.System("balai"), a, "test", false)
			return err
		})
	}
	u, err := url.Parse(base)
	must(t, err)
	policies, err := policy.Load(payment.Policy, Policy, webtest.ReadPublished)
	must(t, err)
	r.router, err = web.New(web.Config{BaseURL: u, Sessions: actor.NewSessions(d, c, ids, dir), Policies: policies, Texts: r.texts, Clock: c, Log: slog.New(slog.DiscardHandler),
		Site: func(ctx context.Context, _ *http.Request) context.Context {
			return ui.WithSite(ctx, ui.Site{L: web.L(ctx), Name: locale.Same("Balai"), BaseURL: base})
		},
		ErrorPage: func(req *http.Request, status int, title, what, todo string) templ.Component {
			return ui.ErrorPage(ui.NewPage(req, title), status, title, what, todo)
		}}, r.Routes())
	must(t, err)
	r.judge = webtest.NewJudge(t, r.router, base, "/v1/")
	return r
}

// each runs a scenario on both databases; whatever came of it, the books are sound after it.
func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 3)
		fn(t, r)
		if !r.altered {
			r.sound()
		}
	}, migrations()...)
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) write(act func(tx *db.Tx) error) {
	r.t.Helper()
	must(r.t, r.desk.DB.Write(context.Background(), act))
}

func (r *rig) read(fn func(tx *db.Tx) error) {
	r.t.Helper()
	must(r.t, r.desk.DB.Read(context.Background(), fn))
}

// officer is a treasurer of jkm's.
// longName is longer than what a QR has room for.
const longName = "Jabatan Kebajikan Masyarakat Malaysia & Pembangunan"

func officer(name string) actor.Actor {
	return actor.Actor{Person: name, Name: name, Post: "jkm-" + name, Role: "jkm/treasurer", Agency: "jkm", AAL: 2}
}

func (r *rig) fund(amount int64) {
	r.t.Helper()
	r.funded += amount
	r.bank.left += amount
	r.write(func(tx *db.Tx) error {
		return r.FundTx(tx, officer("aminah"), "jkm", false, money.Amount(amount), fmt.Sprint("waran ", r.funded))
	})
}

// An answer is a response, read.
type reply struct {
	status int
	header http.Header
	text   string
}

func (a reply) payout(t rapid.TB) (p PayPayout) {
	t.Helper()
	if a.status/100 != 2 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	must(t, json.Unmarshal([]byte(a.text), &p))
	return p
}

func (a reply) problem(t rapid.TB) (p PayPayoutProblem) {
	t.Helper()
	must(t, json.Unmarshal([]byte(a.text), &p))
	p.status = a.status
	return p
}

func (r *rig) call(agency, method, path, kind, body, key string) reply {
	r.t.Helper()
	req := httptest.NewRequest(method, base+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+r.keys[agency])
	req.Header.Set("Content-Type", kind)
	if method == "GET" {
		req.Header.Set("Accept", kind)
	}
	if key != "" {
		req.Header.Set(keyHeader, key)
	}
	w := httptest.NewRecorder()
	r.router.ServeHTTP(w, req)
	r.judge.Held(req, w)
	return reply{w.Code, w.Header(), w.Body.String()}
}

func (r *rig) batch(id string) (b Batch) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { b, err = batchByID(tx, id); return err })
	return b
}

// state is a batch's lines' states, in their order.
func (r *rig) state(id string) (out string) {
	r.t.Helper()
	var list []string
	r.read(func(tx *db.Tx) error {
		lines, err := linesAfter(tx, id, 0, 1000)
		list = nil
		for _, l := range lines {
			list = append(list, strings.TrimSpace(string(l.State)+" "+l.Reason))
		}
		return err
	})
	return strings.Join(list, ", ")
}

func (r *rig) submit(who actor.Actor, id string) error {
	return r.desk.DB.Write(context.Background(), func(tx *db.Tx) error { _, err := r.SubmitTx(tx, who, id); return err })
}

func (r *rig) approve(who actor.Actor, id string) error {
	b := r.batch(id)
	return r.desk.DB.Write(context.Background(), func(tx *db.Tx) error { _, err := r.ApproveTx(tx, who, id, b.Hash); return err })
}

func (r *rig) cancel(who actor.Actor, id string) error {
	return r.desk.DB.Write(context.Background(), func(tx *db.Tx) error { _, err := r.CancelTx(tx, who, id); return err })
}

// approved brings a sheet to approval.
func (r *rig) approved(sheet string) string {
	r.t.Helper()
	id := r.call("jkm", "POST", "/v1/payouts", "text/csv", sheet, "").payout(r.t).ID
	must(r.t, r.submit(officer("aminah"), id))
	must(r.t, r.approve(officer("badrul"), id))
	return id
}

func (r *rig) drain() {
	r.t.Helper()
	must(r.t, r.desk.Outbox.Drain(context.Background()))
}

// later lets time pass, and the room ask the bank.
func (r *rig) later(d time.Duration) {
	r.t.Helper()
	r.clock.Advance(d)
	must(r.t, r.Enquire(context.Background()))
	r.drain()
}

func (r *rig) balance(code string) (n int64) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		a, err := r.desk.Ledger.AccountTx(tx, code)
		n = int64(a.Balance())
		return err
	})
	return n
}

func (r *rig) available() (n int64) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		a, _, err := r.FundOf(tx, "jkm", false)
		n = int64(a)
		return err
	})
	return n
}

// sound insists on the ledger's invariants and on this room's, and that the bank has
// paid nobody twice.
func (r *rig) sound() {
	r.t.Helper()
	a, err := r.desk.Ledger.Audit(context.Background())
	must(r.t, err)
	if all := append(a.Wrong, r.wrong()...); len(all) > 0 {
		r.t.Errorf("the books are wrong:\n%s", strings.Join(all, "\n"))
	}
}

// wrong is what the cash desk's audit and the room's find.
func (r *rig) wrong() []string {
	r.t.Helper()
	desk, err := r.desk.Audit(context.Background())
	must(r.t, err)
	room, err := r.Audit(context.Background())
	must(r.t, err)
	return append(desk, room...)
}

const header = "akaun,bank,nama,amaun,rujukan,butiran\n"

// sheet is a sheet of some payments: "account amount".
func sheet(of ...string) string {
	var b strings.Builder
	b.WriteString(header)
	for i, x := range of {
		account, amount, _ := strings.Cut(x, " ")
		fmt.Fprintf(&b, "%s,MBBEMYKL,Penerima %c,%s,R-%s-%d,Bantuan\n", account, 'A'+i%26, amount, account, i)
	}
	return b.String()
}

// order is a pain.001 of jkm's with one payment.
func (r *rig) order(message, e2e, name string) string {
	r.t.Helper()
	var account string
	r.read(func(tx *db.Tx) error {
		c, err := r.desk.CollectorTx(tx, "jkm")
		account = c.Account
		return err
	})
	return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>` + message + `</MsgId><CreDtTm>2026-11-30T09:00:00</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>JKM</Nm></InitgPty></GrpHdr>` +
		`<PmtInf><PmtInfId>P</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-30</Dt></ReqdExctnDt><Dbtr><Nm>JKM</Nm></Dbtr><DbtrAcct><Id><Othr><Id>` + account + `</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>MBBEMYKL</BICFI></FinInstnId></DbtrAgt>` +
		`<CdtTrfTxInf><PmtId><EndToEndId>` + e2e + `</EndToEndId></PmtId><Amt><InstdAmt Ccy="MYR">5.00</InstdAmt></Amt><CdtrAgt><FinInstnId><BICFI>CIBBMYKL</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>` + name + `</Nm></Cdtr><CdtrAcct><Id><Othr><Id>7012345678</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>` +
		`</PmtInf></CstmrCdtTrfInitn></Document>`
}
