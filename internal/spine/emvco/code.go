package emvco

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"balai/internal/spine/money"
)

// A Code is what a merchant's QR code says.
type Code struct {
	Dynamic  bool // it is for one payment (01 is 12) and not for many
	Merchant Merchant
	Category string       // 52: the merchant's trade, four digits of ISO 18245
	Currency string       // 53: the letters of ISO 4217, "MYR"; the payload has its digits
	Country  string       // 58: ISO 3166, "MY"
	Name     string       // 59
	City     string       // 60
	Postcode string       // 61, "" for none
	Amount   money.Amount // 54; 0: the payer types it

	Reference string // 62-05
	Bill      string // 62-01
	Terminal  string // 62-07

	// Fields are all objects as they were read. String takes from here only what
	// has no name above: other accounts, tips, names in another language.
	Fields []Field
}

// A Merchant is the account that is paid. Where a payload names several, it is
// the one with the lowest id from 26 on.
type Merchant struct {
	Template string // the object's id, "26" to "51"; below, a card scheme's own with the ID alone
	Scheme   string // 00: the globally unique identifier
	Acquirer string // 01
	ID       string // 02
}

// A Field is one object of a payload.
type Field struct {
	ID     string // two digits
	Value  string
	Fields []Field // of a template (26-51, 62, 64, 80-99); else nil
}

// named are the ids that Code has its own names for, beside the merchant's.
var named = []string{"00", "01", "52", "53", "54", "58", "59", "60", "61", "62", "63"}

// String is the payload, with its objects in the order of their ids. It keeps
// every rule if Check finds nothing.
func (c Code) String() string {
	s := join(c.fields()) + "6304"
	return s + CRC([]byte(s))
}

// Check finds what keeps a code from being a payload: a missing name, a reference
// that is too long, a currency that is none. Its error is Parse's.
func (c Code) Check() error {
	got, err := Parse(c.String())
	if err != nil {
		return err
	}
	// A value that is longer than two digits can count may read as something else.
	want := c
	want.Fields = append(c.fields(), got.Fields[len(got.Fields)-1])
	if !reflect.DeepEqual(got, want) {
		return &Error{Err: fmt.Errorf("%w: it is read as something else", ErrValue)}
	}
	return nil
}

// fields are the payload's objects but for the checksum.
func (c Code) fields() []Field {
	method, amount := static, ""
	if c.Dynamic {
		method = dynamic
	}
	if c.Amount != 0 {
		amount = c.Amount.Decimal(c.Currency)
	}
	account := Field{ID: c.Merchant.Template, Value: c.Merchant.ID}
	if isTemplate(account.ID) {
		account = c.template(account.ID, "00", c.Merchant.Scheme, "01", c.Merchant.Acquirer, "02", c.Merchant.ID)
	}
	all := []Field{
		{ID: "00", Value: format}, {ID: "01", Value: method}, account,
		{ID: "52", Value: c.Category}, {ID: "53", Value: numericOf(c.Currency)}, {ID: "54", Value: amount},
		{ID: "58", Value: c.Country}, {ID: "59", Value: c.Name}, {ID: "60", Value: c.City}, {ID: "61", Value: c.Postcode},
		c.template("62", "01", c.Bill, "05", c.Reference, "07", c.Terminal),
	}
	for _, f := range c.Fields {
		if f.ID == c.Merchant.Template || slices.Contains(named, f.ID) {
			continue
		}
		if f.Fields != nil {
			f.Fields = ordered(f.Fields)
			f.Value = join(f.Fields)
		}
		all = append(all, f)
	}
	return ordered(all)
}

// template is an object that holds the pairs of id and value, and what Fields
// has in it beside them.
func (c Code) template(id string, pairs ...string) Field {
	f := Field{ID: id}
	for pair := range slices.Chunk(pairs, 2) {
		f.Fields = append(f.Fields, Field{ID: pair[0], Value: pair[1]})
	}
	pairsEnd := len(f.Fields)
	for _, old := range c.Fields {
		if old.ID != id {
			continue
		}
		for _, o := range old.Fields {
			if !slices.ContainsFunc(f.Fields[:pairsEnd], func(p Field) bool { return p.ID == o.ID }) {
				f.Fields = append(f.Fields, o)
			}
		}
	}
	f.Fields = ordered(f.Fields)
	f.Value = join(f.Fields)
	return f
}

// ordered are the objects that hold something, by id.
func ordered(fields []Field) []Field {
	fields = slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return f.Value == "" })
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.ID, b.ID) })
	return fields
}

func join(fields []Field) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%s%02d%s", f.ID, utf8.RuneCountInString(f.Value), f.Value)
	}
	return b.String()
}

// CRC is the checksum of the standard's object 63, in upper-case hexadecimal:
// CRC-16 with the polynomial 0x1021 from 0xFFFF on, "29B1" for "123456789". It
// is taken of the payload up to and with "6304".
func CRC(b []byte) string {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			top := crc & 0x8000
			crc <<= 1
			if top != 0 {
				crc ^= 0x1021
			}
		}
	}
	return fmt.Sprintf("%04X", crc)
}
