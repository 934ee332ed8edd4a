package emvco

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var asciiRange = &unicode.RangeTable{R16: []unicode.Range16{{Lo: ' ', Hi: '~', Stride: 1}}}

// canonical tells whether a payload that Parse read is as String writes it: the
// objects by their ids, 01 there, the amount with all decimals.
func canonical(c Code) bool {
	inOrder := func(f []Field) bool {
		return slices.IsSortedFunc(f, func(a, b Field) int { return strings.Compare(a.ID, b.ID) })
	}
	fields := c.Fields[:len(c.Fields)-1]
	for _, f := range fields {
		if !inOrder(f.Fields) || f.ID == "54" && f.Value != c.Amount.Decimal(c.Currency) {
			return false
		}
	}
	return inOrder(fields) && fields[1].ID == "01"
}

// Nothing makes Parse panic, and what it takes is never taken for anything else:
// built again it says the same, in the same bytes where they are canonical.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", whole, summed(whole), summed(head + trade + place), summed(head + account + trade + o("54", "98.") + place),
		summed(whole + o("64", o("00", "ZH"), o("01", "最佳运输"))), summed(place + account), summed(whole + o("55", "02") + o("56", "1.00"))} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		c, err := Parse(payload)
		if err != nil {
			// A checksum is seldom guessed: whatever the body is, it is read with its own too.
			if body, ok := strings.CutSuffix(payload, "6304"); ok {
				payload = summed(body)
			} else {
				payload = summed(payload)
			}
			if c, err = Parse(payload); err != nil {
				return
			}
		}
		again := c.String()
		if canonical(c) != (again == payload) {
			t.Fatalf("%q is built as %q", payload, again)
		}
		d, err := Parse(again)
		if err != nil {
			t.Fatalf("%q: %v", again, err)
		}
		if d.String() != again {
			t.Fatalf("%q, then %q", again, d.String())
		}
		c.Fields, d.Fields = nil, nil
		if !reflect.DeepEqual(c, d) {
			t.Fatalf("%+v, then %+v", c, d)
		}
	})
}
