package mt940

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// What may stand around and in a statement is read; what is near to it is refused.
func TestReadsWhatBanksWrite(t *testing.T) {
	want, entries, err := read(sample)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"a mark of UTF-8":        {"{1:F01", "\ufeff{1:F01"},
		"blocks on their lines":  {"}{4:", "}\r\n{4:"},
		"a field in block 4":     {"}{4:\r\n", "}{4:"},
		"a block 4 with a field": {"}{4:\r\n", "}\r\n{4:"},
		"an end on its line":     {"{5:-}", "\r\n{5:-}"},
		"blank lines between":    {"-}\r\n{1:", "-}\r\n \r\n{1:"},
		"an end with its block":  {"-}\r\n{1:", "-}{5:{CHK:1}}\r\n{1:"},
		"two forward availables": {":64:D261231MYR5,00\r\n", ":64:D261231MYR5,00\r\n:65:D270101MYR5,00\r\n:65:D270102MYR5,00\r\n"},
	} {
		all, got, err := read(replaced(t, pair[0], pair[1]))
		if err != nil || !reflect.DeepEqual(all, want) || !reflect.DeepEqual(got, entries) {
			t.Errorf("%s: %v %+v", name, err, all)
		}
	}
	const bare = ":20:A\r\n:25:1\r\n:28C:1\r\n:60F:C261130MYR0,\r\n:61:261130C5,NTRFX\r\n:62F:C261130MYR5,"
	for _, end := range []string{"", "\r\n", "\r\n-", "\n-\n"} {
		if all, _, err := read(bare + end); err != nil || len(all) != 1 || len(all[0].Wrong) != 0 {
			t.Errorf("ended by %q: %v %+v", end, err, all)
		}
	}
	for name, pair := range map[string][2]string{"UTF-8": {"?20one", "?20caf\u00e9 \u6728"}, "ISO 8859-1": {"?20one", "?20caf\xe9"}} {
		if _, got, err := read(replaced(t, pair[0], pair[1])); err != nil || !strings.HasPrefix(strings.Replace(got[0].Info, " \u6728", "", 1), "?20caf\u00e9\n") {
			t.Errorf("%s: %v %q", name, err, got[0].Info)
		}
	}
	for name, c := range map[string]struct {
		old, with string
		want      error
	}{
		"words between":      {"-}\r\n{1:", "-}\r\nhello\r\n{1:", iso20022.ErrMessage},
		"a NUL at the begin": {"SUPPLEMENT", "\x00", iso20022.ErrCharset},
		"an entry before":    {":60F:C261129MYR100,\r\n", "", iso20022.ErrMessage},
		"a page":             {":28C:333/1", ":28C:333/x", iso20022.ErrValue},
	} {
		if _, _, err := read(replaced(t, c.old, c.with)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func replaced(t *testing.T, old, with string) string {
	t.Helper()
	if !strings.Contains(sample, old) {
		t.Fatalf("there is no %q", old)
	}
	return strings.Replace(sample, old, with, 1)
}

// An error of who takes the entries is given back as it is; one of the file is
// never the file's end.
func TestErrorsAreGivenBack(t *testing.T) {
	mine := errors.New("mine")
	if _, err := Read(strings.NewReader(sample), func(*iso20022.Statement, iso20022.Entry) error { return mine }); err != mine {
		t.Error(err)
	}
	whole := sample[:strings.Index(sample, "-}")+2]
	if _, _, err := read(whole); err != nil {
		t.Fatal(err)
	}
	_, err := Read(io.MultiReader(strings.NewReader(whole), iotest.ErrReader(mine)), func(*iso20022.Statement, iso20022.Entry) error { return nil })
	if !errors.Is(err, mine) {
		t.Errorf("%v", err)
	}
}

// A sum that no amount holds is said, and never taken for nothing.
func TestSumsHaveABound(t *testing.T) {
	const most = "C261130MYR99999999999999," // and two digits more: 10^16 sen
	file := func(n int, opening string) string {
		return ":20:A\r\n:25:1\r\n:28C:1\r\n:60F:" + opening + "\r\n" + strings.Repeat(":61:261130C99999999999999,NTRFX\r\n", n) + ":62F:C261130MYR0,\r\n-\r\n"
	}
	all, _, err := read(file(922, most))
	if err != nil || len(all) != 1 || len(all[0].Wrong) != 1 {
		t.Errorf("the opening balance and the entries leave an amount, and it says zero: %v %+v", err, all)
	}
	if _, _, err := read(file(930, "C261130MYR0,")); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("the entries leave an amount: %v", err)
	}
	const each = money.Amount(999999999999_99)
	for name, c := range map[string]struct {
		n       int
		opening money.Amount
	}{"the entries": {92234, 0}, "the opening balance and the entries": {92233, each}} {
		s := iso20022.Statement{ID: "A", Last: true, Account: iso20022.Account{Other: "1", Currency: "MYR"}, Balances: []iso20022.Balance{
			{Code: iso20022.Opening, Amount: c.opening, Currency: "MYR", Date: "2026-11-29"}, {Code: iso20022.Closing, Currency: "MYR", Date: "2026-11-30"}}}
		w := NewWriter(io.Discard, s)
		for range c.n {
			_ = w.Entry(iso20022.Entry{Amount: each, Currency: "MYR", Credit: true, Value: "2026-11-30"})
		}
		if err := w.Close(); err == nil {
			t.Errorf("%s leave an amount, and it was written", name)
		}
	}
}

// Each field that is written is good but for one thing, up to its bound.
func TestWriterBounds(t *testing.T) {
	write := func(change func(*iso20022.Statement, *iso20022.Entry)) (string, error) {
		s := iso20022.Statement{ID: "A", Last: true, Page: 1, Account: iso20022.Account{Other: "1", Currency: "MYR"}, Balances: []iso20022.Balance{
			{Code: iso20022.Opening, Currency: "MYR", Date: "2026-11-29"}, {Code: iso20022.Closing, Amount: 5, Currency: "MYR", Date: "2026-11-30"}}}
		e := iso20022.Entry{Amount: 5, Currency: "MYR", Credit: true, Value: "2026-11-30", Code: "NMSC"}
		change(&s, &e)
		var out bytes.Buffer
		err := Write(&out, s, []iso20022.Entry{e})
		return out.String(), err
	}
	money15 := func(a money.Amount, currency string) func(*iso20022.Statement, *iso20022.Entry) {
		return func(s *iso20022.Statement, e *iso20022.Entry) {
			e.Amount, e.Currency, s.Account.Currency, s.Balances[0].Currency = a, currency, currency, currency
			s.Balances[1].Amount, s.Balances[1].Currency = a, currency
		}
	}
	value := func(day string) func(*iso20022.Statement, *iso20022.Entry) {
		return func(_ *iso20022.Statement, e *iso20022.Entry) { e.Value = day }
	}
	for name, c := range map[string]struct {
		change func(*iso20022.Statement, *iso20022.Entry)
		ok     bool
	}{
		"a sequence":                  {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Sequence, s.Page = 99999, 99999 }, true},
		"a sequence below":            {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Sequence = -1 }, false},
		"a sequence above":            {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Sequence = 100000 }, false},
		"a page above":                {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Page = 100000 }, false},
		"no id":                       {func(s *iso20022.Statement, _ *iso20022.Entry) { s.ID = "" }, false},
		"an id of other letters":      {func(s *iso20022.Statement, _ *iso20022.Entry) { s.ID = "\u00e9" }, false},
		"fifteen characters":          {money15(999999999999_99, "MYR"), true},
		"sixteen characters":          {money15(1000000000000_00, "MYR"), false},
		"no currency of ISO 4217's":   {money15(5, "ABC"), false},
		"the first day":               {value("1980-01-01"), true},
		"the day before":              {value("1979-12-31"), false},
		"the last day":                {value("2079-12-31"), true},
		"the day after":               {value("2080-01-01"), false},
		"only the day it was booked":  {func(_ *iso20022.Statement, e *iso20022.Entry) { e.Value, e.Booked = "", "2026-11-30" }, true},
		"the day it was booked is no": {func(_ *iso20022.Statement, e *iso20022.Entry) { e.Booked = "soon" }, false},
	} {
		if text, err := write(c.change); (err == nil) != c.ok {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
	for want, change := range map[string]func(*iso20022.Statement, *iso20022.Entry){
		"NMSCNONREF\r\n:62F:": func(*iso20022.Statement, *iso20022.Entry) {}, // nothing stands between
		":60F:C261129MYR0,00": func(*iso20022.Statement, *iso20022.Entry) {}, // nothing is owed by nobody
		"C0,05NTRFNONREF\r\n:62F:": func(_ *iso20022.Statement, e *iso20022.Entry) {
			e.Code, e.Details = "N\u00e9A", []iso20022.Detail{{}}
		},
		"NMSC1234567890123456//6543210987654321\r\n": func(_ *iso20022.Statement, e *iso20022.Entry) {
			e.Reference, e.Bank = "1234567890123456", "6543210987654321"
		},
	} {
		if text, err := write(change); err != nil || !strings.Contains(text, want) {
			t.Errorf("no %q: %v %s", want, err, text)
		}
	}
	for _, reference := range []string{"12345678901234567", "a\u00e9", "a//b", "/a", "a/"} {
		text, err := write(func(_ *iso20022.Statement, e *iso20022.Entry) { e.Reference, e.Bank = reference, reference })
		if err != nil || !strings.Contains(text, "NMSCNONREF\r\n") {
			t.Errorf("%s: %v %s", reference, err, text)
		}
	}
	s := iso20022.Statement{ID: "A", Last: true, Account: iso20022.Account{Other: "1", Currency: "MYR"}, Balances: []iso20022.Balance{
		{Code: iso20022.Opening, Currency: "MYR", Date: "2026-11-29"}, {Code: iso20022.Closing, Currency: "MYR", Date: "2026-11-30"}}}
	if err := Write(full{}, s, nil); err == nil {
		t.Error("the disk is full, and nothing says so")
	}
}

// full is a disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

// Only SWIFT's own characters are written.
func TestLatin(t *testing.T) {
	const kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ \n"
	for c := range rune(128) {
		got := latin(string(c))
		if strings.ContainsRune(kept, c) && got != string(c) || strings.Trim(got, kept) != "" {
			t.Errorf("%s is written %q", fmt.Sprintf("%q", c), got)
		}
	}
}
