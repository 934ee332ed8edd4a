package mt940

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"

	"pgregory.net/rapid"
)

// day draws a day near the end of a year, of a month, or any.
var day = rapid.Custom(func(t *rapid.T) string {
	base := time.Date(1980, 7, 1, 0, 0, 0, 0, time.UTC)
	return base.AddDate(0, 0, rapid.IntRange(0, 36100).Draw(t, "day")).Format(time.DateOnly)
})

// nearby draws a day at most half a year from another.
func nearby(t *rapid.T, of string) string {
	d, err := time.Parse(time.DateOnly, of)
	if err != nil {
		t.Fatal(err)
	}
	return d.AddDate(0, 0, rapid.IntRange(-180, 180).Draw(t, "apart")).Format(time.DateOnly)
}

func drawStatement(t *rapid.T) (s iso20022.Statement, entries []iso20022.Entry) {
	currency := rapid.SampledFrom([]string{"MYR", "JPY", "KWD"}).Draw(t, "currency")
	amount := rapid.Custom(func(t *rapid.T) money.Amount { return money.Amount(rapid.Int64Range(0, 1e10).Draw(t, "amount")) })
	id := rapid.StringMatching(`[A-Z0-9]{1,16}`)
	var booked money.Amount
	s = iso20022.Statement{
		Kind: iso20022.EndOfDay, ID: id.Draw(t, "id"), Sequence: rapid.Int64Range(0, 99999).Draw(t, "sequence"), Page: rapid.Int64Range(1, 9).Draw(t, "page"),
		Last: rapid.Bool().Draw(t, "last"), Account: iso20022.Account{Other: id.Draw(t, "account"), Currency: currency},
	}
	s.Message = s.ID
	for range rapid.IntRange(0, 4).Draw(t, "entries") {
		e := iso20022.Entry{
			Reference: id.Draw(t, "reference"), Amount: amount.Draw(t, "amount"), Currency: currency, Credit: rapid.Bool().Draw(t, "credit"),
			Reversal: rapid.Bool().Draw(t, "reversal"), Status: iso20022.Booked, Value: day.Draw(t, "value"), Code: rapid.StringMatching(`[NFS][A-Z0-9]{3}`).Draw(t, "code"),
			Info: rapid.SampledFrom([]string{"", "CUKAI JALAN", "?00PAYMENT?20EREF+K3X9\n?32AISYAH BINTI", "/EREF/ABC//REMI/x"}).Draw(t, "info"),
		}
		e.Booked = nearby(t, e.Value)
		if rapid.Bool().Draw(t, "bank's") {
			e.Bank = id.Draw(t, "bank")
		}
		if rapid.Bool().Draw(t, "supplement") {
			e.Details = []iso20022.Detail{{Amount: e.Amount, Currency: currency, Credit: e.Credit, Info: "SUPPLEMENT " + e.Reference}}
		}
		booked += e.Signed()
		if err := s.Totals.Add(e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	opening := money.Amount(rapid.Int64Range(-1e10, 1e10).Draw(t, "opening"))
	sub := rapid.SampledFrom([]string{"", iso20022.Interim}).Draw(t, "sub")
	end := map[bool]string{false: iso20022.Interim}[s.Last]
	s.Balances = []iso20022.Balance{
		{Code: iso20022.Opening, Sub: sub, Amount: opening, Currency: currency, Date: day.Draw(t, "begin")},
		{Code: iso20022.Closing, Sub: end, Amount: opening + booked, Currency: currency, Date: day.Draw(t, "end")},
	}
	if rapid.Bool().Draw(t, "available") {
		s.Balances = append(s.Balances, iso20022.Balance{Code: iso20022.Available, Amount: opening, Currency: currency, Date: day.Draw(t, "end")})
	}
	if rapid.Bool().Draw(t, "info") {
		s.Info = "TAMAT\nEND"
	}
	return s, entries
}

// read gives all that is in a text.
func read(text string) (all []iso20022.Statement, entries []iso20022.Entry, err error) {
	all, err = Read(strings.NewReader(text), func(_ *iso20022.Statement, e iso20022.Entry) error {
		entries = append(entries, e)
		return nil
	})
	return all, entries, err
}

// What is written is read again as it was.
func TestRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, entries := drawStatement(t)
		var out bytes.Buffer
		if err := Write(&out, s, entries); err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(out.String(), "\r\n") {
			if len(l) > 72 || strings.ContainsAny(l, "\r\n") {
				t.Fatalf("the line %q is too long", l)
			}
		}
		all, got, err := read(out.String())
		if err != nil {
			t.Fatalf("%v: %s", err, out.String())
		}
		if len(all) != 1 || !reflect.DeepEqual(all[0], s) {
			t.Fatalf("read as\n%+v, not\n%+v", all, s)
		}
		if !reflect.DeepEqual(got, entries) {
			t.Fatalf("read as\n%+v, not\n%+v", got, entries)
		}
	})
}

// sample is as banks write it: in blocks, with funds codes, two statements.
const sample = "{1:F01MBBEMYKLXXXX0000000000}{2:I940MBBEMYKLXXXXN}{4:\r\n" +
	":20:A1\r\n:21:NONREF\r\n:25:5140/1234567\r\n:28C:333/1\r\n:60F:C261129MYR100,\r\n" +
	":61:2611301129CR12,3NTRFE1//B1\r\nSUPPLEMENT\r\n:86:?20one\r\n?21two\r\n" +
	":61:261130RC2,30NMSCNONREF\r\n:61:261231RDR1,00N123E3\r\n:62M:C261130MYR111,00\r\n:86:all\r\n-}\r\n" +
	"{1:F01MBBEMYKLXXXX0000000000}{2:I940MBBEMYKLXXXXN}{4:\r\n" +
	":20:A1\r\n:25:5140/1234567\r\n:28C:333/2\r\n:60M:C261130MYR111,00\r\n:61:2701011231D11,00NTRFE4\r\n:62F:C261231MYR100,00\r\n:64:D261231MYR5,00\r\n-}{5:-}\r\n"

func TestReads(t *testing.T) {
	all, entries, err := read(sample)
	if err != nil || len(all) != 2 || len(entries) != 4 {
		t.Fatal(err, all, entries)
	}
	one, two := all[0], all[1]
	if len(one.Wrong)+len(two.Wrong) != 0 || one.Last || !two.Last || one.Page != 1 || two.Page != 2 || one.Sequence != 333 || one.Info != "all" {
		t.Errorf("%+v\n%+v", one, two)
	}
	if b, ok := two.Opening(); !ok || b.Sub != iso20022.Interim || b.Amount != 11100 || two.Balances[2].Amount != -500 {
		t.Errorf("%+v", two.Balances)
	}
	want := []iso20022.Entry{
		{Reference: "E1", Bank: "B1", Amount: 1230, Credit: true, Booked: "2026-11-29", Value: "2026-11-30", Code: "NTRF", Info: "?20one\n?21two",
			Details: []iso20022.Detail{{Amount: 1230, Currency: "MYR", Credit: true, Info: "SUPPLEMENT"}}},
		{Reference: "NONREF", Amount: 230, Reversal: true, Booked: "2026-11-30", Value: "2026-11-30", Code: "NMSC"},
		{Reference: "E3", Amount: 100, Credit: true, Reversal: true, Booked: "2026-12-31", Value: "2026-12-31", Code: "N123"},
		{Reference: "E4", Amount: 1100, Booked: "2026-12-31", Value: "2027-01-01", Code: "NTRF"},
	}
	for i := range want {
		want[i].Currency, want[i].Status = "MYR", iso20022.Booked
	}
	if !reflect.DeepEqual(entries, want) {
		t.Errorf("%+v, not\n%+v", entries, want)
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		old, with string
		want      error
		place     string
	}{
		"decimals":          {"CR12,3N", "CR12,345N", money.ErrAmount, "entry 1: :61:"},
		"a point":           {"CR12,3N", "CR12.3N", iso20022.ErrValue, "line 7: entry 1: :61:"},
		"no comma":          {"CR12,3N", "CR123N", money.ErrAmount, ":61:"},
		"two commas":        {"CR12,3N", "CR1,2,3N", money.ErrAmount, ":61:"},
		"a sign":            {"CR12,3N", "XR12,3N", iso20022.ErrValue, ":61:"},
		"no such day":       {"2611301129CR", "2611311129CR", iso20022.ErrValue, ":61:"},
		"no such entry day": {"2611301129CR", "2611301131CR", iso20022.ErrValue, ":61:"},
		"a currency":        {"C261129MYR100,", "C261129RMX100,", money.ErrAmount, ":60F:"},
		"another currency":  {":62M:C261130MYR", ":62M:C261130SGD", iso20022.ErrValue, ":62M:"},
		"two openings":      {":61:2611301129", ":60F:C261129MYR100,\r\n:61:2611301129", iso20022.ErrTwice, ":60F:"},
		"two accounts":      {":28C:", ":25:1\r\n:28C:", iso20022.ErrTwice, ":25:"},
		"no closing":        {":62M:C261130MYR111,00\r\n:86:all\r\n", "", iso20022.ErrMissing, ""},
		"no account":        {":25:5140/1234567\r\n", "", iso20022.ErrMissing, ""},
		"an entry after":    {"\r\n:86:all", "\r\n:61:261130C1,NTRFX", iso20022.ErrMessage, ":61:"},
		"no begin":          {":20:A1\r\n", "", iso20022.ErrMessage, ":21:"},
		"a number":          {":28C:333/1", ":28C:-1/1", iso20022.ErrValue, ":28C:"},
		"a long line":       {"?20one", strings.Repeat("x", 2000), iso20022.ErrSize, ""},
		"many lines":        {"?20one", strings.Repeat("x\r\n", 100), iso20022.ErrSize, ""},
		"UTF-16":            {":20:A1", ":\x002\x000", iso20022.ErrCharset, ""},
		"XML":               {sample, "<Document>", iso20022.ErrMessage, "line 1"},
		"nothing":           {sample, "", iso20022.ErrMessage, ""},
	} {
		if !strings.Contains(sample, c.old) {
			t.Fatalf("%s: there is no %q", name, c.old)
		}
		all, _, err := read(strings.Replace(sample, c.old, c.with, 1))
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.place) {
			t.Errorf("%s: %v (%d statements), want %v at %s", name, err, len(all), c.want, c.place)
		}
	}
	all, _, err := read(strings.Replace(sample, "MYR111,00\r\n:86:all", "MYR111,01\r\n:86:all", 1))
	if err != nil || len(all) != 2 || len(all[0].Wrong) != 1 || all[0].Wrong[0].Found != "111.00" {
		t.Errorf("a closing balance that lies: %v %+v", err, all)
	}
}

// A file in UTF-16 is read as what it says.
func TestWide(t *testing.T) {
	want, _, err := read(sample)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		var file []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + sample)) {
			file = order.AppendUint16(file, u)
		}
		if got, _, err := read(string(file)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %v %+v", order, err, got)
		}
	}
}

// Statements are kept until the file's end: no bank sends more of them.
func TestManyStatements(t *testing.T) {
	const one = ":20:A\r\n:25:1\r\n:28C:1\r\n:60F:C261130MYR0,\r\n:62F:C261130MYR0,\r\n-\r\n"
	for more, want := range []error{nil, iso20022.ErrSize} {
		if _, _, err := read(strings.Repeat(one, iso20022.MaxStatements+more)); !errors.Is(err, want) {
			t.Errorf("%d more: %v", more, err)
		}
	}
}

// Old systems end a file with a Ctrl-Z, or fill its last block with them.
func TestOldEnd(t *testing.T) {
	want, _, _ := read(sample)
	for _, end := range []string{"\x1a", "\x1a\x1a\x1a"} {
		if all, _, err := read(sample + end); err != nil || !reflect.DeepEqual(all, want) {
			t.Errorf("%q: %v, %v", end, all, err)
		}
	}
	if _, _, err := read(strings.Replace(sample, "SUPPLEMENT", "\x1a", 1)); err != nil {
		t.Error("in a line it is text:", err)
	}
}

// A file that ends early is never a shorter statement.
func TestCut(t *testing.T) {
	last := strings.LastIndex(sample, "-}{")
	for n := range last {
		whole := strings.HasSuffix(strings.TrimRight(sample[:n], "\r\n"), "-}") // one message
		if all, _, err := read(sample[:n]); (err == nil) != whole {
			t.Errorf("cut at %d of %d: %d statements, %v", n, len(sample), len(all), err)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	good := func() (iso20022.Statement, iso20022.Entry) {
		return iso20022.Statement{ID: "A", Last: true, Account: iso20022.Account{Other: "1", Currency: "MYR"}, Balances: []iso20022.Balance{
			{Code: iso20022.Opening, Currency: "MYR", Date: "2026-11-29"}, {Code: iso20022.Closing, Amount: 5, Currency: "MYR", Date: "2026-11-30"}}}, iso20022.Entry{Amount: 5, Currency: "MYR", Credit: true, Value: "2026-11-30"}
	}
	for name, c := range map[string]struct {
		change func(*iso20022.Statement, *iso20022.Entry)
		want   error
	}{
		"nothing":           {func(*iso20022.Statement, *iso20022.Entry) {}, nil},
		"a negative amount": {func(_ *iso20022.Statement, e *iso20022.Entry) { e.Amount = -5 }, money.ErrAmount},
		"a long amount":     {func(_ *iso20022.Statement, e *iso20022.Entry) { e.Amount = 1e14 }, money.ErrAmount},
		"another currency":  {func(_ *iso20022.Statement, e *iso20022.Entry) { e.Currency = "SGD" }, iso20022.ErrValue},
		"a day":             {func(_ *iso20022.Statement, e *iso20022.Entry) { e.Value = "" }, iso20022.ErrValue},
		"a long id":         {func(s *iso20022.Statement, _ *iso20022.Entry) { s.ID = "12345678901234567" }, iso20022.ErrValue},
		"no opening":        {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Balances = s.Balances[1:] }, iso20022.ErrMissing},
		"no closing":        {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Balances = s.Balances[:1] }, iso20022.ErrMissing},
		"a closing":         {func(s *iso20022.Statement, _ *iso20022.Entry) { s.Balances[1].Amount++ }, iso20022.ErrValue},
	} {
		s, e := good()
		c.change(&s, &e)
		if err := Write(&bytes.Buffer{}, s, []iso20022.Entry{e}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Words cannot make a field, a line or a message of their own.
func TestWordsStayWords(t *testing.T) {
	s := iso20022.Statement{ID: "A", Last: true, Page: 1, Account: iso20022.Account{Other: "1", Currency: "MYR"}, Balances: []iso20022.Balance{
		{Code: iso20022.Opening, Currency: "MYR", Date: "2026-11-29"}, {Code: iso20022.Closing, Amount: 5, Currency: "MYR", Date: "2026-11-30"}}}
	var out bytes.Buffer
	err := Write(&out, s, []iso20022.Entry{{Reference: "X//Y", Amount: 5, Currency: "MYR", Credit: true, Value: "2026-11-30",
		Info:    ":61:261130C5,NTRFEVIL\n-}\n-\r\nJosé <&> 木" + strings.Repeat(" long", 40),
		Details: []iso20022.Detail{{Info: ":62F:C261130MYR9,\n:20:B"}}}})
	if err != nil {
		t.Fatal(err)
	}
	all, entries, err := read(out.String())
	if err != nil || len(all) != 1 || len(entries) != 1 || len(all[0].Wrong) != 0 || entries[0].Reference != "NONREF" {
		t.Fatal(err, all, entries, out.String())
	}
	if !strings.HasPrefix(entries[0].Info, ".:61:261130C5,NTRFEVIL\n.-.\n.-\nJose .+. .") {
		t.Errorf("%q", entries[0].Info)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, in []byte) {
		var entries []iso20022.Entry
		all, err := Read(bytes.NewReader(in), func(_ *iso20022.Statement, e iso20022.Entry) error {
			if e.Amount < 0 {
				t.Fatalf("an amount below zero: %+v", e)
			}
			entries = append(entries, e)
			return nil
		})
		if err != nil || len(all) != 1 {
			return
		}
		var out bytes.Buffer
		if Write(&out, all[0], entries) != nil {
			return
		}
		again, _, err := read(out.String())
		if err != nil || len(again) != 1 || again[0].Totals != all[0].Totals {
			t.Fatalf("%v: %+v was %+v in %q", err, again, all, out.String())
		}
	})
}
