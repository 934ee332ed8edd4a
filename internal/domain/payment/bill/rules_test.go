package bill

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

func at(day string, hour int) int64 {
	d, _ := clock.ParseDay(day)
	return clock.Micro(d.Add(time.Duration(hour) * time.Hour))
}

func TestOverdue(t *testing.T) {
	for _, c := range []struct {
		b    Bill
		day  string
		want bool
	}{
		{Bill{State: Open, DueOn: "2026-12-31"}, "2026-12-31", false},
		{Bill{State: Open, DueOn: "2026-12-31"}, "2027-01-01", true},
		{Bill{State: PartPaid, DueOn: "2026-12-31"}, "2027-01-01", true},
		{Bill{State: Paid, DueOn: "2026-12-31"}, "2027-01-01", false},
		{Bill{State: Cancelled, DueOn: "2026-12-31"}, "2027-01-01", false},
		{Bill{State: Open}, "2027-01-01", false},
	} {
		if got := c.b.Overdue(at(c.day, 23)); got != c.want {
			t.Errorf("%+v on %s: %t", c.b, c.day, got)
		}
	}
	if endOf("soon") != 0 || endOf("2026-12-31") != at("2027-01-01", 0) {
		t.Error("the end of a day is the first moment after it")
	}
}

// All that is owed may be paid, and a part only where parts are taken: from the
// least of one to all.
func TestMay(t *testing.T) {
	whole := Bill{State: Open, Amount: 1000}
	parts := Bill{State: PartPaid, Amount: 1000, Paid: 200, Partial: true, Least: 100}
	rest := Bill{State: PartPaid, Amount: 1000, Paid: 950, Partial: true, Least: 100}
	done := Bill{State: Paid, Amount: 1000, Paid: 1000, Partial: true, Least: 1}
	for _, c := range []struct {
		b    Bill
		good []money.Amount
		bad  []money.Amount
	}{
		{whole, []money.Amount{1000}, []money.Amount{-1, 0, 1, 999, 1001}},
		{parts, []money.Amount{100, 101, 799, 800}, []money.Amount{0, 99, 801, 1000}},
		{rest, []money.Amount{50}, []money.Amount{0, 49, 51, 100}},
		{done, nil, []money.Amount{0, 1, 1000}},
	} {
		for _, a := range c.good {
			if !c.b.May(a, 0) {
				t.Errorf("%+v does not take %d", c.b, a)
			}
		}
		for _, a := range c.bad {
			if c.b.May(a, 0) {
				t.Errorf("%+v takes %d", c.b, a)
			}
		}
	}
}

// Each bill and each link is good but for one thing.
func TestWrongAlone(t *testing.T) {
	good := Bill{Amount: 1000, Partial: true, Least: 1000, DueOn: "2026-12-31", Prices: []Price{{"2026-12-01", 500}, {"2026-12-02", 500}}}
	for what, change := range map[string]func(b *Bill){
		"": func(*Bill) {}, "a least of one": func(b *Bill) { b.Least = 1 }, "a price that stays": func(b *Bill) { b.Prices[1].Amount = 1000 },
		"prices: one day twice":    func(b *Bill) { b.Prices[1].Until = "2026-12-01" },
		"prices: backwards":        func(b *Bill) { b.Prices[1].Until = "2026-11-01" },
		"prices: one that falls":   func(b *Bill) { b.Prices[1].Amount = 499 },
		"prices: the last falls":   func(b *Bill) { b.Prices[1].Amount = 1001 },
		"prices: no day":           func(b *Bill) { b.Prices[0].Until = "2026-02-30" },
		"due_date: no day":         func(b *Bill) { b.DueOn = "2026-02-30" },
		"least_amount: nothing":    func(b *Bill) { b.Least = 0 },
		"least_amount: above all":  func(b *Bill) { b.Least = 1001 },
		"least_amount: below zero": func(b *Bill) { b.Least = -1 },
	} {
		b := good
		b.Prices = slices.Clone(good.Prices)
		change(&b)
		want, _, wrong := strings.Cut(what, ":")
		if field, _ := b.wrong(); wrong && field != want || !wrong && field != "" {
			t.Errorf("%s: %q", what, field)
		}
	}
	words := locale.Text{MS: "a", EN: "b"}
	open := Product{Slug: strings.Repeat("a", 60), Title: words, Least: 1, Most: payment.Most}
	fixed := Product{Slug: "a", Title: words, Fixed: payment.Most}
	for what, p := range map[string]Product{
		"": open, "fixed": fixed, "one amount": {Slug: "a", Title: words, Least: 5, Most: 5}, "a test": {Slug: "test-a", Title: words, Fixed: 1},
		"slug: long":             {Slug: strings.Repeat("a", 61), Title: words, Fixed: 1},
		"slug: a test's of real": {Slug: "test-a", Live: true, Title: words, Fixed: 1},
		"slug: capitals":         {Slug: "A", Title: words, Fixed: 1},
		"title: no Malay":        {Slug: "a", Title: locale.Text{EN: "b"}, Fixed: 1},
		"title: no English":      {Slug: "a", Title: locale.Text{MS: "a"}, Fixed: 1},
		"price: and a least":     {Slug: "a", Title: words, Fixed: 1, Least: 1},
		"price: and a most":      {Slug: "a", Title: words, Fixed: 1, Most: 1},
		"price: too much":        {Slug: "a", Title: words, Fixed: payment.Most + 1},
		"price: a most too much": {Slug: "a", Title: words, Least: 1, Most: payment.Most + 1},
		"min_amount: none":       {Slug: "a", Title: words, Most: 1},
		"min_amount: above most": {Slug: "a", Title: words, Least: 2, Most: 1},
		"a real one":             {Slug: "a-test-b", Live: true, Title: words, Fixed: 1},
	} {
		want, _, wrong := strings.Cut(what, ":")
		if field, _ := p.wrong(); wrong && field != want || !wrong && field != "" {
			t.Errorf("%s: %q", what, field)
		}
	}
	for _, c := range []struct {
		p    Product
		a    money.Amount
		want bool
	}{
		{fixed, payment.Most, true}, {fixed, 1, false}, {open, 1, true}, {open, payment.Most, true}, {open, 0, false}, {open, payment.Most + 1, false},
		{Product{Most: 5}, 0, false}, {Product{Least: 1, Most: 5}, 1, true}, // without a least, nothing is taken
	} {
		if c.p.May(c.a) != c.want {
			t.Errorf("%+v and %d: %t", c.p, c.a, !c.want)
		}
	}
}

// A reminder is of a price that rises and of the last day, each day once.
func TestEnds(t *testing.T) {
	b := Bill{Amount: 300, DueOn: "2026-12-03", Prices: []Price{{"2026-12-01", 100}, {"2026-12-02", 200}, {"2026-12-03", 200}}}
	if got := b.ends(); !slices.Equal(got, []string{"2026-12-01", "2026-12-03"}) {
		t.Error(got)
	}
}

func TestClean(t *testing.T) {
	if got := clean(" a\x1fb\x7fc\nd !"); got != "a b c d !" {
		t.Errorf("%q", got)
	}
}

// What an officer types is a bill, or the field is named that is wrong.
func TestTypedBill(t *testing.T) {
	good := map[string]string{"number": "B-1", "what_ms": "Saman", "what_en": "Summons", "amount": "10000000", "early": "10,000,000.00", "until": "2026-12-01",
		"due": "2026-12-31", "id_number": "950412005124", "partial": "yes", "least": "10"}
	read := func(change ...string) (Bill, string, string) {
		form := url.Values{}
		for name, text := range good {
			form.Set(name, text)
		}
		for i := 0; i < len(change); i += 2 {
			form.Set(change[i], change[i+1])
		}
		req := httptest.NewRequest("POST", "/", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return typedBill(req)
	}
	b, number, field := read()
	if field != "" || number != "950412005124" || b.Amount != payment.Most || len(b.Prices) != 1 || b.Prices[0] != (Price{"2026-12-01", payment.Most}) || b.Least != 1000 || b.DueOn != "2026-12-31" {
		t.Errorf("%+v %s %s", b, number, field)
	}
	if b, _, field := read("what_ms", "a\u202eb", "number", "1\u2066"); field != "" || b.What.MS != "a b" || b.Number != "1" {
		t.Errorf("letters that turn others round: %+v %s", b, field)
	}
	if b, number, field = read("early", "", "partial", "", "least", "x", "id_number", ""); field != "" || number != "" || b.Prices != nil || b.Partial || b.Least != 0 {
		t.Errorf("%+v %s %s", b, number, field)
	}
	for _, c := range [][3]string{{"number", "", "number"}, {"what_ms", "", "what_ms"}, {"what_en", "", "what_ms"}, {"amount", "x", "amount"}, {"amount", "0", "amount"},
		{"amount", "10000000.01", "amount"}, {"early", "x", "early"}, {"early", "0", "early"}, {"early", "10000000.01", "early"}, {"least", "x", "least"}, {"least", "", "least"},
		{"id_number", "12", "id_number"}} {
		if _, _, field := read(c[0], c[1]); field != c[2] {
			t.Errorf("%s %q: %q", c[0], c[1], field)
		}
	}
}

// A desk has its own agency's bills, and those of its own money.
func TestOfDesk(t *testing.T) {
	d := payment.Desk{Collector: payment.Collector{Agency: "jpj"}, Live: true}
	for _, c := range []struct {
		agency string
		live   bool
		err    error
		want   fault.Code
	}{{"jpj", true, nil, ""}, {"jpn", true, nil, fault.Missing}, {"jpj", false, nil, fault.Missing}, {"", false, db.ErrNoRows, fault.Missing},
		{"", false, fault.New(fault.Conflict, "x"), fault.Conflict}} {
		if got := fault.CodeOf(ofDesk(d, c.agency, c.live, c.err)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// The fields of a request inside of which there are others.
func TestInnerFields(t *testing.T) {
	body := func(text string) payment.Body {
		req := httptest.NewRequest("POST", "/", strings.NewReader(`{"x": `+text+`, "prices": `+text+`}`))
		req.Header.Set("Content-Type", "application/json")
		f, _, bad := payment.ReadBody(req, "P")
		if bad != nil {
			t.Fatalf("%s: %v", text, bad)
		}
		return f
	}
	words := func(ms, en string) string {
		text, _ := json.Marshal(map[string]string{"ms": ms, "en": en})
		return string(text)
	}
	long := strings.Repeat("é", 255)
	for _, c := range []struct {
		text   string
		needed bool
		ok     bool
	}{
		{words("a", "b"), true, true}, {words(long, long), true, true}, {words(long+"é", "b"), true, false}, {words("a", long+"é"), true, false},
		{words("", ""), true, false}, {words("", ""), false, true}, {words("a", ""), false, false}, {words("", "b"), false, false}, {words(" ", "\n"), true, false},
		{words("a\u202eb", "b"), true, false}, {words("a", "b\u202e"), true, false},
		{`"a"`, true, false}, {`{"ms": "a", "en": 1}`, true, false},
	} {
		if _, bad := wordsOf(body(c.text), "P", "x", c.needed); (bad == nil) != c.ok {
			t.Errorf("%.60s (%t): %v", c.text, c.needed, bad)
		}
	}
	price := func(n int, amount string) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"until": "2026-12-%02d", "amount": %s}`, i+1, amount))
		}
		return "[" + strings.Join(list, ",") + "]"
	}
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{price(10, "1"), true}, {price(11, "1"), false}, {price(1, "1000000000"), true}, {price(1, "1000000001"), false}, {price(1, "0"), false}, {price(1, "1.5"), false},
		{price(1, "1e3"), false}, {price(1, "99999999999999999999"), false}, {`[{"until": "2026-12-01", "sum": 5}]`, false}, {`[{"until": 5, "amount": 5}]`, false}, {`{}`, false},
	} {
		if _, bad := pricesOf(body(c.text)); (bad == nil) != c.ok {
			t.Errorf("%.60s: %v", c.text, bad)
		}
	}
}
