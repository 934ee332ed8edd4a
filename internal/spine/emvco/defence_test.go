package emvco

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/money"
)

// Which ids hold others, what their values may be, and what a template must have:
// from the standard's tables, beside the code.
func TestTables(t *testing.T) {
	for n := range 100 {
		id := fmt.Sprintf("%02d", n)
		if want := n >= 26 && n <= 51 || n == 62 || n == 64 || n >= 80; isTemplate(id) != want {
			t.Errorf("%s holds objects: %t", id, !want)
		}
	}
	for path, want := range map[string]rule{
		"26.00": {1, 32, special}, "80.00": {1, 32, special}, "51.03": {1, 99, special}, "04": {1, 99, special}, "62.50": {1, 99, anything}, "62.00": {1, 99, anything},
		"65": {1, 99, anything}, "80.01": {1, 99, anything}, "54": {1, 13, special}, "64.01": {1, 25, anything},
	} {
		if got := ruleOf(path); got != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for what, c := range map[string]struct {
		payload string
		want    error
		field   string
	}{
		"another language without a name": {whole + o("64", o("00", "MS")), ErrMissing, "64.01"},
		"a sign before the digits":        {head + account + o("52", "93/9") + o("53", "458") + place, ErrText, "52"},
		"a percentage of nothing":         {whole + o("55", "03") + o("57", "0.00"), ErrValue, "57"},
		"a percentage that is none":       {whole + o("55", "03") + o("57", "x"), ErrValue, "57"},
		"one that is a percentage":        {whole + o("55", "03") + o("57", "99.99"), nil, ""},
		"U+FFFD itself":                   {whole + o("64", o("00", "MS"), o("01", "\ufffd")), nil, ""},
		"DEL":                             {whole + "6501\x7f", ErrText, ""},
	} {
		_, err := Parse(summed(c.payload))
		var e *Error
		if !errors.Is(err, c.want) || err != nil && (!errors.As(err, &e) || e.Field != c.field) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && (e.Field == "") == strings.Contains(err.Error(), ", field ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A PayNow code without an amount lets its payer type one.
func TestPayNowOpen(t *testing.T) {
	until := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		amount int64
		edit   bool
		want   string
	}{{0, false, "1"}, {0, true, "1"}, {500, true, "1"}, {500, false, "0"}} {
		code := PayNow("201403121W", "ACME", money.Amount(c.amount), c.edit, until, "A")
		if err := code.Check(); err != nil || !strings.Contains(code.String(), "0301"+c.want) {
			t.Errorf("%+v: %s %v", c, code, err)
		}
	}
}

// Only printable ASCII is left of a text, and no space at its ends.
func TestPlainSigns(t *testing.T) {
	for c := range rune(128) {
		want := ""
		if c > ' ' && c <= '~' {
			want = string(c)
		}
		if got := Plain(string(c), 25); got != want {
			t.Errorf("%q: %q", c, got)
		}
	}
}
