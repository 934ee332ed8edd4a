package bill_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"balai/internal/domain/payment/bill"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

const hall = `{"slug": "sewa-dewan", "title": {"ms": "Sewa dewan", "en": "Hall rent"}, "min_amount": 1000, "max_amount": 50000, "reference_label": {"ms": "Nama majlis", "en": "Event"}}`

// Beside real money a link of tests has an address of its own, and never one at
// which people are to pay.
func TestLinkOfTests(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		link := func(live bool, slug, title string) (p bill.Product, code fault.Code) {
			err := r.db.Write(t.Context(), func(tx *db.Tx) (err error) {
				p, err = r.MakeLinkTx(tx, journal.By{Agency: "jpj"}, bill.Product{Agency: "jpj", Live: live, Slug: slug, Title: locale.Same(title), Fixed: 100})
				return err
			})
			return p, fault.CodeOf(err)
		}
		old, _ := link(false, "lama", "Ujian lama") // as a test's was before it had an address of its own
		r.Demo = false
		test, code := link(false, "yuran", "Ujian")
		if code != "" || test.Path() != "/p/jpj/test-yuran" {
			t.Fatalf("%q %s", code, test.Path())
		}
		for slug, title := range map[string]string{"yuran": "Yuran", "lama": "Yuran lain"} {
			real, code := link(true, slug, title)
			if code != "" || real.Path() != "/p/jpj/"+slug {
				t.Fatalf("a test keeps real money from its address: %q %s", code, real.Path())
			}
			if a := r.get(real.Path()); !strings.Contains(a.text, title) || strings.Contains(a.text, "Ujian") {
				t.Errorf("%s: %s", slug, a.text)
			}
		}
		if a := r.get("/bill"); !strings.Contains(a.text, "/p/jpj/yuran") || strings.Contains(a.text, test.Path()) {
			t.Error("beside real money a test's link is offered to everybody")
		}
		if a := r.get(test.Path()); a.status != http.StatusOK || !strings.Contains(a.text, "Ujian") {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a := r.call("GET", "/v1/products/"+old.ID, "", ""); a.str("status") != "inactive" {
			t.Errorf("%s", a.text)
		}
		for _, again := range []bool{false, true} {
			if _, code := link(again, "yuran", "Lagi"); code != fault.Conflict {
				t.Errorf("one address has two links (real: %t): %q", again, code)
			}
		}
		r.write(func(tx *db.Tx) (err error) {
			_, r.key, err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "real", true)
			return err
		})
		for _, more := range []string{`"currency": "USD"`, `"prise": 1`} {
			if a := r.call("POST", "/v1/products", strings.Replace(hall, "{", "{"+more+", ", 1), ""); a.status != http.StatusUnprocessableEntity || a.str("code") != "P2602" {
				t.Errorf("%s: %d %s", more, a.status, a.text)
			}
		}
		if a := r.call("POST", "/v1/products", strings.Replace(hall, "sewa-dewan", "test-sewa", 1), ""); a.status != http.StatusUnprocessableEntity || a.str("field") != "slug" {
			t.Errorf("real money has an address of tests: %d %s", a.status, a.text)
		}
	})
}

// Anybody pays by a link, each a payment of their own, within its limits and
// never outside of them.
func TestLink(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		made := r.call("POST", "/v1/products", hall, "k1")
		if again := r.call("POST", "/v1/products", hall, "k1"); made.status != http.StatusCreated || again.str("product_id") != made.str("product_id") {
			t.Fatalf("%d %s, %d", made.status, made.text, again.status)
		}
		if a := r.call("POST", "/v1/products", hall, ""); a.status != http.StatusConflict || a.str("code") != "P2603" {
			t.Errorf("%d %s", a.status, a.text)
		}
		const page = "/p/jpj/sewa-dewan"
		if a := r.get(page + "?lang=en"); a.status != http.StatusOK || !strings.Contains(a.text, "Hall rent") || !strings.Contains(a.text, "RM10.00") {
			t.Fatalf("%d %s", a.status, a.text)
		}
		for _, amount := range []string{"", "9.99", "500.01", "-20", "0", "20.005", "12,50", "1,00.50", "x", "99999999999999999999"} {
			if a, to := r.send(page, url.Values{"amount": {amount}, "reference": {"Majlis"}}); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %d %s", amount, a.status, to)
			}
		}
		if a, _ := r.send(page, url.Values{"amount": {"20"}, "reference": {" "}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("without a reference: %d", a.status)
		}
		if list := r.call("GET", "/v1/payments", "", ""); list.num("total") != 0 {
			t.Errorf("what was refused made payments: %s", list.text)
		}
		form := url.Values{"amount": {"RM 100.50"}, "reference": {"Kenduri"}}
		_, first := r.send(page, form)
		_, second := r.send(page, form)
		if first == second || !strings.HasPrefix(first, "/pay/") {
			t.Fatalf("two payers have one page: %s", first)
		}
		id := r.pay(first, true)
		if a := r.get(first + "?lang=en"); !strings.Contains(a.text, "Back to the agency&#39;s payment page") {
			t.Errorf("the way back is not said: %d %s", a.status, a.text)
		}
		if a := r.call("GET", "/v1/payments/"+id, "", ""); a.num("amount") != 10050 || a.str("reference") != "Kenduri" || a.str("receipt_number") == "" {
			t.Errorf("%s", a.text)
		}
		path := "/v1/products/" + made.str("product_id")
		if a := r.call("DELETE", path, "", ""); a.status != http.StatusNoContent {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if a := r.call("DELETE", path, "", ""); a.status != http.StatusNotFound {
			t.Errorf("%d", a.status)
		}
		if a := r.call("GET", path, "", ""); a.str("status") != "inactive" {
			t.Errorf("%s", a.text)
		}
		if a, _ := r.send(page, form); a.status != http.StatusNotFound {
			t.Errorf("a link that has ended takes money: %d", a.status)
		}
		if a := r.call("POST", "/v1/products", hall, ""); a.status != http.StatusCreated {
			t.Errorf("the address of a link that has ended is not free: %d %s", a.status, a.text)
		}
		r.sound()
	})
}

// A fixed price is the price, whatever is typed.
func TestFixedLink(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if a := r.call("POST", "/v1/products", `{"slug": "carian", "title": {"ms": "Carian", "en": "Search"}, "price": 1500}`, ""); a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.text)
		}
		_, to := r.send("/p/jpj/carian", url.Values{"amount": {"1"}})
		if _, amount := r.payment(to); amount != 1500 {
			t.Errorf("%d", amount)
		}
		for _, body := range []string{`{"slug": "A b", "title": {"ms": "a", "en": "b"}, "price": 1}`, `{"slug": "x", "title": {"ms": "a", "en": "b"}}`,
			`{"slug": "x", "title": {"ms": "a", "en": "b"}, "price": 5, "min_amount": 1}`, `{"slug": "x", "title": {"ms": "a", "en": "b"}, "min_amount": 5, "max_amount": 4}`,
			`{"slug": "x", "title": {"ms": "a", "en": "b"}, "min_amount": 5}`, `{"slug": "x", "title": {"ms": "a"}, "price": 5}`, `{"slug": "x"}`} {
			if a := r.call("POST", "/v1/products", body, ""); a.status/100 != 4 || a.status == http.StatusConflict {
				t.Errorf("%s: %d %s", body, a.status, a.text)
			}
		}
	})
}

// The rules of a bill, of whatever prices and payments: no more is taken than its
// price, what is taken adds up, and the end is the end.
func TestBillRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bill.Bill{Amount: money.Amount(rapid.Int64Range(1, 10_000).Draw(t, "amount")), Partial: rapid.Bool().Draw(t, "partial"), State: bill.Open}
		b.Least = money.Amount(rapid.Int64Range(1, int64(b.Amount)).Draw(t, "least"))
		for d := range rapid.IntRange(0, 4).Draw(t, "prices") {
			least := int64(1)
			if n := len(b.Prices); n > 0 && b.Partial {
				least = int64(b.Prices[n-1].Amount)
			}
			b.Prices = append(b.Prices, bill.Price{Until: fmt.Sprintf("2026-12-%02d", 1+3*d), Amount: money.Amount(rapid.Int64Range(least, int64(b.Amount)).Draw(t, "price"))})
		}
		at := start.UnixMicro()
		var sum money.Amount
		for range rapid.IntRange(1, 12).Draw(t, "payments") {
			asked := at
			at += rapid.Int64Range(0, 3*24*3_600_000_000).Draw(t, "later")
			amount := money.Amount(rapid.Int64Range(-5, 12_000).Draw(t, "paid"))
			price, until := b.PriceAt(asked)
			if until != 0 && until <= asked {
				t.Fatalf("a price that is over: %d", until)
			}
			was := b
			next, ok := b.Take(amount, asked, at)
			switch {
			case ok && (was.State.Ended() || amount <= 0 || next.Paid > price):
				t.Fatalf("%+v takes %d", was, amount)
			case !ok && (next.Paid != was.Paid || next.State != was.State):
				t.Fatalf("what is not owed changes %+v", was)
			case was.May(amount, asked) && !ok:
				t.Fatalf("%+v does not take %d, which it asked for", was, amount)
			}
			if ok {
				sum += amount
			}
			if b = next; b.Paid != sum || b.State.Ended() != (b.State == bill.Paid) || b.State == bill.Paid && b.Owed(at) != 0 {
				t.Fatalf("%+v, of which %d was paid", b, sum)
			}
		}
	})
}
