package iso20022

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// What a schema would refuse is refused before it is written, with its place.
func TestWriterRefuses(t *testing.T) {
	good := func() (Statement, Entry) {
		return Statement{Kind: EndOfDay, Message: "M", ID: "S", Last: true, Created: time.Date(2026, 11, 30, 9, 0, 0, 0, clock.Zone), Account: Account{Other: "1", Currency: "MYR"},
				Balances: []Balance{{Closing, "", 1, "MYR", "2026-11-30"}}},
			Entry{Amount: 1, Currency: "MYR", Status: Booked, Details: []Detail{{}}}
	}
	for name, c := range map[string]struct {
		change func(*Statement, *Entry)
		want   error
		place  string
	}{
		"nothing":           {func(*Statement, *Entry) {}, nil, ""},
		"a negative amount": {func(_ *Statement, e *Entry) { e.Amount = -1 }, money.ErrAmount, "Ntry/Amt"},
		"too many digits":   {func(_ *Statement, e *Entry) { e.Amount = 1e18 }, money.ErrAmount, "Ntry/Amt"},
		"a currency":        {func(_ *Statement, e *Entry) { e.Currency = "RM" }, money.ErrAmount, "Ntry/Amt"},
		"a long id":         {func(s *Statement, _ *Entry) { s.ID = strings.Repeat("x", 36) }, ErrValue, "Stmt/Id"},
		"no message":        {func(s *Statement, _ *Entry) { s.Message = " " }, ErrMissing, "MsgId"},
		"no time":           {func(s *Statement, _ *Entry) { s.Created = time.Time{} }, ErrMissing, "CreDtTm"},
		"no account":        {func(s *Statement, _ *Entry) { s.Account = Account{} }, ErrMissing, "Acct"},
		"no kind":           {func(s *Statement, _ *Entry) { s.Kind = "" }, ErrValue, ""},
		"an IBAN":           {func(s *Statement, _ *Entry) { s.Account.IBAN = "1234" }, ErrValue, "IBAN"},
		"a BIC":             {func(_ *Statement, e *Entry) { e.Details[0].Debtor.Agent.BIC = "maybank" }, ErrValue, "BICFI"},
		"a UETR":            {func(_ *Statement, e *Entry) { e.Details[0].UETR = "x" }, ErrValue, "UETR"},
		"a day":             {func(_ *Statement, e *Entry) { e.Booked = "30.11.2026" }, ErrValue, "Dt"},
		"no day":            {func(s *Statement, _ *Entry) { s.Balances[0].Date = "" }, ErrMissing, "Bal/Dt"},
		"no status":         {func(_ *Statement, e *Entry) { e.Status = "" }, ErrMissing, "Sts/Cd"},
		"a page":            {func(s *Statement, _ *Entry) { s.Page = 100_000 }, ErrValue, "PgNb"},
		"totals":            {func(s *Statement, _ *Entry) { s.Totals = Totals{Credits: 1, CreditSum: 1} }, ErrValue, "TxsSummry"},
	} {
		s, e := good()
		c.change(&s, &e)
		var out bytes.Buffer
		w := NewStatementWriter(&out, s)
		err := w.Entry(e)
		if err == nil {
			err = w.Close()
		}
		var place *PlaceError
		if !errors.Is(err, c.want) || err != nil && (!errors.As(err, &place) || !strings.Contains(place.Element, c.place)) {
			t.Errorf("%s: %v, want %v at %s", name, err, c.want, c.place)
		}
	}
	var out bytes.Buffer
	w := NewInitiationWriter(&out, Initiation{Message: "M", Created: time.Now(), Count: 2, Sum: "1"})
	if err := w.Transfer(Transfer{Currency: "MYR"}); !errors.Is(err, ErrMissing) {
		t.Errorf("a transfer in no payment: %v", err)
	}
	w = NewInitiationWriter(&out, Initiation{Message: "M", Created: time.Now(), Count: 2, Sum: "1"})
	if err := errors.Join(w.Payment(Payment{ID: "P", Date: "2026-11-30", Debtor: Party{Account: Account{Other: "1"}}}), w.Transfer(Transfer{Amount: 100, Currency: "MYR"})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); !errors.Is(err, ErrValue) {
		t.Errorf("a count that lies: %v", err)
	}
}

// Words for people are cut at a character; an id never is.
func TestCutWords(t *testing.T) {
	for _, c := range [][2]string{{"ñé木🏛x", "ñé木🏛"}, {"  ab cd", "ab c"}, {"abc d", "abc"}, {"a\xffb", "a\uFFFDb"}} {
		if got := cut(c[0], 4); got != c[1] {
			t.Errorf("%q: %q, not %q", c[0], got, c[1])
		}
	}
}

// Sums are of plain numbers, whatever the currencies.
func TestSum(t *testing.T) {
	var s Sum
	if s.Text() != "0" {
		t.Error(s.Text())
	}
	for _, c := range []struct {
		amount         money.Amount
		currency, want string
	}{{1, "MYR", "0.01"}, {99, "MYR", "1"}, {5, "JPY", "6"}, {1, "CLF", "6.0001"}, {money.Max, "MYR", "92233720368547764.0701"}, {money.Max, "MYR", "184467440737095522.1401"}} {
		if s.Add(c.amount, c.currency); s.Text() != c.want {
			t.Errorf("%s, not %s", s.Text(), c.want)
		}
	}
}
