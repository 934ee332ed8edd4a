package bill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/money"
)

const summons = `{"number": "SMN-1", "description": {"ms": "Saman laju", "en": "Speeding summons"}, "amount": 15000, "id_number": "950412-00-5124", "due_date": "2026-12-31",
	"prices": [{"until": "2026-12-14", "amount": 7500}]}`

// found looks a bill up, and gives its page.
func (r *rig) found(number, code string) (answer, string) {
	r.t.Helper()
	return r.send("/bill", url.Values{"agency": {"jpj"}, "number": {number}, "code": {code}})
}

// A form that was sent with a field left empty asks for the field.
func TestFindAsksForWhatIsMissing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for _, left := range []struct{ path, form, asks string }{
			{"/bill", "number=1&code=2", "Choose the agency that the bill is from."},
			{"/bill", "agency=jpj&code=2", "Enter the bill’s number."},
			{"/bill", "agency=jpj&number=+", "Enter the check code,"},
			{"/receipt", "bank_ref=1&amount=2", "Choose the agency that was paid."},
			{"/receipt", "agency=jpj&amount=2", "Enter the bank’s reference."},
			{"/receipt", "agency=jpj&bank_ref=1", "Enter the amount"},
		} {
			form, err := url.ParseQuery(left.form)
			if err != nil {
				t.Fatal(err)
			}
			a, _ := r.send(left.path+"?lang=en", form)
			if text := strings.ReplaceAll(html.UnescapeString(a.text), "'", "’"); a.status != http.StatusUnprocessableEntity || strings.Count(text, left.asks) != 2 {
				t.Errorf("%s with %s: %d, %s", left.path, left.form, a.status, a.text)
			}
		}
		if a := r.get("/bill?lang=en"); !strings.Contains(a.text, "Choose an agency") || strings.Contains(a.text, "selected") {
			t.Errorf("%s", a.text)
		}
	})
}

// A bill is made by a program, found by who holds it, paid from a telephone, and
// has its receipt.
func TestBillIsPaid(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		if b.num("amount_owed") != 7500 || b.num("amount") != 15000 {
			t.Fatalf("%s", b.text)
		}
		a, page := r.found("SMN-1", strings.ToLower(b.str("check_code")))
		if a.status != http.StatusSeeOther || !strings.HasPrefix(page, "/bill/") {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if a := r.get(page); a.status != http.StatusOK || !strings.Contains(a.text, "RM75.00") || !strings.Contains(a.text, "RM150.00") {
			t.Fatalf("%d %s", a.status, a.text)
		}
		_, pay := r.send(page, nil)
		if _, again := r.send(page, nil); again != pay {
			t.Errorf("two people who pay one bill have two pages: %s, %s", pay, again)
		}
		r.pay(pay, true)
		now := r.call("GET", "/v1/bills/"+b.str("bill_id"), "", "")
		if s := now.body["state"].(map[string]any); s["status"] != "paid" || now.num("amount_paid") != 7500 || now.num("amount_owed") != 0 {
			t.Errorf("%s", now.text)
		}
		if parts := now.body["payments"].([]any); len(parts) != 1 || parts[0].(map[string]any)["receipt_number"] != "UJI-JPJ-2026-0000001" {
			t.Errorf("%s", now.text)
		}
		if a := r.get(page); !strings.Contains(a.text, "UJI-JPJ-2026-0000001") || strings.Contains(a.text, "<form method=\"post\" action=\"/bill/") {
			t.Errorf("%s", a.text)
		}
		r.sound()
	})
}

// asked gives the page on which an amount of a bill is paid; "" is all of it.
func (r *rig) asked(page, amount string) string {
	r.t.Helper()
	form := url.Values{}
	if amount != "" {
		form.Set("amount", amount)
	}
	a, to := r.send(page, form)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/pay/") {
		r.t.Fatalf("%d %s %s", a.status, to, a.text)
	}
	return to
}

func (r *rig) stands(id string) (state string, paid int64) {
	r.t.Helper()
	a := r.call("GET", "/v1/bills/"+id, "", "")
	return a.body["state"].(map[string]any)["status"].(string), a.num("amount_paid")
}

const inParts = `{"number": "CT-1", "description": {"ms": "Cukai taksiran", "en": "Assessment tax"}, "amount": 10000, "partial": true, "least_amount": 1000}`

// Whatever is asked for at once, and in whatever order it is paid, no more of a
// bill is kept than is owed, and its receipts are what was paid.
func TestNeverOverpaid(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}} {
			b := r.billed(strings.Replace(inParts, "CT-1", fmt.Sprint("CT-", i), 1))
			id, page := b.str("bill_id"), strings.TrimPrefix(b.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
			before, back := r.collected(), r.bank.back()
			var refs, ids []string
			var amounts []int64
			for _, amount := range []string{"", "40.00", "70"} {
				pid, n := r.payment(r.asked(page, amount))
				ids = append(ids, pid)
				refs, amounts = append(refs, r.call("GET", "/v1/payments/"+pid+"/qr", "", "").str("reference")), append(amounts, n)
			}
			var kept, all int64
			for _, n := range order {
				if kept+amounts[n] <= 10000 && kept == 0 { // other pages end with the first that is paid
					kept += amounts[n]
				}
				all += amounts[n]
				r.debit(refs[n], amounts[n], true)
				for _, other := range ids { // nobody goes on being asked for what is not owed any more
					if a := r.call("GET", "/v1/payments/"+other, "", ""); a.body["state"].(map[string]any)["finished"] != true {
						t.Errorf("%v: after the first payment another page still asks: %s", order, a.text)
					}
				}
			}
			if state, paid := r.stands(id); paid != kept || (state == "paid") != (kept == 10000) {
				t.Errorf("%v: %s, %d, not %d", order, state, paid, kept)
			}
			if got := r.collected() - before; got != kept || int64(r.bank.back()-back) != all-kept {
				t.Errorf("%v: %d were taken and %d went back of %d", order, got, r.bank.back()-back, all)
			}
			r.sound()
		}
	})
}

// Who has gone to the bank is not told that it failed: what comes of it is judged
// by what is owed then, and goes back whole.
func TestPaidAtTheBankMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(inParts)
		page := strings.TrimPrefix(b.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
		whole := r.asked(page, "")
		pid, _ := r.payment(whole)
		if a, to := r.send(whole, url.Values{"by": {"fpx"}}); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "https://bank.example") {
			t.Fatalf("%d %s", a.status, to)
		}
		r.pay(r.asked(page, "40"), true)
		if s := r.call("GET", "/v1/payments/"+pid, "", ""); s.body["state"].(map[string]any)["status"] != "submitted" {
			t.Errorf("%s", s.text)
		}
		r.clock.Advance(time.Second)
		r.debit(r.call("GET", "/v1/payments/"+pid+"/qr", "", "").str("reference"), 10000, true)
		if state, paid := r.stands(b.str("bill_id")); state != "part_paid" || paid != 4000 || r.collected() != 4000 || r.bank.back() != 10000 {
			t.Errorf("%s %d, %d taken, %d back", state, paid, r.collected(), r.bank.back())
		}
		a := r.call("GET", "/v1/bills/"+b.str("bill_id"), "", "")
		if parts := a.body["payments"].([]any); len(parts) != 2 || parts[1].(map[string]any)["kept"] != false {
			t.Errorf("%s", a.text)
		}
		r.pay(r.asked(page, ""), true)
		if state, paid := r.stands(b.str("bill_id")); state != "paid" || paid != 10000 {
			t.Errorf("%s %d", state, paid)
		}
		r.sound()
	})
}

// Cash is not taken for more of a bill than is owed by now: it could not go back.
func TestBillAtTheCounter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(inParts)
		page := strings.TrimPrefix(b.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
		whole := r.asked(page, "")
		pid, _ := r.payment(whole)
		if a, to := r.send(whole, url.Values{"by": {"fpx"}}); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "https://bank.example") {
			t.Fatalf("%d %s", a.status, to)
		}
		r.pay(r.asked(page, "40"), true)
		rest, _ := r.payment(r.asked(page, ""))
		cash := func(id string, amount money.Amount) fault.Code {
			return fault.CodeOf(r.db.Write(t.Context(), func(tx *db.Tx) error {
				c, err := r.CollectorTx(tx, "jpj")
				if err == nil {
					_, err = r.CounterTx(tx, actor.Actor{Person: "aminah", Post: "a", Role: "jpj/treasurer", Agency: "jpj"}, payment.Desk{Collector: c}, id, amount)
				}
				return err
			}))
		}
		if c := cash(pid, 10000); c != fault.Conflict {
			t.Errorf("cash for all of a bill of which a part is paid: %q", c)
		}
		if c := cash(rest, 6000); c != "" {
			t.Errorf("%q", c)
		}
		r.drain()
		if state, paid := r.stands(b.str("bill_id")); state != "paid" || paid != 10000 || r.bank.back() != 0 {
			t.Errorf("%s %d, %d back", state, paid, r.bank.back())
		}
		r.sound()
	})
}

// One bill is paid from eight telephones at once: one receipt, and the rest back.
func TestPaidAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		_, page := r.found("SMN-1", b.str("check_code"))
		pid, amount := r.payment(r.asked(page, ""))
		ref := r.call("GET", "/v1/payments/"+pid+"/qr", "", "").str("reference")
		for range 8 {
			r.debit(ref, amount, false)
		}
		var wg sync.WaitGroup
		for _, f := range r.bank.debits[ref] {
			wg.Go(func() {
				body, _ := json.Marshal(f)
				r.do("POST", "/bank/sandbox/MYJPJ", body, http.Header{"Content-Type": {"application/json"}})
			})
		}
		wg.Wait()
		r.drain()
		if state, paid := r.stands(b.str("bill_id")); state != "paid" || paid != 7500 || r.collected() != 7500 || r.bank.back() != 7*7500 {
			t.Errorf("%s %d, %d taken, %d back", state, paid, r.collected(), r.bank.back())
		}
		r.sound()
	})
}

// The page on which a bill is paid lives no longer than its price. What the bank
// took before that counts, whenever it tells; what it took after goes back.
func TestPriceOfTheDay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		_, page := r.found("SMN-1", b.str("check_code"))
		r.clock.Set(time.Date(2026, 12, 14, 15, 50, 0, 0, time.UTC)) // ten to midnight
		cheap, _ := r.payment(r.asked(page, ""))
		ref := r.call("GET", "/v1/payments/"+cheap+"/qr", "", "").str("reference")
		r.clock.Advance(11 * time.Minute)
		if a := r.call("GET", "/v1/bills/"+b.str("bill_id"), "", ""); a.num("amount_owed") != 15000 {
			t.Fatalf("%s", a.text)
		}
		dear, amount := r.payment(r.asked(page, ""))
		if dear == cheap || amount != 15000 {
			t.Fatalf("yesterday's price is still asked for: %d", amount)
		}
		if err := r.Expire(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.debit(ref, 7500, true)
		if state, paid := r.stands(b.str("bill_id")); state != "open" || paid != 0 || r.bank.back() != 7500 {
			t.Errorf("%s %d, %d back", state, paid, r.bank.back())
		}
		r.sound()
	})
}

// A transfer may take a week, and a price that ends before is not asked for by one:
// its page would outlive it. Where the price stays, it is.
func TestPriceAndTransfers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		_, page := r.found("SMN-1", b.str("check_code"))
		r.clock.Set(time.Date(2026, 12, 14, 1, 0, 0, 0, time.UTC))
		pay := r.asked(page, "")
		for _, by := range []string{"transfer", "counter"} {
			if a := r.get(pay + "?by=" + by); a.status != http.StatusOK || strings.Contains(a.text, pay+"?by="+by+`"`) {
				t.Errorf("%s: a price of today is asked for by a way that takes a week: %d", by, a.status)
			}
		}
		r.clock.Set(time.Date(2026, 12, 14, 16, 1, 0, 0, time.UTC))
		if a, _ := r.payment(r.asked(page, "")); a == "" {
			t.Fatal("no payment")
		}
		if again := r.asked(page, ""); again == pay || !strings.Contains(r.get(again).text, again+`?by=transfer"`) {
			t.Error("a price that stays is not asked for by a transfer")
		}
	})
}

// What was paid at ten to midnight is paid, though the bank tells it after.
func TestPaidBeforeTold(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		_, page := r.found("SMN-1", b.str("check_code"))
		r.clock.Set(time.Date(2026, 12, 14, 15, 50, 0, 0, time.UTC))
		r.pay(r.asked(page, ""), false)
		r.clock.Advance(11 * time.Minute)
		if err := r.Expire(context.Background()); err != nil { // it asks the bank before it ends a page
			t.Fatal(err)
		}
		r.drain()
		if state, paid := r.stands(b.str("bill_id")); state != "paid" || paid != 7500 || r.bank.back() != 0 {
			t.Errorf("%s %d, %d back", state, paid, r.bank.back())
		}
		r.sound()
	})
}

// What a bank took after midnight goes back, though yesterday's page was not ended
// yet: a bank's own page may stay open for as long as it likes.
func TestPaidAfterItsPrice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		_, page := r.found("SMN-1", b.str("check_code"))
		r.clock.Set(time.Date(2026, 12, 14, 15, 50, 0, 0, time.UTC))
		cheap, _ := r.payment(r.asked(page, ""))
		ref := r.call("GET", "/v1/payments/"+cheap+"/qr", "", "").str("reference")
		r.clock.Advance(10 * time.Minute) // midnight
		r.debit(ref, 7500, true)
		if state, paid := r.stands(b.str("bill_id")); state != "open" || paid != 0 || r.bank.back() != 7500 {
			t.Errorf("%s %d, %d back", state, paid, r.bank.back())
		}
		if err := r.Expire(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.pay(r.asked(page, ""), true)
		if state, paid := r.stands(b.str("bill_id")); state != "paid" || paid != 15000 || r.bank.back() != 7500 {
			t.Errorf("%s %d, %d back", state, paid, r.bank.back())
		}
		r.sound()
	})
}

// A bill that its agency cancelled takes nothing more.
func TestCancelled(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		b := r.billed(summons)
		_, page := r.found("SMN-1", b.str("check_code"))
		pid, amount := r.payment(r.asked(page, ""))
		ref := r.call("GET", "/v1/payments/"+pid+"/qr", "", "").str("reference")
		path := "/v1/bills/" + b.str("bill_id") + "/cancel"
		if a := r.call("POST", path, "", ""); a.status != http.StatusNoContent {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if a := r.call("POST", path, "", ""); a.status != http.StatusBadRequest || a.str("code") != "P2501" {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a, to := r.send(page, nil); to != page {
			t.Errorf("%d %s", a.status, to)
		}
		r.debit(ref, amount, true)
		if state, paid := r.stands(b.str("bill_id")); state != "cancelled" || paid != 0 || r.collected() != 0 || r.bank.back() != 7500 {
			t.Errorf("%s %d, %d back", state, paid, r.bank.back())
		}
		r.sound()
	})
}

// nonces are what differs between two answers to one request.
var nonces = regexp.MustCompile(`nonce-[A-Za-z0-9+/=_-]+`)

// What is looked up and not found is the same page, byte by byte, whether the
// number is a bill's or not, whether the code was wrong or there was none.
func TestLookUpsTellNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ask := func(number, code string) answer {
			t.Helper()
			a, _ := r.found(number, code)
			a.text = nonces.ReplaceAllString(a.text, "")
			a.header.Del("Content-Security-Policy")
			return a
		}
		unknown, digits := ask("SMN-1", "ABCD2345"), ask("SMN-1", "9999")
		b := r.billed(summons)
		for name, pair := range map[string][2]answer{"code": {unknown, ask("SMN-1", "ABCD2345")}, "digits": {digits, ask("SMN-1", "9999")}, "each other": {unknown, digits}} {
			if pair[0].status != http.StatusUnprocessableEntity || pair[0].text != pair[1].text || fmt.Sprint(pair[0].header) != fmt.Sprint(pair[1].header) {
				t.Errorf("%s: an unknown number and a wrong code are two answers: %d, %d", name, pair[0].status, pair[1].status)
			}
		}
		if a, page := r.found("SMN-1", "5124"); a.status != http.StatusSeeOther || !strings.HasPrefix(page, "/bill/") {
			t.Errorf("the last four digits: %d %s", a.status, page)
		}
		for i, number := range []string{"SMN-1", "SMN-2"} { // one that is there and one that is not, from many addresses
			refused := 0
			for n := range 12 {
				r.from = fmt.Sprintf("198.51.%d.%d:1", 100+i, n)
				if a, _ := r.found(number, "ABCD2345"); a.status == http.StatusTooManyRequests {
					refused++
				}
			}
			if refused == 0 {
				t.Errorf("%s: anybody may try codes without an end", number)
			}
		}
		page := strings.TrimPrefix(b.body["_links"].(map[string]any)["next_url"].(map[string]any)["href"].(string), base)
		for _, wrong := range []string{page[:len(page)-1], page + "a", "/bill/" + b.str("bill_id"), "/bill/" + b.str("bill_id") + "."} {
			if a := r.get(wrong); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", wrong, a.status)
			}
		}
	})
}

// A bill's document, made once for each id of a request and each number.
func TestBillAPI(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first := r.call("POST", "/v1/bills", summons, "k1")
		if again := r.call("POST", "/v1/bills", summons, "k1"); again.status != http.StatusCreated || again.str("bill_id") != first.str("bill_id") {
			t.Errorf("%d %s", again.status, again.text)
		}
		if a := r.call("POST", "/v1/bills", inParts, "k1"); a.status != http.StatusConflict || a.str("code") != "P0191" {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a := r.call("POST", "/v1/bills", summons, ""); a.status != http.StatusConflict || a.str("code") != "P2103" {
			t.Errorf("%d %s", a.status, a.text)
		}
		for body, field := range map[string]string{
			`{"number": "X", "amount": 1}`:                                                                                                                                "description",
			`{"number": "X", "description": {"ms": "a"}, "amount": 1}`:                                                                                                    "description",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 0}`:                                                                                         "amount",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 10.5}`:                                                                                      "amount",
			`{"number": "", "description": {"ms": "a", "en": "b"}, "amount": 5}`:                                                                                          "number",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "due_date": "31/12/2026"}`:                                                               "due_date",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "prices": [{"until": "2026-13-01", "amount": 1}]}`:                                       "prices",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "prices": [{"until": "2026-12-02", "amount": 1}, {"until": "2026-12-01", "amount": 1}]}`: "prices",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "currency": "USD"}`:                                                                      "currency",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "partal": true}`:                                                                         "partal",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "amount": 6}`:                                                                            "amount",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "prices": [{"until": "2026-12-02", "amount": 1, "amount": 2}]}`:                          "amount",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "prices": [{"until": "2026-12-02", "amount": -1}]}`:                                      "prices",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "partial": true}`:                                                                        "least_amount",
			`{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, "partial": true, "least_amount": 1, "prices": [{"until": "2026-12-02", "amount": 9}]}`:   "prices",
		} {
			if a := r.call("POST", "/v1/bills", body, ""); a.status/100 != 4 || a.str("field") != field {
				t.Errorf("%s: %d %s", body, a.status, a.text)
			}
		}
		// Inside of a field too: what is spelt wrong would be passed over.
		for more, field := range map[string]string{
			`"prices": [{"until": "2026-12-02", "amount": 1, "note": "x"}]`: "prices", `"prices": [{"Until": "2026-12-02", "amount": 1}]`: "prices",
			`"prices": [{"amount": 1}]`: "prices", `"prices": [{"until": "2026-12-02", "amount": "1"}]`: "prices", `"prices": [null]`: "prices",
			`"least_amount": 1`: "least_amount",
		} {
			body := `{"number": "X", "description": {"ms": "a", "en": "b"}, "amount": 5, ` + more + `}`
			if a := r.call("POST", "/v1/bills", body, ""); a.status != http.StatusUnprocessableEntity || a.str("field") != field {
				t.Errorf("%s: %d %s", body, a.status, a.text)
			}
		}
		if a := r.call("POST", "/v1/bills", `{"number": "X", "description": {"ms": "a", "en": "b", "fr": "c"}, "amount": 5}`, ""); a.status != http.StatusUnprocessableEntity || a.str("field") != "description" {
			t.Errorf("%d %s", a.status, a.text)
		}
		for i := range 4 {
			r.billed(strings.Replace(inParts, "CT-1", fmt.Sprint("L-", i), 1))
		}
		var seen []string
		for cursor := ""; ; {
			a := r.call("GET", "/v1/bills?display_size=2&cursor="+cursor, "", "")
			for _, b := range a.body["results"].([]any) {
				seen = append(seen, b.(map[string]any)["number"].(string))
			}
			if cursor = a.str("next_cursor"); cursor == "" {
				break
			}
		}
		if strings.Join(seen, " ") != "L-3 L-2 L-1 L-0 SMN-1" {
			t.Errorf("%v", seen)
		}
		for _, list := range []string{"bills", "products"} {
			for _, cursor := range []string{"zz", "%00", "01a229f7-4280-7048-95c9-6cc0a1b2c3d4"} {
				if a := r.call("GET", "/v1/"+list+"?cursor="+cursor, "", ""); a.status != http.StatusUnprocessableEntity || !strings.HasPrefix(a.str("code"), "P2") {
					t.Errorf("%s after %s: %d %s", list, cursor, a.status, a.text)
				}
			}
		}
		test := r.key
		r.write(func(tx *db.Tx) (err error) {
			_, r.key, err = r.MakeKeyTx(tx, actor.System("balai"), "jpj", "live", true)
			return err
		})
		if a := r.call("GET", "/v1/bills/"+first.str("bill_id"), "", ""); a.status != http.StatusNotFound {
			t.Errorf("a live key sees tests: %d", a.status)
		}
		if a := r.call("GET", "/v1/bills", "", ""); len(a.body["results"].([]any)) != 0 {
			t.Errorf("%s", a.text)
		}
		r.key = "api_test_x"
		if a := r.call("GET", "/v1/bills", "", ""); a.status != http.StatusUnauthorized {
			t.Errorf("%d", a.status)
		}
		r.key = test
	})
}

// Who makes a bill cheaper in the database, or ends it there, is found by the audit.
func TestAuditFindsAltered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.billed(`{"number": "A-1", "description": {"ms": "Saman", "en": "Summons"}, "amount": 15000, "prices": [{"until": "2099-12-01", "amount": 7500}]}`).str("bill_id")
		gone := r.billed(`{"number": "A-2", "description": {"ms": "Saman", "en": "Summons"}, "amount": 15000}`).str("bill_id")
		if a := r.call("POST", "/v1/bills/"+gone+"/cancel", "", ""); a.status != http.StatusNoContent && a.status != http.StatusOK {
			t.Fatal(a.status, a.text)
		}
		r.sound()
		for _, q := range [][2]string{
			{`update bill_bill set amount = 100`, `update bill_bill set amount = 15000`},
			{`update bill_bill set prices = replace(prices, '7500', '1') where number = 'A-1'`, `update bill_bill set prices = replace(prices, '1}', '7500}') where number = 'A-1'`},
			{`update bill_bill set number = 'A-3', id = 'x' where number = 'A-1'`, `update bill_bill set number = 'A-1', id = '` + id + `' where number = 'A-3'`},
			{`update bill_bill set state = 'cancelled', ended_at = 1 where number = 'A-1'`, `update bill_bill set state = 'open', ended_at = 0 where number = 'A-1'`},
		} {
			do := func(q string) {
				if err := r.db.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
					t.Fatal(err)
				}
			}
			do(q[0])
			wrong, err := r.Bills.Audit(t.Context())
			if err != nil || !strings.Contains(strings.Join(wrong, "\n"), id) {
				t.Errorf("%s: %q %v", q[0], wrong, err)
			}
			do(q[1])
			r.sound()
		}
	})
}
