package bill_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/bill"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
	"balai/internal/ui"
)

var treasurer = actor.Actor{Person: "aminah", Post: "a", Role: "jpj/treasurer", Agency: "jpj", AAL: 2}

// desk is what a handler answers an actor whom the policies let in; values are
// those of the path.
func (r *rig) desk(by actor.Actor, method, pattern string, form url.Values, values ...string) (a answer, code fault.Code) {
	r.t.Helper()
	texts, err := locale.Load(web.Texts, ui.Texts, directory.Texts, ledger.Texts, payment.Texts, bill.Texts)
	if err != nil {
		r.t.Fatal(err)
	}
	l := texts.For(locale.English)
	query := ""
	if len(values)%2 == 1 {
		query, values = values[0], values[1:]
	}
	req := httptest.NewRequest(method, base+pattern+query, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(values); i += 2 {
		req.SetPathValue(values[i], values[i+1])
	}
	req = req.WithContext(ui.WithSite(web.With(req.Context(), by, l), ui.Site{L: l, Actor: by, Name: locale.Same("Balai"), BaseURL: base}))
	w := httptest.NewRecorder()
	for _, x := range r.Bills.Routes() {
		if x.Method == method && x.Pattern == pattern {
			err := x.Handler(w, req)
			return answer{status: w.Code, header: w.Header(), text: w.Body.String()}, fault.CodeOf(err)
		}
	}
	r.t.Fatalf("no route %s %s", method, pattern)
	return a, ""
}

func (r *rig) number(query string, args ...any) (n int64) {
	r.t.Helper()
	if err := r.db.Read(context.Background(), func(tx *db.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *rig) exec(query string, args ...any) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err })
}

// other enables a second agency, and gives a key of its own.
func (r *rig) other(live bool) (key string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.Directory.LoadTx(tx, directory.Set{Agencies: []directory.Agency{{ID: "jpn", Name: locale.Same("JPN"), Level: directory.Federal}},
			Units: []directory.Unit{{ID: "jpn", Agency: "jpn", Name: locale.Same("JPN"), State: "MY-16"}}})
	})
	if _, err := r.Enable(r.t.Context(), actor.System("balai"), "jpn", ""); err != nil {
		r.t.Fatal(err)
	}
	r.write(func(tx *db.Tx) (err error) {
		_, key, err = r.MakeKeyTx(tx, actor.System("balai"), "jpn", "theirs", live)
		return err
	})
	return key
}

// What is one agency's, and of one kind of money, no other key reads, ends or goes
// on after; and no desk of another agency's shows or ends it.
func TestNothingOfAnotherAgency(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons).str("bill_id")
		p := r.call("POST", "/v1/products", hall, "").str("product_id")
		own, theirs, live := r.key, r.other(false), ""
		r.write(func(tx *db.Tx) (err error) {
			_, live, err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "live", true)
			return err
		})
		asks := func(want bool) {
			t.Helper()
			for path, status := range map[string]int{"/v1/bills/" + b: 200, "/v1/products/" + p: 200, "/v1/bills?cursor=" + b: 200, "/v1/products?cursor=" + p: 200} {
				if a := r.call("GET", path, "", ""); (a.status == status) != want {
					t.Errorf("%s: %d %s", path, a.status, a.text)
				}
			}
		}
		asks(true)
		for _, r.key = range []string{theirs, live} {
			asks(false)
			if a := r.call("POST", "/v1/bills/"+b+"/cancel", "", ""); a.status != http.StatusNotFound {
				t.Errorf("%d %s", a.status, a.text)
			}
			if a := r.call("DELETE", "/v1/products/"+p, "", ""); a.status != http.StatusNotFound {
				t.Errorf("%d %s", a.status, a.text)
			}
		}
		at := func(agency, query, method, pattern string) fault.Code {
			_, code := r.desk(treasurer, method, pattern, nil, query, "agency", agency, "bill", b, "link", p)
			return code
		}
		for _, route := range [][2]string{{"GET", "/payments/{agency}/bills/bill/{bill}"}, {"POST", "/payments/{agency}/bills/bill/{bill}/cancel"},
			{"GET", "/payments/{agency}/bills/link/{link}"}, {"POST", "/payments/{agency}/bills/link/{link}/end"}} {
			if code := at("jpn", "", route[0], route[1]); code != fault.Missing {
				t.Errorf("another agency's desk: %s: %q", route, code)
			}
			r.Demo = false // the desk is of real money, and shows tests where it is asked to
			if code := at("jpj", "", route[0], route[1]); code != fault.Missing {
				t.Errorf("the desk of real money: %s: %q", route, code)
			}
			if code := at("jpj", "?test=1", route[0], route[1]); code != "" {
				t.Errorf("their own desk: %s: %q", route, code)
			}
			r.Demo = true
		}
		r.key = own
		if state, _ := r.stands(b); state != "cancelled" {
			t.Errorf("their own desk did not end it: %s", state)
		}
		for _, unknown := range []string{"/v1/bills/01a229f7-4280-7048-95c9-6cc0a1b2c3d4", "/v1/products/01a229f7-4280-7048-95c9-6cc0a1b2c3d4"} {
			if a := r.call("GET", unknown, "", ""); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", unknown, a.status)
			}
		}
		if a := r.call("POST", "/v1/bills/01a229f7-4280-7048-95c9-6cc0a1b2c3d4/cancel", "", ""); a.status != http.StatusNotFound {
			t.Errorf("%d", a.status)
		}
	})
}

// An officer bills somebody and makes a link: once by a number or an address,
// with every field in order, and both end once.
func TestDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		form := func(of map[string]string, change ...string) url.Values {
			out := url.Values{}
			for name, text := range of {
				out.Set(name, text)
			}
			for i := 0; i < len(change); i += 2 {
				out.Set(change[i], change[i+1])
			}
			return out
		}
		post := func(rest string, form url.Values, values ...string) answer {
			t.Helper()
			a, code := r.desk(treasurer, "POST", "/payments/{agency}/bills"+rest, form, append([]string{"agency", "jpj"}, values...)...)
			if code != "" {
				t.Fatalf("%s: %q", rest, code)
			}
			return a
		}
		note := map[string]string{"number": "D-1", "what_ms": "Saman", "what_en": "Summons", "amount": "150", "early": "75", "until": "2026-12-14", "due": "2026-12-31", "id_number": "950412-00-5124"}
		link := map[string]string{"slug": "Sewa", "title_ms": "Sewa", "title_en": "Rent", "min": "1", "max": "5", "ref_ms": "Nama", "ref_en": "Name", "about_ms": "a", "about_en": "b"}
		for _, c := range []struct {
			rest, field string
			form        url.Values
		}{
			{"/bill", "bill-amount", form(note, "amount", "x")}, {"/bill", "bill-until", form(note, "until", "2026-02-30")}, {"/bill", "bill-due", form(note, "due", "soon")},
			{"/bill", "bill-least", form(note, "partial", "yes", "least", "151")},
			{"/link", "link-slug", form(link, "slug", strings.Repeat("a", 61))}, {"/link", "link-title_ms", form(link, "title_en", "")}, {"/link", "link-price", form(link, "price", "x")},
			{"/link", "link-price", form(link, "price", "5")}, {"/link", "link-min", form(link, "min", "6")}, {"/link", "link-about_ms", form(link, "about_en", "")},
			{"/link", "link-ref_ms", form(link, "ref_en", "")},
		} {
			if a := post(c.rest, c.form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `id="`+c.field+`-error"`) || strings.Count(a.text, `-error"`) > 4 {
				t.Errorf("%s %s: %d", c.rest, c.field, a.status)
			}
		}
		if n := r.number(`select (select count(*) from bill_bill) + (select count(*) from bill_product)`); n != 0 {
			t.Errorf("what was refused made %d", n)
		}
		a := post("/bill", form(note))
		_, id, _ := strings.Cut(a.header.Get("Location"), "/bills/bill/")
		if a.status != http.StatusSeeOther || r.call("GET", "/v1/bills/"+id, "", "").num("amount_owed") != 7500 {
			t.Fatalf("%d %s", a.status, a.header.Get("Location"))
		}
		if a := post("/bill", form(note)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `id="bill-number-error"`) || !strings.Contains(a.text, `value="D-1"`) {
			t.Errorf("one number twice: %d", a.status)
		}
		a = post("/link", form(link))
		_, made, _ := strings.Cut(a.header.Get("Location"), "/bills/link/")
		if a.status != http.StatusSeeOther || r.call("GET", "/v1/products/"+made, "", "").str("slug") != "sewa" {
			t.Fatalf("%d %s", a.status, a.header.Get("Location"))
		}
		if a := post("/link", form(link)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `id="link-slug-error"`) {
			t.Errorf("one address twice: %d", a.status)
		}
		list, code := r.desk(treasurer, "GET", "/payments/{agency}/bills", nil, "agency", "jpj")
		if code != "" || !strings.Contains(list.text, "D-1") || !strings.Contains(list.text, "Rent") || strings.Contains(list.text, "-error") {
			t.Errorf("%q %s", code, list.text)
		}
		for range 2 { // pressed twice
			if a := post("/bill/{bill}/cancel", nil, "bill", id); a.status != http.StatusSeeOther {
				t.Errorf("%d", a.status)
			}
			if a := post("/link/{link}/end", nil, "link", made); a.status != http.StatusSeeOther {
				t.Errorf("%d", a.status)
			}
		}
		for range 51 {
			post("/bill", form(note, "number", fmt.Sprint("L-", r.number(`select count(*) from bill_bill`))))
		}
		var ids []string
		r.write(func(tx *db.Tx) (err error) {
			ids, err = db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err }, `select id from bill_bill order by id desc`)
			return err
		})
		for _, c := range []struct {
			query string
			want  int
			last  string
			more  bool
		}{{"", 50, ids[49], true}, {"?before=" + ids[49], 2, ids[51], false}, {"?before=" + ids[1], 50, ids[51], false}} {
			a, _ := r.desk(treasurer, "GET", "/payments/{agency}/bills", nil, c.query, "agency", "jpj")
			if got := strings.Count(a.text, "/payments/jpj/bills/bill/"); got != c.want || strings.Contains(a.text, "before="+c.last) != c.more {
				t.Errorf("%s: %d bills, and more %t", c.query, got, !c.more)
			}
		}
	})
}

// Nothing is asked for that is not owed, and what an address asks for has a bound.
func TestAskedForNoMore(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		next := func(a answer) string {
			return strings.TrimPrefix(a.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
		}
		whole, parts := next(r.billed(summons)), next(r.billed(inParts))
		for page, amounts := range map[string][]string{whole: {"1", "74.99", "75.01", "150", "x", "-75", "0"}, parts: {"9.99", "100.01", "0", "x", "1e2"}} {
			for _, amount := range amounts {
				if a, to := r.send(page, url.Values{"amount": {amount}}); a.status != http.StatusUnprocessableEntity {
					t.Errorf("%s: %d %s", amount, a.status, to)
				}
			}
		}
		if list := r.call("GET", "/v1/payments", "", ""); list.num("total") != 0 {
			t.Errorf("what was refused made payments: %s", list.text)
		}
		if a := r.get(parts); strings.Contains(a.text, "1970") {
			t.Error("a price that stays has an end")
		}
		r.pay(r.asked(whole, ""), true)
		if a := r.get(whole); strings.Contains(a.text, "14 December 2026") {
			t.Error("of a bill that is paid, the price ends")
		}
		r.call("POST", "/v1/products", hall, "")
		for i, page := range []string{parts, "/p/jpj/sewa-dewan"} {
			r.from = fmt.Sprintf("203.0.113.%d:1", i)
			refused := 0
			for range 125 {
				if a, _ := r.send(page, url.Values{"amount": {"20"}, "reference": {"x"}}); a.status == http.StatusTooManyRequests {
					refused++
				}
			}
			if refused != 5 {
				t.Errorf("%s: %d of 125 were refused", page, refused)
			}
		}
	})
}

// A link's order is refused whoever asks for it: of one that has ended, of an
// amount that is not its own; and its reference is the payer's only where it asks.
func TestOrders(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		make := func(p bill.Product) bill.Product {
			p.Agency, p.Title = "jpj", locale.Same("Yuran")
			r.write(func(tx *db.Tx) (err error) { p, err = r.MakeLinkTx(tx, journal.By{Agency: "jpj"}, p); return err })
			return p
		}
		order := func(p bill.Product, amount int64, reference string) (to string, code fault.Code) {
			err := r.db.Write(t.Context(), func(tx *db.Tx) (err error) {
				to, err = r.OrderTx(tx, p, money.Amount(amount), reference, locale.Malay)
				return err
			})
			return strings.TrimPrefix(to, base), fault.CodeOf(err)
		}
		fixed, named := make(bill.Product{Slug: "tetap", Fixed: 100}), make(bill.Product{Slug: "nama", Fixed: 100, Reference: locale.Same("Nama")})
		for _, c := range []struct {
			p         bill.Product
			amount    int64
			reference string
			want      fault.Code
		}{{fixed, 100, "typed", ""}, {fixed, 99, "", fault.Invalid}, {named, 100, "typed", ""}, {named, 100, "", fault.Invalid}} {
			to, code := order(c.p, c.amount, c.reference)
			if code != c.want {
				t.Errorf("%s of %d: %q", c.p.Slug, c.amount, code)
			}
			if code != "" {
				continue
			}
			id, _ := r.payment(to)
			if got, want := r.call("GET", "/v1/payments/"+id, "", "").str("reference"), map[string]string{"tetap": "tetap", "nama": "typed"}[c.p.Slug]; got != want {
				t.Errorf("%s: %s", c.p.Slug, got)
			}
		}
		r.write(func(tx *db.Tx) error { return r.EndLinkTx(tx, journal.By{Agency: "jpj"}, fixed) })
		fixed.EndedAt = 1
		if _, code := order(fixed, 100, ""); code != fault.Missing {
			t.Errorf("a link that has ended: %q", code)
		}
		if err := r.db.Write(t.Context(), func(tx *db.Tx) error { return r.EndLinkTx(tx, journal.By{Agency: "jpj"}, fixed) }); fault.CodeOf(err) != fault.Missing {
			t.Errorf("it ends twice: %v", err)
		}
		r.Demo = false
		if p := make(bill.Product{Slug: "test-a", Fixed: 1}); p.Slug != "test-a" {
			t.Errorf("the mark of tests twice: %s", p.Slug)
		}
		if err := r.db.Write(t.Context(), func(tx *db.Tx) error {
			_, err := r.CancelTx(tx, journal.By{Agency: "jpj"}, bill.Bill{ID: "none", State: bill.Open})
			return err
		}); err == nil {
			t.Error("a bill ended that there is not")
		}
	})
}

// Whom a bill is to: a test beside real money is to nobody, a number of nobody is
// no company's, and where two bills have a number, real money's is found.
func TestAddressees(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		to := func(number string) (person string) {
			r.write(func(tx *db.Tx) error {
				return tx.QueryRow(`select person from bill_bill where number = $1 order by live`, number).Scan(&person)
			})
			return person
		}
		r.billed(billTo("NOBODY", "900101-14-5678"))
		r.billed(billTo("COMPANY", "IP9999999-M"))
		r.billed(billTo("AISYAH", "950412-00-5124"))
		if a, b, c := to("NOBODY"), to("COMPANY"), to("AISYAH"); a != "" || b != "" || c != "aisyah" {
			t.Errorf("%q %q %q", a, b, c)
		}
		if n := r.number(`select count(*) from journal_subject where person = ''`); n != 0 {
			t.Errorf("%d entries are about somebody without a name", n)
		}
		r.Demo = false
		r.billed(summons)
		if person := to("SMN-1"); person != "" {
			t.Errorf("a test beside real money is to %q", person)
		}
		r.write(func(tx *db.Tx) (err error) {
			_, r.key, err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "live", true)
			return err
		})
		r.billed(strings.NewReplacer("15000", "22200", "7500", "11100").Replace(summons))
		if _, page := r.found("SMN-1", "5124"); !strings.Contains(r.get(page).text, "RM111.00") {
			t.Errorf("a test's bill is found before the real one: %s", page)
		}
		r.Demo = true
		if n := r.number(`select count(*) from bill_bill where number = 'SMN-1' and live and person = 'aisyah'`); n != 1 {
			t.Error("real money's bill is to nobody")
		}
	})
}

// A bill of before the digits were kept, to whom the register does not know, is
// found by its code, and by nothing else.
func TestOldBillOfNobodyKnown(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		code := r.billed(billTo("SHOP-9", "IP0104420-M")).str("check_code")
		r.exec(`update bill_bill set last_four = ''`)
		if a, _ := r.found("SHOP-9", "4420"); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", a.status)
		}
		if a, _ := r.found("SHOP-9", code); a.status != http.StatusSeeOther {
			t.Errorf("%d", a.status)
		}
	})
}

// Somebody's own bills: those that are owed still, and nobody's are nobody's.
func TestOwnBills(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a, nobody := r.billed(summons), r.billed(inParts)
		own := actor.Actor{Person: "aisyah"}
		owed := func() (bills int, sen int64) {
			r.write(func(tx *db.Tx) (err error) { bills, sen, err = r.OwedBy(tx, "aisyah"); return err })
			return bills, sen
		}
		if n, sen := owed(); n != 1 || sen != 7500 {
			t.Errorf("%d bills, %d", n, sen)
		}
		if _, code := r.desk(own, "POST", "/me/bills/{id}", nil, "id", nobody.str("bill_id")); code != fault.Missing {
			t.Errorf("nobody's bill: %q", code)
		}
		if _, code := r.desk(actor.Actor{}, "POST", "/me/bills/{id}", nil, "id", nobody.str("bill_id")); code != fault.Missing {
			t.Errorf("nobody's bill, by nobody: %q", code)
		}
		sent, _ := r.desk(own, "POST", "/me/bills/{id}", nil, "id", a.str("bill_id"))
		r.pay(sent.header.Get("Location"), true)
		if n, sen := owed(); n != 0 || sen != 0 {
			t.Errorf("%d bills, %d", n, sen)
		}
		if again, code := r.desk(own, "POST", "/me/bills/{id}", nil, "id", a.str("bill_id")); code != "" || again.header.Get("Location") != "/me/bills" {
			t.Errorf("%q %d %s", code, again.status, again.header.Get("Location"))
		}
		part := r.billed(strings.NewReplacer("CT-1", "CT-2", `{"number"`, `{"id_number": "950412-00-5124", "number"`).Replace(inParts)).str("bill_id")
		mine, _ := r.desk(own, "GET", "/me/bills", nil)
		if strings.Contains(mine.text, "Speeding summons</h2>") || !strings.Contains(mine.text, "Assessment tax") || !strings.Contains(mine.text, `id="amount-`+part+`"`) {
			t.Errorf("what is paid is asked for, or what is not, is not: %s", mine.text)
		}
		next := strings.TrimPrefix(a.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
		r.exec(`update bill_bill set id = 'x' where id = $1`, a.str("bill_id"))
		if gone := r.get(next); gone.status != http.StatusNotFound {
			t.Errorf("%d", gone.status)
		}
		r.exec(`update bill_bill set id = $1 where id = 'x'`, a.str("bill_id"))
	})
}

// What is wrong with a link's form is said at its field, beside what was typed.
func TestLinkAsksAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.call("POST", "/v1/products", hall, "")
		for field, form := range map[string]url.Values{"amount": {"amount": {"7777"}, "reference": {"Kenduri"}}, "reference": {"amount": {"20"}}} {
			a, _ := r.send("/p/jpj/sewa-dewan?lang=en", form)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, `id="`+field+`-error"`) || !strings.Contains(a.text, `href="#`+field+`"`) || strings.Count(a.text, `-error"`) > 4 || !strings.Contains(a.text, form.Get("amount")) {
				t.Errorf("%s: %d %s", field, a.status, a.text)
			}
		}
	})
}

// The audit of leaves: a record that was destroyed by right accuses nobody, and
// excuses no bill that nobody was billed for; what the journal never said of
// prices is not held against a bill.
func TestAuditOfLeaves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		leaf := func(kind, id string) (out string) {
			r.write(func(tx *db.Tx) error {
				return r.journal.Walk(tx, func(e journal.Entry) error {
					if e.Record.Kind == kind && e.Record.Data["bill"] == id {
						out = e.Leaf
					}
					return nil
				})
			})
			return out
		}
		says := func(id string) bool {
			t.Helper()
			wrong, err := r.Bills.Audit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return strings.Contains(strings.Join(wrong, "\n"), "the bill "+id+" was cancelled, and no leaf says so")
		}
		mine, nobody, other := r.billed(summons).str("bill_id"), r.billed(inParts).str("bill_id"), r.billed(billTo("A", "950412-00-5124")).str("bill_id")
		r.exec(`update bill_bill set state = 'cancelled' where id = $1`, mine)
		if !says(mine) {
			t.Error("no leaf was destroyed, and a person's bill is cancelled without one")
		}
		r.exec(`update bill_bill set state = 'open' where id = $1`, mine)
		if a := r.call("POST", "/v1/bills/"+other+"/cancel", "", ""); a.status != http.StatusNoContent {
			t.Fatal(a.text)
		}
		if _, err := r.journal.Sequence(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone := leaf("bill.cancelled", other)
		r.write(func(tx *db.Tx) error { return r.journal.Forget(tx, gone, journal.By{Agency: "jpj"}, "Act 709") })
		r.sound()
		r.exec(`update bill_bill set state = 'cancelled' where id = $1`, nobody)
		if !says(nobody) {
			t.Error("another's leaf that was destroyed excuses a bill of nobody")
		}
		r.exec(`update bill_bill set state = 'open' where id = $1`, nobody)
		r.write(func(tx *db.Tx) error { // as bills' leaves were before they had their prices
			_, err := r.journal.Append(tx, journal.Record{Kind: "bill.made", By: journal.By{Agency: "jpj"}, Why: locale.Same("x"), Data: map[string]any{"bill": mine, "amount": int64(15000)}})
			return err
		})
		r.sound()
		r.exec(`update journal_leaf set salt = null where leaf = $1`, leaf("bill.made", nobody))
		if wrong, err := r.Bills.Audit(t.Context()); err != nil || !strings.Contains(strings.Join(wrong, "\n"), "the journal is not sound") {
			t.Errorf("%q %v", wrong, err)
		}
	}, migrations()...)
}

// Each rule of the audit finds what it is there for, where the others find nothing.
func TestAuditRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id := r.billed(inParts).str("bill_id")
		part := `insert into bill_payment (payment, bill, amount, receipt, is_kept, at) values ('p', $1, $2, 'r', $3, 1)`
		for name, c := range map[string]struct {
			state      string
			paid, came int64
			kept       bool
			says       string
		}{
			"as it is": {"part_paid", 5, 5, true, ""}, "what went back": {"open", 0, 5, false, ""},
			"more than came": {"part_paid", 6, 5, true, "was paid more or less"}, "what went back is kept": {"part_paid", 5, 5, false, "was paid more or less"},
			"overpaid": {"paid", 10001, 10001, true, "was overpaid"}, "open, and paid": {"open", 5, 5, true, "was overpaid"},
			"paid in part, of nothing": {"part_paid", 0, 0, true, "was overpaid"}, "paid, of nothing": {"paid", 0, 0, true, "was overpaid"},
		} {
			r.exec(`delete from bill_payment`)
			r.exec(part, id, c.came, c.kept)
			r.exec(`update bill_bill set state = $1, paid = $2`, c.state, c.paid)
			wrong, err := r.Bills.Audit(t.Context())
			if err != nil || (len(wrong) != 0) != (c.says != "") || c.says != "" && !strings.Contains(wrong[0], c.says) {
				t.Errorf("%s: %q %v", name, wrong, err)
			}
		}
	}, migrations()...)
}

// Two agencies may have one number; a test's payment is a test's; and what was
// typed in secret is not shown again.
func TestWhoseNumber(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		own, theirs := r.key, r.other(false)
		r.billed(summons)
		r.key = theirs
		r.billed(strings.NewReplacer("15000", "22200", "7500", "11100").Replace(summons))
		for agency, says := range map[string]string{"jpj": "RM75.00", "jpn": "RM111.00"} {
			_, page := r.send("/bill", url.Values{"agency": {agency}, "number": {"SMN-1"}, "code": {"5124"}})
			a := r.get(page)
			if !strings.Contains(a.text, says) || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %s", agency, page)
			}
		}
		if a, _ := r.found("SMN-1", "SECRET99"); strings.Contains(a.text, "SECRET99") || !strings.Contains(a.text, `value="SMN-1"`) {
			t.Errorf("%d %s", a.status, a.text)
		}
		r.key = own
		for _, slug := range []string{"satu", "dua"} {
			r.call("POST", "/v1/products", strings.Replace(hall, "sewa-dewan", slug, 1), "")
		}
		first := r.call("GET", "/v1/products", "", "").body["results"].([]any)[0].(map[string]any)["product_id"].(string)
		r.call("DELETE", "/v1/products/"+first, "", "")
		if a := r.call("GET", "/v1/products", "", ""); strings.Contains(a.text, "dua") || !strings.Contains(a.text, "satu") {
			t.Errorf("%s", a.text)
		}
		if a := r.get("/bill"); strings.Contains(a.text, "/p/jpj/dua") || !strings.Contains(a.text, "/p/jpj/satu") {
			t.Error("a link that has ended is shown")
		}
		if n, sen, err := func() (n int, sen int64, err error) {
			r.write(func(tx *db.Tx) error { n, sen, err = r.OwedBy(tx, ""); return err })
			return n, sen, err
		}(); n != 0 || sen != 0 || err != nil {
			t.Errorf("nobody owes %d bills", n)
		}
		r.Demo = false // beside real money
		b := r.billed(strings.Replace(inParts, "CT-1", "TEST-1", 1))
		page := r.asked(strings.TrimPrefix(b.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base), "")
		if live := r.number(`select count(*) from payment_payment where live`); live != 0 {
			t.Errorf("a test's bill asks for real money: %s", page)
		}
		r.Demo = true
	})
}
