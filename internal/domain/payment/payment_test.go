package payment_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/hook"
)

func TestAskedOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.call("jpj", "POST", "/v1/payments", wanted, "k1")
		if a.status != http.StatusCreated || a.str("state", "status") != "created" || a.at("state", "finished") != false || a.at("amount") != 4550.0 {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if next := a.str("_links", "next_url", "href"); !strings.HasPrefix(next, base+"/pay/") || a.header.Get("Location") != a.str("_links", "self", "href") {
			t.Error(a.text)
		}
		if b := r.call("jpj", "POST", "/v1/payments", wanted, "k1"); b.status != http.StatusCreated || b.str("payment_id") != a.str("payment_id") {
			t.Errorf("the same request again: %d %s", b.status, b.text)
		}
		if b := r.call("jpj", "POST", "/v1/payments", strings.Replace(wanted, "4550", "1", 1), "k1"); b.status != http.StatusConflict || b.str("code") != "P0191" {
			t.Errorf("another body under a used key: %d %s", b.status, b.text)
		}
		if b := r.call("pdrm", "POST", "/v1/payments", wanted, "k1"); b.status != http.StatusCreated || b.str("payment_id") == a.str("payment_id") {
			t.Errorf("another agency's request: %d %s", b.status, b.text)
		}
		for _, path := range []string{"", "/events", "/refunds", "/qr"} {
			if b := r.call("pdrm", "GET", "/v1/payments/"+a.str("payment_id")+path, "", ""); b.status != http.StatusNotFound {
				t.Errorf("another agency reads %s: %d %s", path, b.status, b.text)
			}
		}
		// Fifty at once are one payment.
		var mu sync.Mutex
		ids := map[string]int{}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				b := r.call("jpj", "POST", "/v1/payments", wanted, "k2")
				mu.Lock()
				defer mu.Unlock()
				ids[fmt.Sprint(b.status, b.str("payment_id"))]++
			})
		}
		all.Wait()
		if len(ids) != 1 {
			t.Errorf("fifty requests under one id made %v", ids)
		}
		r.sound()
	})
}

// Bad input gets its exact code and makes nothing.
func TestBadRequests(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		with := func(name, value string) string {
			fields := []string{`"amount": 1`, `"reference": "r"`, `"description": "d"`, `"return_url": "https://a.example"`}
			for i, f := range fields {
				if strings.HasPrefix(f, `"`+name+`"`) {
					fields[i] = `"` + name + `": ` + value
					return "{" + strings.Join(fields, ",") + "}"
				}
			}
			return "{" + strings.Join(append(fields, `"`+name+`": `+value), ",") + "}"
		}
		for _, c := range []struct {
			body   string
			status int
			code   string
			field  string
		}{
			{`{`, 400, "P0197", ""}, {`[]`, 400, "P0197", ""}, {`null`, 400, "P0197", ""}, {`{} {}`, 400, "P0197", ""}, {with("amount", "1") + "}", 400, "P0197", ""}, {with("amount", "1") + "] x", 400, "P0197", ""},
			{with("reference", `" "`), 422, "P0102", "reference"}, {with("description", `"a\u202eb"`), 422, "P0102", "description"}, {with("reference", `"\u2067"`), 422, "P0102", "reference"},
			{`{}`, 400, "P0101", "amount"}, {with("amount", "null"), 400, "P0101", "amount"}, {with("reference", "null"), 400, "P0101", "reference"},
			{with("amount", "0"), 422, "P0102", "amount"}, {with("amount", "-1"), 422, "P0102", "amount"}, {with("amount", "1.5"), 422, "P0102", "amount"},
			{with("amount", `"10"`), 422, "P0102", "amount"}, {with("amount", "1e3"), 422, "P0102", "amount"}, {with("amount", "100000000000000000000"), 422, "P0102", "amount"},
			{with("amount", "1000000001"), 422, "P0102", "amount"}, {with("amount", "true"), 422, "P0102", "amount"}, {with("amount", "[1]"), 422, "P0102", "amount"},
			{with("currency", `"USD"`), 422, "P0102", "currency"}, {with("reference", "7"), 422, "P0102", "reference"}, {with("reference", `""`), 422, "P0102", "reference"},
			{with("description", `"`+strings.Repeat("d", 256)+`"`), 422, "P0102", "description"}, {with("description", `"a\u0000b"`), 422, "P0102", "description"},
			{with("return_url", `"javascript:alert(1)"`), 422, "P0102", "return_url"}, {with("return_url", `"//evil.example"`), 422, "P0102", "return_url"},
			{with("return_url", `"https://user@evil.example"`), 422, "P0102", "return_url"}, {with("email", `"nobody"`), 422, "P0102", "email"},
			{with("language", `"cy"`), 422, "P0102", "language"}, {with("delayed_capture", "true"), 422, "P0102", "delayed_capture"},
			{with("amont", "1"), 422, "P0102", "amont"}, {with("moto", "true"), 422, "P0102", "moto"}, {with("Currency", `"MYR"`), 422, "P0102", "Currency"},
			{`{"amount": 1, "amount": 2, "reference": "r", "description": "d", "return_url": "https://a.example"}`, 400, "P0197", "amount"},
			{`{"amount": 1, "am\u006funt": 2, "reference": "r", "description": "d", "return_url": "https://a.example"}`, 400, "P0197", "amount"},
			{with("metadata", `{"a": 1, "a": 2}`), 400, "P0197", "a"},
			{with("metadata", `{"a": {}}`), 422, "P0102", "metadata"}, {with("metadata", `[]`), 422, "P0102", "metadata"},
		} {
			if a := r.call("jpj", "POST", "/v1/payments", c.body, ""); a.status != c.status || a.str("code") != c.code || a.str("field") != c.field || a.str("description") == "" {
				t.Errorf("%s: %d %s", c.body, a.status, a.text)
			}
		}
		for name, h := range map[string]http.Header{"nobody": {}, "a key of none": {"Authorization": {"Bearer api_test_0"}}, "another scheme": {"Authorization": {"Basic " + r.keys["jpj"]}}} {
			if a := r.do("POST", "/v1/payments", []byte(wanted), h); a.status != http.StatusUnauthorized || a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
		if a := r.call("jpj", "GET", "/v1/payments", "", ""); a.at("total") != 0.0 {
			t.Errorf("something was made: %s", a.text)
		}
		for _, q := range []string{"page=0", "page=x", "display_size=501", "state=paid", "from_date=today", "cursor=zzz", "cursor=%00", "cursor=01a229f7-4280-7048-95c9-6cc0a1b2c3d4"} {
			if a := r.call("jpj", "GET", "/v1/payments?"+q, "", ""); a.status != 422 || a.str("code") != "P0401" {
				t.Errorf("%s: %d %s", q, a.status, a.text)
			}
		}
		if a := r.call("jpj", "GET", "/v1/payments?page=2", "", ""); a.status != 404 || a.str("code") != "P0402" {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}

// A debit at the bank is a receipt: told, lost and asked about, told twice.
func TestPaidByPhone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		d := r.bank.debit("MYJPJ", ref, 4550)
		for range 2 { // the bank tells again
			if a := r.tell("MYJPJ", d); a.status != http.StatusNoContent {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		a := r.state("jpj", id)
		if a.str("state", "status") != "success" || a.at("state", "finished") != true || a.str("receipt_number") != "UJI-JPJ-2026-0000001" || a.at("_links", "next_url") != nil {
			t.Errorf("%s", a.text)
		}
		if n := r.balance("agency:jpj-sandbox:collected"); n != 4550 {
			t.Errorf("%d in the books", n)
		}
		if notes := r.notes("jpj", false); notes != "" {
			t.Errorf("what the bank told twice is noted: %s", notes)
		}
		// The callback is lost: the bank is asked.
		other, ref := r.asked("jpj")
		r.bank.debit("MYJPJ", ref, 4550)
		r.clock.Advance(11 * time.Second)
		if err := r.Enquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := r.state("jpj", other); a.str("receipt_number") != "UJI-JPJ-2026-0000002" {
			t.Errorf("%s", a.text)
		}
		if page := r.do("GET", "/receipt/UJI-JPJ-2026-0000002", nil, nil); page.status != 200 || !strings.Contains(page.text, "RM45.50") || strings.Contains(page.text, "SMN-1") {
			t.Errorf("%d: who has the number alone reads more than its amount", page.status)
		}
		e := r.call("jpj", "GET", "/v1/payments/"+id+"/events", "", "")
		var steps []string
		for _, one := range e.at("events").([]any) {
			steps = append(steps, answer{body: one.(map[string]any)}.str("state", "status"))
		}
		if strings.Join(steps, " ") != "created started success" {
			t.Errorf("%v", steps)
		}
		r.sound()
	})
}

// What is forged, or is of another payment, changes nothing.
func TestForgedCallbacks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		good := func() map[string]any {
			return map[string]any{"id": "c1", "merchant": "MYJPJ", "reference": ref, "state": "paid", "amount": 4550, "currency": "MYR",
				"payee": r.bank.merchants["MYJPJ"]["account"], "bank_reference": "B9", "method": "qr"}
		}
		n := 0
		with := func(name string, value any) map[string]any {
			n++
			m := good()
			m["bank_reference"] = fmt.Sprint("B", n)
			m[name] = value
			return m
		}
		refused := map[string]answer{
			"nobody signed":          r.do("POST", "/bank/sandbox/MYJPJ", []byte(`{}`), nil),
			"another's secret":       r.tellSigned("MYJPJ", r.bank.merchants["MYPDRM"]["secret"], good()),
			"of another merchant":    r.tellSigned("MYPDRM", r.bank.merchants["MYPDRM"]["secret"], good()),
			"of no merchant":         r.tellSigned("MYNONE", hook.NewSecret(make([]byte, 32)), good()),
			"swapped to another one": r.tellSigned("MYPDRM", r.bank.merchants["MYJPJ"]["secret"], good()),
		}
		old, err := json.Marshal(good())
		if err != nil {
			t.Fatal(err)
		}
		h, _ := hook.Header("c1", r.clock.Now().Add(-time.Hour), old, r.bank.merchants["MYJPJ"]["secret"])
		refused["of an hour ago"] = r.do("POST", "/bank/sandbox/MYJPJ", old, h)
		for name, a := range refused {
			if a.status != http.StatusForbidden {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		for name, m := range map[string]map[string]any{
			"too little": with("amount", 4549), "too much": with("amount", 4551), "another currency": with("currency", "IDR"),
			"another account": with("payee", "999"), "no bank reference": with("bank_reference", ""), "a reference of none": with("reference", "X"),
			"failed after all": with("state", "none"), "a state of none": with("state", "gift"),
		} {
			if a := r.tell("MYJPJ", m); a.status != http.StatusNoContent {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
			if a := r.state("jpj", id); a.str("state", "status") != "started" {
				t.Errorf("%s: %s", name, a.text)
			}
		}
		// Another agency's bank reports a debit of this agency's attempt, into its own
		// account and into this one's.
		for _, payee := range []string{"MYPDRM", "MYJPJ"} {
			m := with("merchant", "MYPDRM")
			m["payee"] = r.bank.merchants[payee]["account"]
			r.tell("MYPDRM", m)
			if a := r.state("jpj", id); a.str("state", "status") != "started" {
				t.Errorf("%s: %s", payee, a.text)
			}
		}
		// Nothing is in the books, nothing goes back on a message's word alone, and
		// officers are told of what somebody tried.
		if n := r.count("ledger_transfer"); n != 0 {
			t.Errorf("%d transfers", n)
		}
		if n := r.count("payment_refund"); n != 0 {
			t.Errorf("%d refunds", n)
		}
		if got, want := r.notes("jpj", false), "forged 1, mismatch 3, stranger 1"; got != want {
			t.Errorf("jpj's officers are told %q, not %q", got, want)
		}
		if got, want := r.notes("pdrm", false), "forged 1, stranger 2"; got != want {
			t.Errorf("pdrm's officers are told %q, not %q", got, want)
		}
		r.sound()
	})
}

// Who pays twice, or too late, gets the money back; nobody asks for it.
func TestWhatIsNotOwedGoesBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		second := r.bank.debit("MYJPJ", ref, 4550) // from another phone
		r.tell("MYJPJ", second)
		r.tell("MYJPJ", second)
		late, ref := r.asked("jpj")
		r.clock.Advance(2 * time.Hour)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := r.state("jpj", late); a.str("state", "code") != "P0020" {
			t.Errorf("%s", a.text)
		}
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		if n := r.balance("unapplied:jpj-sandbox"); n != 9100 {
			t.Errorf("%d are unapplied", n)
		}
		r.drain()
		if len(r.bank.refunds) != 2 {
			t.Fatalf("%d refunds", len(r.bank.refunds))
		}
		found := false
		for _, f := range r.bank.refunds {
			found = found || f["bank_reference"] == second["bank_reference"]
		}
		if !found {
			t.Errorf("not the second phone's money goes back: %v", r.bank.refunds)
		}
		if a := r.state("jpj", id); a.str("state", "status") != "success" || a.at("refund_summary", "amount_submitted") != 0.0 {
			t.Errorf("%s", a.text)
		}
		if r.balance("unapplied:jpj-sandbox") != 0 || r.balance("agency:jpj-sandbox:collected") != 4550 || r.balance("clearing:jpj-sandbox:qr") != 4550 {
			t.Error("what went back is in the books")
		}
		r.sound()
	})
}

// While the bank gives no answer, nobody is told that a payment failed.
func TestUnknownIsNotFailed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.bank.debit("MYJPJ", ref, 4550)
		r.bank.away = true
		r.clock.Advance(3 * time.Hour)
		if err := r.Enquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := r.state("jpj", id); a.str("state", "status") != "started" {
			t.Errorf("%s", a.text)
		}
		r.bank.away = false
		r.clock.Advance(6 * time.Minute)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a := r.state("jpj", id); a.str("state", "status") != "success" {
			t.Errorf("%s", a.text)
		}
		r.sound()
	})
}

func TestRefund(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		refund := func(body, idem string) answer {
			return r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", body, idem)
		}
		if a := refund(`{"amount": 1}`, ""); a.status != 400 || a.str("code") != "P0603" {
			t.Errorf("of what is not paid: %d %s", a.status, a.text)
		}
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		for body, want := range map[string]string{`{}`: "P0601", `{"amount": 0}`: "P0602", `{"amount": -5}`: "P0602", `{"amount": 4551}`: "P0603",
			`{"amount": 1, "refund_amount_available": 4000}`: "P0604", `{"amount": 1.5}`: "P0602",
			`{"amount": 1, "currency": "USD"}`: "P0602", `{"amount": 1, "currency": null, "curency": "MYR"}`: "P0602", `{"amount": 1, "amount": 2}`: "P0697"} {
			if a := refund(body, ""); a.str("code") != want {
				t.Errorf("%s: %d %s", body, a.status, a.text)
			}
		}
		a := refund(`{"amount": 1000, "refund_amount_available": 4550}`, "r1")
		b := refund(`{"amount": 1000, "refund_amount_available": 4550}`, "r1")
		if a.status != http.StatusAccepted || a.str("refund_id") == "" || a.str("refund_id") != b.str("refund_id") {
			t.Errorf("%d %s; again %d %s", a.status, a.text, b.status, b.text)
		}
		if c := refund(`{"amount": 999}`, "r1"); c.status != http.StatusConflict {
			t.Errorf("another body: %d %s", c.status, c.text)
		}
		// Of many partial refunds at once no more goes back than came.
		var mu sync.Mutex
		taken := 0
		var all sync.WaitGroup
		for range 12 {
			all.Go(func() {
				if a := refund(`{"amount": 1000}`, ""); a.status == http.StatusAccepted {
					mu.Lock()
					taken++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if taken != 3 {
			t.Errorf("%d of 12 refunds of 1000 were taken, and 3550 were left", taken)
		}
		r.drain()
		if one := r.call("jpj", "GET", "/v1/payments/"+id+"/refunds/"+a.str("refund_id"), "", ""); one.str("status") != "success" {
			t.Errorf("%s", one.text)
		}
		if n := r.balance("agency:jpj-sandbox:collected"); n != 550 {
			t.Errorf("%d are left", n)
		}
		r.sound()
	})
}

// Numbers have no gap, whoever pays at once.
func TestReceiptsHaveNoGap(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var told []map[string]any
		for range 30 {
			_, ref := r.asked("jpj")
			told = append(told, r.bank.debit("MYJPJ", ref, 4550))
		}
		var all sync.WaitGroup
		for _, m := range told {
			for range 2 {
				all.Go(func() { r.tell("MYJPJ", m) })
			}
		}
		all.Wait()
		if n := r.balance("agency:jpj-sandbox:collected"); n != 30*4550 {
			t.Errorf("%d", n)
		}
		r.sound()
	})
}

// The page asks nothing: it shows the QR, other ways, and the receipt once it is
// paid, in both languages.
func TestPage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		page := strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		first := r.do("GET", page, nil, nil)
		for _, want := range []string{"RM45.50", "Saman", "SMN-1", "/qr.svg", "?by=fpx", "?by=card", "data-pay-status"} {
			if !strings.Contains(first.text, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if p := r.do("GET", page+"/qr.svg", nil, nil); p.status != 200 || p.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(p.text, "<svg") {
			t.Errorf("%d %s", p.status, p.header)
		}
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		if p := r.do("POST", page, []byte("by=fpx"), form); p.status != 303 || !strings.HasPrefix(p.header.Get("Location"), "https://bank.example/login/") {
			t.Errorf("%d %s", p.status, p.header)
		}
		if s := r.state("jpj", a.str("payment_id")); s.str("state", "status") != "submitted" {
			t.Errorf("%s", s.text)
		}
		q := r.call("jpj", "GET", "/v1/payments/"+a.str("payment_id")+"/qr", "", "")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", q.str("reference"), 4550))
		if s := r.do("GET", page+"/status", nil, nil); s.at("finished") != true {
			t.Errorf("%s", s.text)
		}
		done := r.do("GET", page+"?lang=en", nil, nil)
		if !strings.Contains(done.text, "<title>The payment was received") {
			t.Error("what the page is called does not say that it is paid")
		}
		if !strings.Contains(done.text, "UJI-JPJ-2026-0000001") || !strings.Contains(done.text, "https://agency.example/back") || strings.Contains(done.text, "/qr.svg") {
			t.Error("the page does not say that it is paid")
		}
		if p := r.do("POST", "/pay", []byte("chargeTokenId="+strings.TrimPrefix(page, "/pay/")), form); p.status != 303 || p.header.Get("Location") != page {
			t.Errorf("%d %s", p.status, p.header)
		}
		if p := r.do("GET", "/pay/none", nil, nil); p.status != 404 {
			t.Errorf("%d", p.status)
		}
		other := r.call("jpj", "POST", "/v1/payments", wanted, "")
		page = strings.TrimPrefix(other.str("_links", "next_url", "href"), base)
		ask := r.do("GET", page+"?leave=1", nil, nil)
		if s := r.state("jpj", other.str("payment_id")); s.str("state", "status") != "created" || !strings.Contains(ask.text, `value="cancel"`) {
			t.Errorf("who is asked whether to leave has left, or is not asked: %s", s.text)
		}
		if shown := r.do("GET", page, nil, nil); strings.Contains(shown.text, `value="cancel"`) || !strings.Contains(shown.text, page+"?leave=1") {
			t.Error("a payment ends by one press")
		}
		r.do("POST", page, []byte("by=cancel"), form)
		if over := r.do("GET", page+"?leave=1", nil, nil); strings.Contains(over.text, `value="cancel"`) {
			t.Error("what has ended is asked about")
		}
		if s := r.state("jpj", other.str("payment_id")); s.str("state", "code") != "P0030" {
			t.Errorf("%s", s.text)
		}
		if c := r.call("jpj", "POST", "/v1/payments/"+other.str("payment_id")+"/cancel", "", ""); c.status != 400 || c.str("code") != "P0501" {
			t.Errorf("%d %s", c.status, c.text)
		}
		third := r.call("jpj", "POST", "/v1/payments", wanted, "")
		if c := r.call("jpj", "POST", "/v1/payments/"+third.str("payment_id")+"/cancel", "", ""); c.status != 204 {
			t.Errorf("%d %s", c.status, c.text)
		}
		r.sound()
	})
}

// A transfer and a counter are ways to pay: the page says what to write and what
// to show, and the payment waits for them for a week.
func TestSlowWays(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		for _, by := range []string{"transfer", "counter"} {
			to := r.do("POST", page, []byte("by="+by), form)
			if to.status != http.StatusSeeOther || to.header.Get("Location") != page+"?by="+by {
				t.Fatalf("%s: %d %s", by, to.status, to.header)
			}
			got := r.do("GET", page+"?by="+by, nil, nil)
			if got.status != http.StatusOK || by == "transfer" && !strings.Contains(got.text, r.bank.merchants["MYJPJ"]["account"]) || strings.Contains(got.text, `value="`+by+`"`) {
				t.Fatalf("%s: %d %s", by, got.status, got.text)
			}
		}
		r.clock.Advance(6 * 24 * time.Hour)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := r.state("jpj", id); s.str("state", "status") != "started" {
			t.Errorf("after six days: %s", s.text)
		}
		r.clock.Advance(2 * 24 * time.Hour)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := r.state("jpj", id); s.str("state", "code") != "P0020" {
			t.Errorf("after eight days: %s", s.text)
		}
		r.sound()
	})
}

// A look at a slow way changes nothing: who opens its page, or whose browser does,
// is shown a button, and the payment ends when it would have ended.
func TestLookAtSlowWays(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.call("jpj", "POST", "/v1/payments", wanted, "")
		id, page := a.str("payment_id"), strings.TrimPrefix(a.str("_links", "next_url", "href"), base)
		for _, by := range []string{"transfer", "counter"} {
			got := r.do("GET", page+"?by="+by, nil, nil)
			if got.status != http.StatusOK || !strings.Contains(got.text, `value="`+by+`"`) || strings.Contains(got.text, r.bank.merchants["MYJPJ"]["account"]) {
				t.Errorf("%s: %d %s", by, got.status, got.text)
			}
		}
		if s := r.state("jpj", id); s.str("state", "status") != "created" {
			t.Errorf("two looks: %s", s.text)
		}
		r.clock.Advance(24 * time.Hour)
		if err := r.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := r.state("jpj", id); s.str("state", "code") != "P0020" {
			t.Errorf("a day after two looks: %s", s.text)
		}
		form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		if late := r.do("POST", page, []byte("by=transfer"), form); late.status != http.StatusSeeOther || late.header.Get("Location") != page {
			t.Errorf("chosen when it was over: %d %s", late.status, late.header)
		}
		r.sound()
	})
}

// A second telephone's debit of which the bank tells nothing goes back within a
// minute, and not only when the code can no longer be paid.
func TestSecondPhoneUntold(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		r.bank.debit("MYJPJ", ref, 4550) // and its message is lost
		r.clock.Advance(31 * time.Second)
		if err := r.Enquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.drain()
		if len(r.bank.refunds) != 1 {
			t.Errorf("%d refunds", len(r.bank.refunds))
		}
		if a := r.state("jpj", id); a.str("state", "status") != "success" || a.at("refund_summary", "amount_submitted") != 0.0 {
			t.Errorf("%s", a.text)
		}
		r.sound()
	})
}
