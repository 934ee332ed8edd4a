package iso20022

import (
	"errors"
	"strings"
	"testing"

	"balai/internal/spine/money"
)

// Zeros that say nothing are read over; a digit that is no sen is not rounded.
func TestAmountDigits(t *testing.T) {
	for text, want := range map[string]money.Amount{"10.00": 1000, "10": 1000, "10.5": 1050, "10.50000": 1050, "10.000": 1000, "0.01000": 1, "10.005": -1, "10.00001": -1, "10.": -1, ".50": -1, "+10.00": -1, "1e1": -1, "1,000.00": -1} {
		var got money.Amount
		_, err := ReadStatements(strings.NewReader(strings.Replace(old, "<![CDATA[10.00]]>", text, 1)), func(_ *Statement, e Entry) error { got = e.Amount; return nil })
		if want < 0 {
			if !errors.Is(err, money.ErrAmount) {
				t.Errorf("%s: %v %v", text, got, err)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
}
