package iso20022

import (
	"math/big"
	"strings"

	"balai/internal/spine/money"
)

// Sum adds up amounts of any currencies as plain numbers, which is what the
// standard's control sums are. The zero value is ready.
type Sum struct{ total big.Int }

// scale is ten to the most digits of a minor unit (CLF, UYW).
const scale = 4

var tens = []int64{1, 10, 100, 1_000, 10_000}

// Add adds an amount.
func (s *Sum) Add(a money.Amount, currency string) {
	digits, _ := money.Exponent(currency)
	var n big.Int
	s.total.Add(&s.total, n.Mul(big.NewInt(int64(a)), big.NewInt(tens[scale-digits])))
}

// Text is the sum as a decimal without trailing zeros.
func (s *Sum) Text() string {
	text := s.total.String()
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	if len(text) <= scale {
		text = strings.Repeat("0", scale-len(text)+1) + text
	}
	whole, part := text[:len(text)-scale], strings.TrimRight(text[len(text)-scale:], "0")
	if part == "" {
		return sign + whole
	}
	return sign + whole + "." + part
}
