package emvco

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"balai/internal/spine/money"
)

// o writes one object, apart from the code that is tested.
func o(id string, parts ...string) string {
	v := strings.Join(parts, "")
	return fmt.Sprintf("%s%02d%s", id, utf8.RuneCountInString(v), v)
}

// summed adds the checksum.
func summed(body string) string { return body + "6304" + CRC([]byte(body+"6304")) }

const attempt = "2B3C4D5F6G7H8J9K0M1N"

var (
	head    = o("00", "01") + o("01", "12")
	account = o("26", o("00", DuitNowScheme), o("01", "890053"), o("02", "BALAI000001"))
	trade   = o("52", "9399") + o("53", "458")
	place   = o("58", "MY") + o("59", "JABATAN PENGANGKUTAN JALA") + o("60", "PUTRAJAYA")
	extra   = o("62", o("05", attempt))
	whole   = head + account + trade + o("54", "12.30") + place + extra
)

func TestCRC(t *testing.T) {
	if got := CRC([]byte("123456789")); got != "29B1" {
		t.Error(got)
	}
	// Leading zeros stay.
	for i := range 100_000 {
		if got := CRC([]byte(fmt.Sprint(i))); len(got) != 4 {
			t.Fatalf("%d: %s", i, got)
		}
	}
}

// The sample of the standard's annex: objects in no order, another language, two accounts.
func TestAnnex(t *testing.T) {
	const sample = "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING" +
		"64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"
	c, err := Parse(sample)
	if err != nil {
		t.Fatal(err)
	}
	fields := c.Fields
	c.Fields = nil
	if want := (Code{Dynamic: true, Merchant: Merchant{Template: "29", Scheme: "D15600000000"}, Category: "4111", Currency: "CNY", Country: "CN",
		Name: "BEST TRANSPORT", City: "BEIJING", Amount: 2372, Terminal: "A6008667"}); !reflect.DeepEqual(c, want) {
		t.Errorf("%+v", c)
	}
	if f := fields[8]; f.ID != "64" || len(f.Fields) != 3 || f.Fields[2].Value != "北京" {
		t.Errorf("%+v", f)
	}
	// Built again it is in order, and nothing is lost.
	c.Fields = fields
	again := c.String()
	if len(again) != len(sample) || !strings.Contains(again, "31280012D1560000000103081234567852") || !strings.Contains(again, "64200002ZH0104最佳运输0202北京91320016") {
		t.Error(again)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestDuitNow(t *testing.T) {
	c := DuitNow("890053", "BALAI000001", "JABATAN PENGANGKUTAN JALAN MALAYSIA", "PUTRAJAYA", 1230, attempt)
	if got := c.String(); got != summed(whole) {
		t.Errorf("%s\n%s", got, summed(whole))
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	c.Amount = 0
	if got := c.String(); got != summed(head+account+trade+place+extra) {
		t.Error(got)
	}
	for what, c := range map[string]Code{
		"a long reference": DuitNow("890053", "B", "JPJ", "PUTRAJAYA", 100, strings.Repeat("A", 26)),
		"no name":          DuitNow("890053", "B", "郵便局", "PUTRAJAYA", 100, attempt),
		"below zero":       DuitNow("890053", "B", "JPJ", "PUTRAJAYA", -100, attempt),
		"too much":         DuitNow("890053", "B", "JPJ", "PUTRAJAYA", 100_000_000_000_00, attempt),
		"a long merchant":  DuitNow("890053", strings.Repeat("M", 99), "JPJ", "PUTRAJAYA", 100, attempt),
		"no merchant":      {Category: Government, Currency: money.MYR, Country: "MY", Name: "JPJ", City: "PUTRAJAYA"},
		"no currency":      {Merchant: Merchant{Template: "04", ID: "1"}, Category: Government, Currency: "RM", Country: "MY", Name: "JPJ", City: "PUTRAJAYA"},
		// 103 characters: the length reads as 10, and what follows as objects.
		"a name that says more": {Merchant: Merchant{Template: "04", ID: "1"}, Category: Government, Currency: money.MYR, Country: "MY", City: "PUTRAJAYA",
			Name: "A12345678" + o("65", strings.Repeat("x", 90))},
	} {
		var e *Error
		if err := c.Check(); !errors.As(err, &e) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Of several accounts it is the one with the lowest id from 26 on, in whatever order they stand.
func TestMerchant(t *testing.T) {
	card, other := o("04", "4000001234567899"), o("31", o("00", "D15600000001"), o("02", "12345678"))
	for payload, want := range map[string]Merchant{
		head + card + account + trade + place:         {"26", DuitNowScheme, "890053", "BALAI000001"},
		head + trade + place + account + card:         {"26", DuitNowScheme, "890053", "BALAI000001"},
		head + other + account + trade + place:        {"26", DuitNowScheme, "890053", "BALAI000001"},
		head + other + card + trade + place:           {"31", "D15600000001", "", "12345678"},
		head + card + o("02", "4111") + trade + place: {Template: "02", ID: "4111"},
		head + o("26", o("00", "A")) + trade + place:  {Template: "26", Scheme: "A"},
	} {
		c, err := Parse(summed(payload))
		if err != nil || c.Merchant != want {
			t.Errorf("%+v, not %+v: %v", c.Merchant, want, err)
		}
		if again, err := Parse(c.String()); err != nil || again.Merchant != want {
			t.Errorf("built again it is %+v: %v", again.Merchant, err)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"Nguyễn Văn Đức": "Nguyen Van Duc", "Majlis Perbandaran Alor Gajah": "Majlis Perbandaran Alor G", "Café – “Seri”": `Cafe - "Seri"`,
		"Jabatan Pendaftaran Neg. Xy": "Jabatan Pendaftaran Neg.", " a\n\tb ": "a b", "郵便局": "",
	} {
		if got := Plain(text, 25); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestLies(t *testing.T) {
	sum := CRC([]byte(whole + "6304"))
	for what, c := range map[string]struct {
		payload string
		want    error
		field   string
		at      int
	}{
		"nothing":                        {"", ErrOrder, "00", 0},
		"no payment code":                {"https://bayar.example/1", ErrDigits, "", 0},
		"cut in an id":                   {summed(whole) + "8", ErrLength, "", len(whole) + 8},
		"cut in a length":                {whole[:len(whole)-len(extra)+3], ErrLength, "", len(whole) - len(extra)},
		"cut in a value":                 {whole[:len(whole)-1], ErrLength, "62", len(whole) - len(extra) + 2},
		"cut checksum":                   {(whole + "6304" + sum)[:len(whole)+7], ErrLength, "63", len(whole) + 2},
		"length beyond the end":          {head + "2699" + account[4:] + "6304FFFF", ErrLength, "26", 14},
		"length 00":                      {summed(whole + "6500"), ErrLength, "65", len(whole) + 2},
		"inner length beyond the end":    {summed(head + o("26", "0099A0000006150001") + trade + place), ErrLength, "26.00", 18},
		"inner length short":             {summed(head + o("26", "0004A0000006150001") + trade + place), ErrDouble, "26.00", 24},
		"a letter in an id":              {summed(whole + "6O01A"), ErrDigits, "", len(whole) + 1},
		"a letter in a length":           {summed(whole + "650XA"), ErrDigits, "", len(whole) + 3},
		"a sign in a length":             {summed(whole + "65+1A"), ErrDigits, "", len(whole) + 2},
		"Arabic digits":                  {summed(whole + "65٠١A"), ErrDigits, "", len(whole) + 2},
		"a letter in an inner id":        {summed(head + o("26", o("0A", "X")) + trade + place), ErrDigits, "26", 17},
		"01 before 00":                   {summed(o("01", "12") + o("00", "01") + account + trade + place), ErrOrder, "00", 0},
		"something after 63":             {summed(whole) + o("64", "0002MS0103JPJ"), ErrOrder, "63", len(whole)},
		"63 in the middle":               {head + "6304ABCD" + account + trade + place, ErrOrder, "63", 12},
		"an amount twice":                {summed(whole + o("54", "1.00")), ErrDouble, "54", len(whole)},
		"an account twice":               {summed(head + account + account + trade + place), ErrDouble, "26", 12 + len(account)},
		"a checksum twice":               {summed(summed(whole)), ErrDouble, "63", len(whole) + 8},
		"a reference twice":              {summed(head + account + trade + place + o("62", o("05", "A"), o("05", "B"))), ErrDouble, "62.05", len(head+account+trade+place) + 9},
		"no checksum":                    {whole, ErrCRC, "63", len(whole)},
		"a wrong checksum":               {whole + "63040000", ErrCRC, "63", len(whole) + 4},
		"a small checksum":               {whole + "6304" + strings.ToLower(sum), ErrCRC, "63", len(whole) + 4},
		"a checksum without its own id":  {whole + "6304" + CRC([]byte(whole)), ErrCRC, "63", len(whole) + 4},
		"a long checksum":                {whole + "6305" + sum + "0", ErrCRC, "63", len(whole) + 4},
		"another amount":                 {strings.Replace(summed(whole), "12.30", "01.23", 1), ErrCRC, "63", len(whole) + 4},
		"cut UTF-8":                      {summed(whole + "6504a\xe6\x9c" + "b"), ErrText, "", len(whole) + 5},
		"a surrogate":                    {summed(whole + "6503\xed\xa0\x80"), ErrText, "", len(whole) + 4},
		"NUL":                            {summed(whole + "6501\x00"), ErrText, "", len(whole) + 4},
		"a line's end":                   {summed(whole) + "\n", ErrText, "", len(whole) + 8},
		"bytes counted in 64":            {summed(whole + "6432" + "0002ZH0112最佳运输0206北京"), ErrLength, "64", len(whole) + 2},
		"bytes counted inside 64":        {summed(whole + o("64", "0002ZH0112最佳运输0206北京")), ErrLength, "64.01", len(whole) + 12},
		"a name that is not ASCII":       {summed(head + account + trade + o("58", "MY") + o("59", "Kedai Đức") + o("60", "PUTRAJAYA")), ErrText, "59", len(head+account+trade) + 16},
		"513 characters":                 {summed(whole + o("65", strings.Repeat("x", 99)) + o("66", strings.Repeat("x", 99)) + o("67", strings.Repeat("x", 99)) + o("68", strings.Repeat("x", 192-len(whole)))), ErrLong, "", 512},
		"a format that is not 01":        {summed(o("00", "02") + o("01", "12") + account + trade + place), ErrValue, "00", 4},
		"a method that is none":          {summed(o("00", "01") + o("01", "13") + account + trade + place), ErrValue, "01", 10},
		"a long name":                    {summed(head + account + trade + o("58", "MY") + o("59", strings.Repeat("A", 26)) + o("60", "PUTRAJAYA")), ErrLength, "59", len(head+account+trade) + 8},
		"a long reference":               {summed(head + account + trade + place + o("62", o("05", strings.Repeat("A", 26)))), ErrLength, "62.05", len(head+account+trade+place) + 6},
		"a small country":                {summed(head + account + trade + o("58", "my") + o("59", "JPJ") + o("60", "PUTRAJAYA")), ErrValue, "58", len(head+account+trade) + 4},
		"a trade of letters":             {summed(head + account + o("52", "939x") + o("53", "458") + place), ErrText, "52", len(head+account) + 7},
		"no account":                     {summed(head + trade + place), ErrMissing, "", len(head + trade + place)},
		"an account without a scheme":    {summed(head + o("26", o("01", "890053")) + trade + place), ErrMissing, "26.00", 26},
		"no currency":                    {summed(head + account + o("52", "9399") + o("54", "1.00") + place), ErrMissing, "53", len(head+account+place) + 16},
		"no name":                        {summed(head + account + trade + o("58", "MY") + o("60", "PUTRAJAYA")), ErrMissing, "59", len(head+account+trade) + 19},
		"another language without which": {summed(whole + o("64", o("01", "JPJ"))), ErrMissing, "64.00", len(whole) + 11},
		"a currency that is none":        {summed(head + account + o("52", "9399") + o("53", "000") + place), ErrCurrency, "53", len(head+account) + 12},
		"a currency of yesterday":        {summed(head + account + o("52", "9399") + o("53", "280") + place), ErrCurrency, "53", len(head+account) + 12},
		"a tip that is none":             {summed(whole + o("55", "04")), ErrValue, "55", len(whole) + 4},
		"a fee that nothing announces":   {summed(whole + o("56", "1.00")), ErrValue, "56", len(whole)},
		"a fee that is not there":        {summed(whole + o("55", "02")), ErrMissing, "56", len(whole)},
		"a fee of nothing":               {summed(whole + o("55", "02") + o("56", "0.00")), ErrAmount, "56", len(whole) + 10},
		"a hundred per cent":             {summed(whole + o("55", "03") + o("57", "100")), ErrValue, "57", len(whole) + 10},
		"another's fee":                  {summed(whole + o("55", "03") + o("56", "1.00")), ErrValue, "56", len(whole) + 6},
	} {
		_, err := Parse(c.payload)
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, c.want) || e.Field != c.field || e.At != c.at {
			t.Errorf("%s: %v; want field %s, byte %d: %v\n%s", what, err, c.field, c.at, c.want, c.payload)
		}
	}
	// The longest.
	if _, err := Parse(summed(whole + o("65", strings.Repeat("x", 99)) + o("66", strings.Repeat("x", 99)) + o("67", strings.Repeat("x", 99)) + o("68", strings.Repeat("x", 191-len(whole))))); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"0", "0.00", "000", "12.345", "12,30", "1 000", "-1.00", "+1.00", ".50", "1.2.3", "..", ".", "1e3", "0x1F", "12.30.", "12..", "12.3a", "RM12"} {
		_, err := Parse(summed(head + account + trade + o("54", text) + place))
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrAmount) || e.Field != "54" {
			t.Errorf("%q is an amount: %v", text, err)
		}
	}
}

// How many decimals an amount may have is its currency's.
func TestAmount(t *testing.T) {
	for _, c := range []struct {
		digits, text string
		want         money.Amount // 0: it is refused
	}{
		{"458", "98.73", 9873}, {"458", "98", 9800}, {"458", "98.", 9800}, {"458", "98.7", 9870}, {"458", "0.01", 1}, {"458", "9999999999.99", 9999999999_99},
		{"392", "98", 98}, {"392", "98.", 98}, {"392", "98.0", 0}, {"414", "1.234", 1234}, {"414", "1.2345", 0}, {"048", "1.5", 1500}, {"036", "1.55", 155},
	} {
		got, err := Parse(summed(head + account + o("52", "9399") + o("53", c.digits) + o("54", c.text) + place))
		if got.Amount != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("%s of %s: %d %v, not %d", c.text, c.digits, got.Amount, err, c.want)
		}
	}
	if len(digits) != len(letters) || len(digits) < 150 {
		t.Errorf("%d currencies, %d numbers", len(digits), len(letters))
	}
	for c, n := range digits {
		if _, ok := money.Exponent(c); !ok || len(n) != 3 || strings.Trim(n, "0123456789") != "" {
			t.Errorf("%s %s", c, n)
		}
	}
}

// codes draws what Check allows.
func codes(t *rapid.T) Code {
	text := func(label string, least, most int) string {
		return rapid.StringOfN(rapid.RuneFrom(nil, asciiRange), least, most, -1).Draw(t, label)
	}
	c := Code{
		Dynamic:  rapid.Bool().Draw(t, "dynamic"),
		Merchant: Merchant{Template: fmt.Sprintf("%02d", rapid.IntRange(2, 51).Draw(t, "template")), ID: text("id", 1, 20)},
		Category: rapid.StringMatching("[0-9]{4}").Draw(t, "category"),
		Currency: rapid.SampledFrom([]string{"MYR", "SGD", "JPY", "KWD", "CLF", "AUD"}).Draw(t, "currency"),
		Country:  rapid.StringMatching("[A-Z]{2}").Draw(t, "country"),
		Name:     text("name", 1, 25), City: text("city", 1, 15), Postcode: text("postcode", 0, 10),
		Amount:    money.Amount(rapid.Int64Range(0, 99999999999).Draw(t, "amount")),
		Reference: text("reference", 0, 25), Bill: text("bill", 0, 25), Terminal: text("terminal", 0, 25),
	}
	if isTemplate(c.Merchant.Template) {
		c.Merchant.Scheme, c.Merchant.Acquirer = text("scheme", 1, 32), text("acquirer", 0, 20)
	}
	if rapid.Bool().Draw(t, "language") {
		name := rapid.StringOfN(rapid.RuneFrom([]rune("最佳运输سوقكمدي🍜é"), asciiRange), 1, 25, -1).Draw(t, "other name")
		c.Fields = append(c.Fields, Field{ID: "64", Fields: []Field{{ID: "00", Value: "ZH"}, {ID: "01", Value: name}}})
		c.Fields[0].Value = join(c.Fields[0].Fields)
	}
	if rapid.Bool().Draw(t, "more") {
		c.Fields = append(c.Fields, Field{ID: "65", Value: text("more", 1, 30)})
	}
	return c
}

// What is built is read as the same, and built again from that.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := codes(t)
		if err := c.Check(); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		got, err := Parse(c.String())
		if err != nil {
			t.Fatal(err)
		}
		if again := got.String(); again != c.String() {
			t.Fatalf("%s\n%s", c.String(), again)
		}
		if err := got.Check(); err != nil {
			t.Fatal(err)
		}
		fields := c.fields()
		if last := len(got.Fields) - 1; last != len(fields) || got.Fields[last].ID != "63" || !reflect.DeepEqual(got.Fields[:last], fields) {
			t.Fatalf("%+v", got.Fields)
		}
		got.Fields = c.Fields
		if !reflect.DeepEqual(got, c) {
			t.Fatalf("%+v\n%+v", c, got)
		}
	})
}

// Whatever one byte becomes, the payload is read no more: the checksum finds
// every change of up to 16 bits in a row.
func TestNoByteChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(codes(t).String())
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		b[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		if c, err := Parse(string(b)); err == nil {
			t.Fatalf("%s: %+v", b, c)
		}
	})
}

func TestPayNow(t *testing.T) {
	c := PayNow("201403121W", "ACME Pte Ltd.", 500_00, false, time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), "TQINV-10001")
	want := summed(head + o("26", o("00", PayNowScheme), o("01", "2"), o("02", "201403121W"), o("03", "0"), o("04", "20261231")) +
		o("52", "0000") + o("53", "702") + o("54", "500.00") + o("58", "SG") + o("59", "ACME Pte Ltd.") + o("60", "Singapore") + o("62", o("01", "TQINV-10001")))
	if got := c.String(); got != want {
		t.Errorf("%s\n%s", got, want)
	}
	got, err := Parse(want)
	if err != nil || got.Merchant != c.Merchant || got.Bill != c.Bill {
		t.Errorf("%+v %v", got, err)
	}
}
