package money

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Amount{"0": 0, "12": 1200, "12.3": 1230, "12.30": 1230, "0.05": 5, "92233720368547758.07": Max} {
		if got, err := Parse(text, MYR); err != nil || got != want {
			t.Errorf("%q: %d %v, not %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", "12.", ".5", "-1", "+1", "1,000.00", "1e3", "12.345", " 1", "1 ", "١٢", "0x10", "NaN"} {
		if got, err := Parse(text, MYR); !errors.Is(err, ErrAmount) {
			t.Errorf("%q is taken for %d: %v", text, got, err)
		}
	}
	if _, err := Parse("92233720368547758.08", MYR); !errors.Is(err, ErrOverflow) {
		t.Error(err)
	}
	if _, err := Parse("1", "ABC"); !errors.Is(err, ErrAmount) {
		t.Error(err)
	}
	for currency, want := range map[string]string{"JPY": "1234", MYR: "12.34", "KWD": "1.234", "CLF": "0.1234"} {
		if got := Amount(1234).Decimal(currency); got != want {
			t.Errorf("%s: %s, not %s", currency, got, want)
		}
	}
	if got := (-Max - 1).Decimal(MYR); got != "-92233720368547758.08" {
		t.Error(got)
	}
}

// A comma is one between thousands, or no amount: one that is dropped makes of
// twelve ringgit and fifty sen a thousand.
func TestTyped(t *testing.T) {
	for text, want := range map[string]Amount{"12": 1200, " 12.5 ": 1250, "RM 20": 2000, "rm1,250.00": 125000, "MYR 1,000,000": 100000000, "0": 0} {
		if got, err := Typed(text); err != nil || got != want {
			t.Errorf("%q: %d %v, not %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "RM", "12,50", "12,5", "1,00.50", "1,250,00", "1.250,00", ",500", "1250,000", "1,250.", "-5", "1 250", "12.345"} {
		if got, err := Typed(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

// What is written is read again, and every sum is the one of whole numbers
// without a bound, or an error.
func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := Amount(rapid.Int64().Draw(t, "a")), Amount(rapid.Int64().Draw(t, "b")), Amount(rapid.Int64().Draw(t, "c"))
		if a >= 0 {
			for _, currency := range []string{"JPY", MYR, "KWD", "CLF"} {
				if got, err := Parse(a.Decimal(currency), currency); err != nil || got != a {
					t.Fatalf("%d of %s is read as %d: %v", a, currency, got, err)
				}
			}
		}
		x, y := big.NewInt(int64(a)), big.NewInt(int64(b))
		same := func(what string, got Amount, err error, want *big.Int) {
			t.Helper()
			if !want.IsInt64() {
				if !errors.Is(err, ErrOverflow) {
					t.Fatalf("%s of %d and %d: %d, %v", what, a, b, got, err)
				}
			} else if err != nil || int64(got) != want.Int64() {
				t.Fatalf("%s of %d and %d: %d, not %s: %v", what, a, b, got, want, err)
			}
		}
		got, err := Add(a, b)
		same("sum", got, err, new(big.Int).Add(x, y))
		got, err = Sub(a, b)
		same("difference", got, err, new(big.Int).Sub(x, y))
		got, err = Mul(a, int64(b))
		same("product", got, err, new(big.Int).Mul(x, y))
		if c != 0 {
			got, err = Share(a, b, c)
			q, r := new(big.Rat).SetFrac(new(big.Int).Mul(x, y), big.NewInt(int64(c))), new(big.Rat)
			if err == nil {
				// No whole number is nearer.
				if r.Sub(q, new(big.Rat).SetInt64(int64(got))).Abs(r).Cmp(big.NewRat(1, 2)) > 0 {
					t.Fatalf("%d * %d / %d: %d", a, b, c, got)
				}
			}
		}
	})
}

func TestHalfToEven(t *testing.T) {
	for _, c := range [][4]Amount{{5, 1, 10, 0}, {15, 1, 10, 2}, {25, 1, 10, 2}, {-15, 1, 10, -2}, {-25, 1, 10, -2}, {35, -1, 10, -4}, {7, 1, 3, 2}, {8, 1, 3, 3}} {
		if got, err := Share(c[0], c[1], c[2]); err != nil || got != c[3] {
			t.Errorf("%d * %d / %d: %d %v, not %d", c[0], c[1], c[2], got, err, c[3])
		}
	}
}

// The edges, which a draw may miss: nothing added is no overflow, a sum that
// leaves an amount on its way is one, and nothing is a share of nothing.
func TestEdges(t *testing.T) {
	const least = -Max - 1
	for _, a := range []Amount{least, -1, 0, 1, Max} {
		for _, op := range []func(a, b Amount) (Amount, error){Add, Sub} {
			if got, err := op(a, 0); got != a || err != nil {
				t.Errorf("%d and nothing: %d, %v", a, got, err)
			}
		}
	}
	for _, c := range []struct {
		all  []Amount
		want Amount
		err  error
	}{{nil, 0, nil}, {[]Amount{Max, -1, 1}, Max, nil}, {[]Amount{Max, 1, -1}, 0, ErrOverflow}, {[]Amount{least, -1}, 0, ErrOverflow}, {[]Amount{1, Max}, 0, ErrOverflow}} {
		if got, err := Sum(c.all...); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v: %d, %v", c.all, got, err)
		}
	}
	if got, err := Sub(0, least); !errors.Is(err, ErrOverflow) {
		t.Error(got, err)
	}
	if got, err := Share(5, 1, 0); !errors.Is(err, ErrOverflow) {
		t.Error(got, err)
	}
}
