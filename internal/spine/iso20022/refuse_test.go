package iso20022

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// written is a statement of three entries that nothing is wrong with.
func written(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	entries := []Entry{
		{Reference: "1", Amount: 1230, Currency: "MYR", Credit: true, Status: Booked, Booked: "2026-11-30", Value: "2026-11-30", Bank: "B1", Code: "PMNT/RCDT/DMCT",
			Details: []Detail{{Amount: 1230, Currency: "MYR", Credit: true, EndToEnd: "E1", Debtor: Party{Name: "Aisyah"}}}},
		{Reference: "2", Amount: 5000, Currency: "MYR", Credit: true, Status: Booked, Booked: "2026-11-30", Value: "2026-11-30", Code: "PMNT/RCDT/DMCT",
			Batch: Batched{Count: 2}, Details: []Detail{{Amount: 2000, Currency: "MYR", Credit: true}, {Amount: 3000, Currency: "MYR", Credit: true}}},
		{Reference: "3", Amount: 30, Currency: "MYR", Status: Booked, Booked: "2026-11-30", Code: "PMNT/MDOP/CHRG", Reversal: true},
	}
	s := Statement{Kind: EndOfDay, Message: "M1", ID: "S1", Last: true, Created: time.Date(2026, 11, 30, 23, 0, 0, 0, clock.Zone), Account: Account{Other: "1234567890", Currency: "MYR"}, Owner: "JPJ", Bank: Agent{BIC: "BALAMYKL", Name: "Bank Sandbox"},
		Balances: []Balance{{Opening, "", 10000, "MYR", "2026-11-29"}, {Closing, "", 16200, "MYR", "2026-11-30"}}}
	if err := WriteStatement(&out, s, entries); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// ordered is an order of two transfers that nothing is wrong with.
func ordered(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	i := Initiation{Message: "M1", Created: time.Date(2026, 11, 30, 9, 0, 0, 0, clock.Zone), Initiator: "JKM"}
	p := Payment{ID: "P1", Date: "2026-12-01", Debtor: Party{Name: "JKM", Account: Account{Other: "777"}, Agent: Agent{BIC: "MBBEMYKL"}}}
	if err := WriteInitiation(&out, i, p, []Transfer{
		{EndToEnd: "E1", Amount: 30000, Currency: "MYR", Creditor: Party{Name: "Aisyah", Account: Account{Other: "111"}, Agent: Agent{BIC: "CIBBMYKL"}}, Remittance: "Bantuan"},
		{EndToEnd: "E2", Amount: 30050, Currency: "MYR", Creditor: Party{Name: "Faridah", Account: Account{Other: "222"}}},
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func readStatement(text string) ([]Statement, error) {
	return ReadStatements(strings.NewReader(text), func(*Statement, Entry) error { return nil })
}

func readOrder(text string) (Initiation, error) {
	return ReadInitiation(strings.NewReader(text), func(*Initiation, *Payment, Transfer) error { return nil })
}

// instead is a text with its first old replaced, which must be there.
func instead(t testing.TB, text, old, with string) string {
	t.Helper()
	if !strings.Contains(text, old) {
		t.Fatalf("there is no %q in it", old)
	}
	return strings.Replace(text, old, with, 1)
}

// Each wrong thing is refused by its name, and the place is said.
func TestRefuses(t *testing.T) {
	text := written(t)
	if _, err := readStatement(text); err != nil {
		t.Fatal(err)
	}
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>`
	for name, c := range map[string]struct {
		old, with string
		want      error
		place     string
	}{
		"a directive":               {"<Document", bomb + "<Document", ErrDirective, ""},
		"a directive within":        {"<Ntry>", `<!ENTITY c SYSTEM "file:///etc/passwd"><Ntry>`, ErrDirective, "Stmt"},
		"an entity":                 {"<Nm>Aisyah", "<Nm>&lol;", ErrSyntax, "Nm"},
		"depth":                     {"<Ntry>", strings.Repeat("<X>", 60) + "<Ntry>", ErrDepth, "X"},
		"a long text":               {"<Nm>Aisyah", "<Nm>" + strings.Repeat("a", 100<<10), ErrSize, "Nm"},
		"a long text, in pieces":    {"<Nm>Aisyah", "<Nm>" + strings.Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa<!-- -->", 5<<10), ErrSize, "Nm"},
		"a long tag":                {"<Nm>Aisyah", "<Nm a='" + strings.Repeat("a", 100<<10) + "'>Aisyah", ErrSize, ""},
		"a long comment":            {"<Nm>Aisyah", "<!--" + strings.Repeat("a", 100<<10) + "--><Nm>Aisyah", ErrSize, ""},
		"a long comment of many >":  {"<Nm>Aisyah", "<!--" + strings.Repeat("a>", 50<<10) + "--><Nm>Aisyah", ErrSize, ""},
		"a long tag of many >":      {"<Nm>Aisyah", "<Nm a='" + strings.Repeat("a>", 50<<10) + "'>Aisyah", ErrSize, ""},
		"many elements":             {"<Nm>Aisyah", strings.Repeat("<X></X>", 20<<10) + "<Nm>Aisyah", ErrSize, ""},
		"another charset":           {`encoding="UTF-8"`, `encoding="IBM037"`, ErrCharset, ""},
		"bytes of another charset":  {"Aisyah", "A\xefsyah", ErrCharset, "Nm"},
		"a wrong end":               {"</Nm>", "</Mn>", ErrSyntax, ""},
		"two messages":              {"</Document>", "<BkToCstmrStmt></BkToCstmrStmt></Document>", ErrTwice, ""},
		"text after it":             {"</Document>", "</Document>more", ErrSyntax, ""},
		"no entry's amount":         {`<Amt Ccy="MYR">12.30</Amt>`, "", ErrMissing, ""},
		"no amount, and no details": {`<Amt Ccy="MYR">0.30</Amt>`, "", ErrMissing, "Ntry/Amt"},
		"no sign, and no details":   {`<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>`, "<RvslInd>", ErrMissing, "Ntry/CdtDbtInd"},
		"two amounts":               {`<Amt Ccy="MYR">12.30</Amt>`, `<Amt Ccy="MYR">12.30</Amt><Amt Ccy="MYR">12.30</Amt>`, ErrTwice, "Ntry/Amt"},
		"two signs":                 {`<CdtDbtInd>CRDT</CdtDbtInd><Sts>`, `<CdtDbtInd>CRDT</CdtDbtInd><CdtDbtInd>DBIT</CdtDbtInd><Sts>`, ErrTwice, "CdtDbtInd"},
		"no sign":                   {`<CdtDbtInd>CRDT</CdtDbtInd><Sts>`, `<Sts>`, ErrMissing, ""},
		"another sign":              {`<CdtDbtInd>CRDT</CdtDbtInd><Sts>`, `<CdtDbtInd>crdt</CdtDbtInd><Sts>`, ErrValue, "CdtDbtInd"},
		"two references":            {`<EndToEndId>E1</EndToEndId>`, `<EndToEndId>E1</EndToEndId><EndToEndId>E2</EndToEndId>`, ErrTwice, "EndToEndId"},
		"two debtors' names":        {`<Nm>Aisyah</Nm>`, `<Nm>Aisyah</Nm><Nm>Azlan</Nm>`, ErrTwice, "Nm"},
		"two accounts":              {`<Acct>`, `<Acct><Id><Othr><Id>9</Id></Othr></Id></Acct><Acct>`, ErrTwice, "Acct"},
		"decimals":                  {`"MYR">12.30<`, `"MYR">12.305<`, money.ErrAmount, "Amt"},
		"a negative amount":         {`"MYR">12.30<`, `"MYR">-12.30<`, money.ErrAmount, "Amt"},
		"an exponent":               {`"MYR">12.30<`, `"MYR">1e3<`, money.ErrAmount, "Amt"},
		"a comma":                   {`"MYR">12.30<`, `"MYR">12,30<`, money.ErrAmount, "Amt"},
		"an overflow":               {`"MYR">12.30<`, `"MYR">92233720368547758.08<`, money.ErrOverflow, "Amt"},
		"sums that overflow":        {`"MYR">12.30<`, `"MYR">92233720368547758.07<`, money.ErrOverflow, ""},
		"an unknown currency":       {`Ccy="MYR">12.30`, `Ccy="RMX">12.30`, money.ErrAmount, "Amt"},
		"no currency":               {` Ccy="MYR">12.30`, `>12.30`, money.ErrAmount, "Amt"},
		"no such day":               {"<Dt>2026-11-30</Dt></BookgDt>", "<Dt>2026-11-31</Dt></BookgDt>", ErrValue, "BookgDt"},
		"no such flag":              {"<RvslInd>true", "<RvslInd>yes", ErrValue, "RvslInd"},
		"no number":                 {"<NbOfNtries>3", "<NbOfNtries>three", ErrValue, "NbOfNtries"},
		"no account":                {"<Id><Othr><Id>1234567890</Id></Othr></Id>", "", ErrMissing, "Acct"},
		"another message":           {"<BkToCstmrStmt>", "<BkToCstmrXxxx>", ErrSyntax, ""},
		"nothing":                   {text, "", ErrMessage, ""},
		"no XML":                    {text, ":20:MT940\r\n", ErrSyntax, ""},
		"UTF-16 that is cut":        {text, "\xff\xfe<\x00D\x00", ErrCut, ""},
		"half of UTF-16":            {text, "\xff\xfe<\x00D\x00>", ErrCharset, ""},
		"half a letter of UTF-16":   {text, "\xff\xfe<\x00D\x00>\x00\x00\xd8a\x00", ErrCharset, ""},
		"a letter's end of UTF-16":  {text, "\xff\xfe<\x00D\x00>\x00\x00\xdca\x00", ErrCharset, ""},
		"UTF-16 that is none":       {`encoding="UTF-8"`, `encoding="UTF-16"`, ErrCharset, ""},
		"US-ASCII that is none":     {`encoding="UTF-8"?>`, "encoding=\"US-ASCII\"?><!--\u00e9-->", ErrCharset, ""},
	} {
		all, err := readStatement(instead(t, text, c.old, c.with))
		var place *PlaceError
		if !errors.Is(err, c.want) || !errors.As(err, &place) || !strings.Contains(place.Element, c.place) || place.Line == 0 {
			t.Errorf("%s: %v (%d statements), want %v at %s", name, err, len(all), c.want, c.place)
		}
	}
	_, err := readStatement(instead(t, text, `"MYR">50.00<`, `"MYR">50.001<`))
	if want := `camt.053: line 2: entry 2: Ntry/Amt: money: `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// A file that ends early is never a shorter statement.
func TestCut(t *testing.T) {
	for name, text := range map[string]string{"statement": written(t), "order": ordered(t)} {
		whole := strings.TrimRight(text, "\n")
		for n := range len(whole) {
			var err error
			if name == "order" {
				_, err = readOrder(whole[:n])
			} else {
				_, err = readStatement(whole[:n])
			}
			if !errors.Is(err, ErrCut) && !errors.Is(err, ErrMessage) {
				t.Errorf("%s cut at %d of %d: %v", name, n, len(whole), err)
			}
		}
	}
	// What the other side does to the connection is its own error.
	broken := errors.New("connection reset")
	_, err := ReadStatements(io.MultiReader(strings.NewReader(written(t)[:1000]), failing{broken}), func(*Statement, Entry) error { return nil })
	if !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// What a message says of itself and that is not so is told.
func TestLies(t *testing.T) {
	text := written(t)
	for element, c := range map[string][2]string{
		"TxsSummry/TtlNtries/NbOfNtries":    {"<NbOfNtries>3<", "<NbOfNtries>4<"},
		"TxsSummry/TtlNtries/Sum":           {"<Sum>62.60<", "<Sum>62.61<"},
		"TxsSummry/TtlCdtNtries/NbOfNtries": {"<NbOfNtries>2<", "<NbOfNtries>1<"},
		"TxsSummry/TtlCdtNtries/Sum":        {"<Sum>62.30<", "<Sum>6230<"},
		"TxsSummry/TtlDbtNtries/Sum":        {"<Sum>0.30<", "<Sum>0.3000000001<"},
		"Bal/CLBD":                          {`"MYR">162.00<`, `"MYR">162.01<`},
		"entry 2: Btch/NbOfTxs":             {"<NbOfTxs>2<", "<NbOfTxs>3<"},
		"entry 2: Btch/TtlAmt":              {"<NbOfTxs>2</NbOfTxs>", `<NbOfTxs>2</NbOfTxs><TtlAmt Ccy="MYR">50.01</TtlAmt>`},
	} {
		all, err := readStatement(instead(t, text, c[0], c[1]))
		if err != nil || len(all) != 1 || len(all[0].Wrong) != 1 || all[0].Wrong[0].Element != element {
			t.Errorf("%s: %v %+v", element, err, all)
		}
	}
	order := ordered(t)
	for element, c := range map[string][2]string{
		"GrpHdr/NbOfTxs":      {"<NbOfTxs>2<", "<NbOfTxs>3<"},
		"GrpHdr/CtrlSum":      {"<CtrlSum>600.5<", "<CtrlSum>600.50000000000000001<"},
		`PmtInf "P1"/NbOfTxs`: {"<BtchBookg>true</BtchBookg><NbOfTxs>2<", "<BtchBookg>true</BtchBookg><NbOfTxs>1<"},
		`PmtInf "P1"/CtrlSum`: {"<CtrlSum>600.5</CtrlSum><ReqdExctnDt>", "<CtrlSum>600</CtrlSum><ReqdExctnDt>"},
	} {
		read, err := readOrder(instead(t, order, c[0], c[1]))
		if err != nil || len(read.Wrong) != 1 || read.Wrong[0].Element != element {
			t.Errorf("%s: %v %+v", element, err, read)
		}
	}
	if read, err := readOrder(instead(t, order, "<CtrlSum>600.5<", "<CtrlSum>600.500<")); err != nil || len(read.Wrong) != 0 {
		t.Errorf("zeros at the end: %v %+v", err, read)
	}
}

// A caller's error ends the reading at once and comes back as it is.
func TestStops(t *testing.T) {
	full := errors.New("full")
	n := 0
	_, err := ReadStatements(strings.NewReader(written(t)), func(*Statement, Entry) error { n++; return full })
	if err != full || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	n = 0
	_, err = ReadInitiation(strings.NewReader(ordered(t)), func(*Initiation, *Payment, Transfer) error { n++; return full })
	if err != full || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}
