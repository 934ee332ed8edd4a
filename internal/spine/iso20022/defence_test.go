package iso20022

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/money"
)

// Well-formed XML of every shape is taken, and is what encoding/xml sees.
func TestScanTakes(t *testing.T) {
	for _, in := range []string{
		`<r><a Ccy="MYR"/><a Ccy="MYR"/><a Ccy="MYR">1</a><a Ccy="MYR" >2</a></r>`, "<a></a >", "<a></a\n>", "<a\n/>", "<a />", `<a b="1>2" c='3>4'>x</a>`, `<a b="'>'">x</a>`, `<a b = "1"	c='2'/>`,
		"<x:a xmlns:x='y'><x:b></x:b></x:a>", "<a>a]b]]c</a>", "<a>a\rb\r\nc</a>", "<a>&#9;&#10;&#13;&#32;&#xD7FF;&#xE000;&#xFFFD;&#x10000;&#x10FFFF;</a>", "<a>\u0085\ud7ff\ue000\ufffd\U0010ffff</a>",
		"<a><![CDATA[]]></a>", "<a><![CDATA[>]] >]]></a>", "<a><!----></a>", "<a><!-- > - --></a>", "<a><?x?><?x y>z?></a>", "<?xml version='1.0' standalone='yes'?><a/>", "<?xml version='1.0' standalone='no'?><a/>", "<_a-1.b/>", " \n<a/>\n ", "<a><b/><b/></a>",
		"<a>" + strings.Repeat("<b/>", 100) + "</a>", "<a b='" + strings.Repeat("x", 100) + "' Ccy='MYR'/>",
	} {
		got, err := ours([]byte(in))
		want, also := theirs([]byte(in))
		if err != nil || also != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q: %v, %v", in, got, want, err, also)
		}
	}
	for in, want := range map[string]error{
		"<a>&#xFFFE;</a>": ErrSyntax, "<a>&#x0B;</a>": ErrSyntax, "<a>&#x1F;</a>": ErrSyntax, "<a>\ufffe</a>": ErrSyntax, "<a>&#x-1;</a>": ErrSyntax, "<a>&#;</a>": ErrSyntax, "<a>&;</a>": ErrSyntax, "<a>&amp</a>": ErrSyntax, "<a>&": ErrCut,
		"<a><!-- x ---></a>": ErrSyntax, "<a><!-- \x01 --></a>": ErrSyntax, "<a><![CDATA[\x01]]></a>": ErrSyntax, "<a><?x \x01?></a>": ErrSyntax, "<a><?1x?></a>": ErrSyntax,
		"<?xml version='1.0' standalone='maybe'?><a/>": ErrSyntax, "<?xml version='1.0' other='yes'?><a/>": ErrSyntax, "<?xml version='1.0' version='1.0'?><a/>": ErrSyntax, "<a b=1x1/>": ErrSyntax, "<a+b/>": ErrSyntax, "<a b+='1'/>": ErrSyntax, "<a b></a>": ErrSyntax, "<a b=></a>": ErrSyntax, "<a b=\"1'></a>": ErrCut, "<a ='1'></a>": ErrSyntax, "<a b='&x;'></a>": ErrSyntax, "<a b='\x01'></a>": ErrSyntax,
		"<a-></a->x": ErrSyntax, "<-a/>": ErrSyntax, "<.a/>": ErrSyntax, "<a:b:c/>": ErrSyntax, "<a\u00e9/>": ErrSyntax, "<a></ a>": ErrSyntax, "<a></ab>": ErrSyntax, "<a></b:a>": ErrSyntax,
		"<a " + attributes(maxDepth+1) + "/>": ErrSize,
	} {
		if got, err := ours([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.60q: %q, %v, not %v", in, got, err, want)
		}
	}
	if _, err := ours([]byte("<a " + attributes(maxDepth) + "/>")); err != nil {
		t.Error(err)
	}
}

func attributes(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("a%d=''", i))
	}
	return strings.Join(list, " ")
}

// However an element's tag is kept, it is as deep as any other.
func TestDepthOfEachTag(t *testing.T) {
	for _, tag := range []string{"<a>", `<a Ccy="MYR">`, `<a b="1">`, `<a Ccy="MYR" b="a long value that is never kept as a whole">`} {
		for more, want := range []error{nil, ErrDepth} {
			in := strings.Repeat(tag, maxDepth+more) + strings.Repeat("</a>", maxDepth+more)
			if _, err := ours([]byte(in)); !errors.Is(err, want) {
				t.Errorf("%d of %s: %v, not %v", maxDepth+more, tag, err, want)
			}
		}
	}
}

// What is kept of a file has a bound, whatever the file names.
func TestScannerKeepsLittle(t *testing.T) {
	var in bytes.Buffer
	in.WriteString("<r>")
	for i := range 3 * maxNames {
		fmt.Fprintf(&in, `<a%d/><a Ccy="X%d"/><a Ccy="X%d">x</a><a Ccy="MYR" b="%0100d">x</a>`, i, i, i, i)
	}
	in.WriteString("</r>")
	s := newScanner(&in)
	for {
		tok, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if tok.kind == over {
			break
		}
	}
	if len(s.names) > maxNames || len(s.tags) > maxNames {
		t.Errorf("%d names and %d tags", len(s.names), len(s.tags))
	}
	for tag := range s.tags {
		if len(tag) > maxTag {
			t.Errorf("a tag of %d bytes", len(tag))
		}
	}
}

// What a batch says is held against its transactions where both say it.
func TestBatches(t *testing.T) {
	text := written(t)
	const has = "<NbOfTxs>2</NbOfTxs>"
	total := func(amount string) string { return has + `<TtlAmt Ccy="MYR">` + amount + `</TtlAmt>` }
	for name, c := range map[string]struct {
		pairs []string
		wrong int
		err   error
	}{
		"as it is":                     {[]string{has, total("50.00")}, 0, nil},
		"only a total":                 {[]string{has, `<TtlAmt Ccy="MYR">50.00</TtlAmt>`}, 0, nil},
		"only a total, and another":    {[]string{has, `<TtlAmt Ccy="MYR">50.01</TtlAmt>`}, 1, nil},
		"nothing":                      {[]string{has, "<MsgId>B</MsgId>"}, 0, nil},
		"another currency's":           {[]string{has, `<TtlAmt Ccy="SGD">50.01</TtlAmt>`}, 0, nil},
		"a debit among them":           {[]string{has, total("10.00"), `<Amt Ccy="MYR">20.00</Amt><CdtDbtInd>CRDT`, `<Amt Ccy="MYR">20.00</Amt><CdtDbtInd>DBIT`}, 0, nil},
		"a debit that is not":          {[]string{has, total("50.00"), `<Amt Ccy="MYR">20.00</Amt><CdtDbtInd>CRDT`, `<Amt Ccy="MYR">20.00</Amt><CdtDbtInd>DBIT`}, 1, nil},
		"sums that overflow":           {[]string{has, total("50.00"), `<Amt Ccy="MYR">20.00</Amt>`, `<Amt Ccy="MYR">92233720368547758.07</Amt>`}, 0, money.ErrOverflow},
		"a count of something":         {[]string{has, "<NbOfTxs>two</NbOfTxs>"}, 0, ErrValue},
		"a count below zero":           {[]string{has, "<NbOfTxs>-2</NbOfTxs>"}, 0, ErrValue},
		"the details before the sign":  {[]string{"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<NtryDtls></NtryDtls><CdtDbtInd>CRDT</CdtDbtInd><Sts>"}, 0, ErrMissing},
		"the details before the money": {[]string{`<Amt Ccy="MYR">12.30</Amt>`, `<NtryDtls></NtryDtls><Amt Ccy="MYR">12.30</Amt>`}, 0, ErrMissing},
	} {
		changed := text
		for i := 0; i < len(c.pairs); i += 2 {
			changed = instead(t, changed, c.pairs[i], c.pairs[i+1])
		}
		all, err := readStatement(changed)
		if !errors.Is(err, c.err) || err == nil && len(all[0].Wrong) != c.wrong {
			t.Errorf("%s: %v %+v", name, err, all)
		}
	}
	// A bank may leave the transactions out, and one that says no amount has its entry's.
	begin, end := strings.Index(text, has)+len(has), strings.LastIndex(text, "</NtryDtls>")
	bare := instead(t, text[:begin]+"</Btch>"+text[end:], has, "<NbOfTxs>99</NbOfTxs>")
	if all, err := readStatement(bare); err != nil || len(all[0].Wrong) != 0 {
		t.Errorf("a batch without its transactions: %v %+v", err, all)
	}
	var got []Entry
	i := strings.Index(text, "<TxDtls>")
	j := strings.Index(text[i:], "<Amt")
	k := strings.Index(text[i+j:], "</Amt>") + len("</Amt>")
	if _, err := ReadStatements(strings.NewReader(text[:i+j]+text[i+j+k:]), func(_ *Statement, e Entry) error { got = append(got, e); return nil }); err != nil || got[0].Details[0].Amount != 1230 || got[0].Details[0].Currency != "MYR" {
		t.Errorf("%v %+v", err, got)
	}
}

// An order has an id, a header before its payments, and a transfer; and nobody is
// handed a transfer that is wrong.
func TestOrderIsWhole(t *testing.T) {
	text := ordered(t)
	cutOut := func(text, from, to string) string {
		i := strings.Index(text, from)
		j := strings.LastIndex(text, to) + len(to)
		if i < 0 || j < i {
			t.Fatalf("no %s in it", from)
		}
		return text[:i] + text[j:]
	}
	head := text[strings.Index(text, "<GrpHdr>") : strings.Index(text, "</GrpHdr>")+len("</GrpHdr>")]
	for name, c := range map[string]struct {
		text  string
		place string
	}{
		"no id":              {instead(t, text, "<MsgId>M1</MsgId>", ""), "MsgId"},
		"no header":          {instead(t, text, head, ""), "GrpHdr"},
		"a header after":     {instead(t, instead(t, text, head, ""), "</CstmrCdtTrfInitn>", head+"</CstmrCdtTrfInitn>"), "GrpHdr"},
		"no payments":        {cutOut(text, "<PmtInf>", "</PmtInf>"), "CdtTrfTxInf"},
		"no transfers":       {cutOut(text, "<CdtTrfTxInf>", "</CdtTrfTxInf>"), "CdtTrfTxInf"},
		"no amount":          {instead(t, text, `<InstdAmt Ccy="MYR">300.50</InstdAmt>`, ""), "Amt"},
		"nothing but a root": {"<CstmrCdtTrfInitn></CstmrCdtTrfInitn>", "CdtTrfTxInf"},
	} {
		_, err := readOrder(c.text)
		var place *PlaceError
		if !errors.Is(err, ErrMissing) || !errors.As(err, &place) || !strings.Contains(place.Element, c.place) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var seen []string
	_, err := ReadInitiation(strings.NewReader(instead(t, text, `"MYR">300.50<`, `"MYR">300.505<`)), func(_ *Initiation, _ *Payment, x Transfer) error { seen = append(seen, x.EndToEnd); return nil })
	var place *PlaceError
	if !errors.As(err, &place) || place.Entry != 2 || len(seen) != 1 {
		t.Errorf("%v after %q", err, seen)
	}
}

// A report names what it is of, its caller's error comes back as it is, and
// nobody is handed a status that is wrong.
func TestReportIsWhole(t *testing.T) {
	const text = `<Document><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>` +
		`<OrgnlPmtInfAndSts><OrgnlPmtInfId>P1</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>` +
		`<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts><TxInfAndSts><OrgnlEndToEndId>E2</OrgnlEndToEndId><TxSts>RJCT</TxSts><AccptncDtTm>2026-11-30T10:00:00</AccptncDtTm></TxInfAndSts>` +
		`</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`
	var seen []string
	take := func(_ *Report, _ *PaymentStatus, x TransferStatus) error {
		seen = append(seen, x.EndToEnd+" "+x.Status)
		return nil
	}
	if got, err := ReadReport(strings.NewReader(text), take); err != nil || got.Of != "M1" || strings.Join(seen, ",") != "E1 ACSC,E2 RJCT" {
		t.Fatalf("%+v %q %v", got, seen, err)
	}
	for name, c := range map[string]struct {
		old, with string
		want      error
		entry     int64
		seen      int
	}{
		"of nothing":         {"<OrgnlMsgId>M1</OrgnlMsgId>", "", ErrMissing, 2, 2},
		"no such time":       {"2026-11-30T10", "2026-11-31T10", ErrValue, 2, 1},
		"two of one status":  {"<TxSts>RJCT</TxSts>", "<TxSts>ACSC</TxSts><TxSts>RJCT</TxSts>", ErrTwice, 2, 1},
		"two heads":          {"<OrgnlGrpInfAndSts>", "<OrgnlGrpInfAndSts></OrgnlGrpInfAndSts><OrgnlGrpInfAndSts>", ErrTwice, 0, 0},
		"two ids of a part":  {"<PmtInfSts>PART", "<OrgnlPmtInfId>P2</OrgnlPmtInfId><PmtInfSts>PART", ErrTwice, 0, 0},
		"something after it": {"</Document>", "<CstmrPmtStsRpt/></Document>", ErrTwice, 2, 2},
	} {
		seen = nil
		_, err := ReadReport(strings.NewReader(instead(t, text, c.old, c.with)), take)
		var place *PlaceError
		if !errors.Is(err, c.want) || !errors.As(err, &place) || place.Entry != c.entry || len(seen) != c.seen {
			t.Errorf("%s: %v after %q", name, err, seen)
		}
	}
	mine := errors.New("mine")
	if _, err := ReadReport(strings.NewReader(text), func(*Report, *PaymentStatus, TransferStatus) error { return mine }); err != mine {
		t.Error(err)
	}
}

// A statement is one, has its account, and a bound of what is kept of it.
func TestStatementIsWhole(t *testing.T) {
	text := written(t)
	if _, err := readStatement("<BkToCstmrStmt><GrpHdr></GrpHdr></BkToCstmrStmt>"); !errors.Is(err, ErrMissing) {
		t.Errorf("no statement in it: %v", err)
	}
	begin, end := strings.Index(text, "<Stmt>"), strings.Index(text, "</Stmt>")+len("</Stmt>")
	first, last := strings.Index(text, "<Bal>"), strings.Index(text, "</Bal>")+len("</Bal>")
	small := "<Stmt><Acct><Id><Othr><Id>1</Id></Othr></Id></Acct></Stmt>"
	for more, want := range []error{nil, ErrSize} {
		if _, err := readStatement(text[:begin] + strings.Repeat(small, MaxStatements+more) + text[end:]); !errors.Is(err, want) {
			t.Errorf("%d statements: %v", MaxStatements+more, err)
		}
		if _, err := readStatement(text[:first] + strings.Repeat(text[first:last], MaxBalances-1+more) + text[last:]); !errors.Is(err, want) {
			t.Errorf("%d balances: %v", MaxBalances+more, err)
		}
	}
	for name, c := range map[string]struct {
		pairs []string
		wrong int
		err   error
	}{
		"a balance without an amount":    {[]string{`<Amt Ccy="MYR">162.00</Amt>`, ""}, 0, ErrMissing},
		"a balance below zero":           {[]string{`<Amt Ccy="MYR">162.00</Amt><CdtDbtInd>CRDT`, `<Amt Ccy="MYR">162.00</Amt><CdtDbtInd>DBIT`}, 1, nil},
		"a balance of no sign":           {[]string{`<Amt Ccy="MYR">162.00</Amt><CdtDbtInd>CRDT`, `<Amt Ccy="MYR">162.00</Amt><CdtDbtInd>X`}, 0, ErrValue},
		"a page, and not the last":       {[]string{"<PgNb>1</PgNb><LastPgInd>true<", "<PgNb>1</PgNb><LastPgInd>false<", "<NbOfNtries>3<", "<NbOfNtries>4<"}, 0, nil},
		"a last page that is not first":  {[]string{"<PgNb>1</PgNb><LastPgInd>true<", "<PgNb>2</PgNb><LastPgInd>true<", "<NbOfNtries>3<", "<NbOfNtries>4<"}, 0, nil},
		"a page that is all":             {[]string{"<PgNb>1</PgNb><LastPgInd>true<", "<PgNb>1</PgNb><LastPgInd>true<", "<NbOfNtries>3<", "<NbOfNtries>4<"}, 1, nil},
		"an entry that is not booked":    {[]string{"<Sts><Cd>BOOK</Cd></Sts>", "<Sts><Cd>PDNG</Cd></Sts>"}, 1, nil},
		"a sum that is very long":        {[]string{"<Sum>62.60<", "<Sum>62.6" + strings.Repeat("0", 40) + "<"}, 0, ErrValue},
		"a sum that is no decimal":       {[]string{"<Sum>62.60<", "<Sum>6.26e1<"}, 0, ErrValue},
		"a sum that is a fraction":       {[]string{"<Sum>62.60<", "<Sum>626/10<"}, 0, ErrValue},
		"a time without its zone":        {[]string{"2026-11-30T23:00:00+08:00", "2026-11-30T23:00:00"}, 0, nil},
		"a time that is none":            {[]string{"2026-11-30T23:00:00+08:00", "2026-11-30T25:00:00"}, 0, ErrValue},
		"a date with its zone":           {[]string{"<Dt>2026-11-30</Dt></BookgDt>", "<Dt>2026-11-30+08:00</Dt></BookgDt>"}, 0, nil},
		"five digits of the schema":      {[]string{`"MYR">12.30<`, `"MYR">12.30000<`}, 0, nil},
		"a point that nothing follows":   {[]string{`"MYR">12.30<`, `"MYR">12.<`}, 0, money.ErrAmount},
		"a flag of digits":               {[]string{"<RvslInd>true", "<RvslInd>1"}, 0, nil},
		"two levels of one name":         {[]string{"<Refs>", "<Refs></Refs><Refs>"}, 0, ErrTwice},
		"two ids of an account":          {[]string{"<Id><Othr><Id>1234567890</Id></Othr></Id>", "<Id><Othr><Id>1234567890</Id><Id>2</Id></Othr></Id>"}, 0, ErrTwice},
		"two kinds of an account's ids":  {[]string{"<Id><Othr><Id>1234567890</Id></Othr></Id>", "<Id><Othr><Id>1234567890</Id></Othr></Id><Id></Id>"}, 0, ErrTwice},
		"text after the message":         {[]string{"</Document>", "more</Document>"}, 0, ErrSyntax},
		"a page of no number":            {[]string{"<PgNb>1<", "<PgNb>x<"}, 0, ErrValue},
		"a page below zero":              {[]string{"<PgNb>1<", "<PgNb>-1<"}, 0, ErrValue},
		"text between the elements":      {[]string{"</Document>", "</Document>\n \n"}, 0, nil},
		"a comment within an amount":     {[]string{`"MYR">12.30<`, `"MYR">12<!-- -->.30<`}, 0, nil},
		"an element within an amount":    {[]string{`"MYR">12.30<`, `"MYR"><X/>12.30<`}, 0, nil},
		"the opening of another account": {[]string{`<Amt Ccy="MYR">100.00</Amt>`, `<Amt Ccy="SGD">100.00</Amt>`}, 0, nil},
	} {
		changed := text
		for i := 0; i < len(c.pairs); i += 2 {
			changed = instead(t, changed, c.pairs[i], c.pairs[i+1])
		}
		all, err := readStatement(changed)
		if !errors.Is(err, c.err) || err == nil && len(all[0].Wrong) != c.wrong {
			t.Errorf("%s: %v %+v", name, err, all)
		}
	}
}

// Of balances, the one that leads on is the closing one; and what no amount holds
// is said.
func TestWhichBalances(t *testing.T) {
	b := func(code string, amount money.Amount) Balance {
		return Balance{Code: code, Amount: amount, Currency: "MYR"}
	}
	for name, c := range map[string]struct {
		list             []Balance
		opening, closing money.Amount
		one, other       bool
	}{
		"none":             {nil, 0, 0, false, false},
		"both":             {[]Balance{b(Opening, 1), b(Closing, 2)}, 1, 2, true, true},
		"the day before's": {[]Balance{b(PreviousClosing, 1), b(InterimBooked, 2)}, 1, 2, true, true},
		"two of a day":     {[]Balance{b(InterimBooked, 1), b(Available, 9), b(InterimBooked, 2)}, 1, 2, true, true},
		"one of a day":     {[]Balance{b(InterimBooked, 1)}, 1, 1, true, false},
		"what may be used": {[]Balance{b(Available, 1)}, 0, 0, false, false},
	} {
		s := Statement{Balances: c.list}
		opening, one := s.Opening()
		closing, other := s.Closing()
		if one != c.one || other != c.other || one && opening.Amount != c.opening || other && closing.Amount != c.closing {
			t.Errorf("%s: %+v %t, %+v %t", name, opening, one, closing, other)
		}
	}
	r := newReader(strings.NewReader(""), "camt.053")
	for name, c := range map[string]struct {
		s      Statement
		booked money.Amount
		wrong  int
	}{
		"as it is":           {Statement{Kind: EndOfDay, Balances: []Balance{b(Opening, 1), b(Closing, 3)}}, 2, 0},
		"another":            {Statement{Kind: EndOfDay, Balances: []Balance{b(Opening, 1), b(Closing, 3)}}, 1, 1},
		"a notice's":         {Statement{Kind: Notice, Balances: []Balance{b(Opening, 1), b(Closing, 3)}}, 1, 0},
		"no opening":         {Statement{Kind: EndOfDay, Balances: []Balance{b(Closing, 3)}}, 1, 0},
		"no closing":         {Statement{Kind: EndOfDay, Balances: []Balance{b(Opening, 3)}}, 1, 0},
		"another currency's": {Statement{Kind: EndOfDay, Balances: []Balance{b(Opening, 1), {Code: Closing, Amount: 3, Currency: "SGD"}}}, 1, 0},
		"more than an amount, which is not nothing": {Statement{Kind: EndOfDay, Balances: []Balance{b(Opening, money.Max), b(Closing, 0)}}, 1, 1},
	} {
		if r.balances(&c.s, c.booked); len(c.s.Wrong) != c.wrong {
			t.Errorf("%s: %+v", name, c.s.Wrong)
		}
	}
	if s := (&Statement{Account: Account{Currency: "MYR"}, Balances: []Balance{{Currency: "SGD"}}}); s.Currency() != "MYR" {
		t.Error(s.Currency())
	}
	if s := (&Statement{Balances: []Balance{{Currency: "SGD"}}}); s.Currency() != "SGD" || (&Statement{}).Currency() != "" {
		t.Error(s.Currency())
	}
	for want, c := range map[string][]any{"0": {0, "MYR"}, "0.01": {1, "MYR"}, "-0.05": {-5, "MYR"}, "0.1234": {1234, "CLF"}, "1.2345": {12345, "CLF"}, "12": {12, "JPY"}, "0.5": {50, "MYR"}, "-1": {-100, "MYR"}} {
		var sum Sum
		sum.Add(money.Amount(c[0].(int)), c[1].(string))
		if got := sum.Text(); got != want {
			t.Errorf("%v: %s, not %s", c, got, want)
		}
	}
}
