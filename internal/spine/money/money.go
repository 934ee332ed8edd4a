// Package money is amounts: whole minor units of a currency, such as sen, and
// never a float. What would leave an int64 is an error and not a wrong number.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// Amount is in the currency's minor unit: sen for MYR, yen for JPY.
type Amount int64

// MYR is the hall's own currency.
const MYR = "MYR"

var (
	// ErrOverflow is of a sum that no Amount holds.
	ErrOverflow = errors.New("money: the amount is too large")
	// ErrAmount is of a text that is no amount of its currency.
	ErrAmount = errors.New("money: this is no amount")
)

// Exponents of ISO 4217's active currencies: how many digits the minor unit has.
var exponents = func() map[string]int {
	m := map[string]int{}
	for digits, codes := range map[int]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
		2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE " +
			"CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT " +
			"LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN " +
			"QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS " +
			"VED VES WST XCD XCG YER ZAR ZMW ZWG",
		3: "BHD IQD JOD KWD LYD OMR TND",
		4: "CLF UYW",
	} {
		for c := range strings.FieldsSeq(codes) {
			m[c] = digits
		}
	}
	return m
}()

// Exponent is how many digits a currency's minor unit has; false for a code that
// is not ISO 4217's.
func Exponent(currency string) (digits int, ok bool) {
	digits, ok = exponents[currency]
	return digits, ok
}

// Parse reads an amount as a bank writes it: digits, and perhaps a point with no
// more digits than the currency has. A sign, a comma, a space or an exponent is
// none: "12", "12.3" and "12.30" are one amount of MYR, "12." and ".5" are none.
func Parse(text, currency string) (Amount, error) {
	digits, ok := exponents[currency]
	if !ok {
		return 0, fmt.Errorf("%w: %q is no currency", ErrAmount, currency)
	}
	whole, part, point := strings.Cut(text, ".")
	if whole == "" || point && part == "" || len(part) > digits || strings.Trim(whole+part, "0123456789") != "" {
		return 0, fmt.Errorf("%w of %s: %.40q", ErrAmount, currency, text)
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if err != nil {
		return 0, ErrOverflow
	}
	return Amount(n), nil
}

// groupsOfThree is digits with a comma at each thousand.
var groupsOfThree = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$`)

// Typed reads ringgit as people type it: "1,250.00", "RM 12", "myr 12.5". A comma
// before the sen is refused: dropped as one between thousands, 12,50 would be 1,250.
func Typed(text string) (Amount, error) {
	text = strings.TrimSpace(text)
	for _, sign := range []string{"RM", MYR} {
		if len(text) > len(sign) && strings.EqualFold(text[:len(sign)], sign) {
			text = strings.TrimSpace(text[len(sign):])
		}
	}
	if groupsOfThree.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	return Parse(text, MYR)
}

// Decimal writes an amount as Parse reads it, with all digits of its currency
// and, below zero, a sign.
func (a Amount) Decimal(currency string) string {
	digits := exponents[currency]
	sign, u := "", uint64(a)
	if a < 0 {
		sign, u = "-", -uint64(a)
	}
	s := strconv.FormatUint(u, 10)
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits-len(s)+1) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Add is a + b.
func Add(a, b Amount) (Amount, error) {
	c := a + b
	if (c > a) != (b > 0) {
		return 0, ErrOverflow
	}
	return c, nil
}

// Sub is a - b.
func Sub(a, b Amount) (Amount, error) {
	c := a - b
	if (c < a) != (b > 0) {
		return 0, ErrOverflow
	}
	return c, nil
}

// Sum adds all.
func Sum(all ...Amount) (sum Amount, err error) {
	for _, a := range all {
		if sum, err = Add(sum, a); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// Mul is a * n.
func Mul(a Amount, n int64) (Amount, error) { return Share(a, Amount(n), 1) }

// Share is a * part / whole, rounded half to even; whole is not zero.
func Share(a, part, whole Amount) (Amount, error) {
	if whole == 0 {
		return 0, ErrOverflow
	}
	n := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(part)))
	q, r := new(big.Int).QuoRem(n, big.NewInt(int64(whole)), new(big.Int))
	// Twice the rest against the divisor tells on which side of the half it is.
	switch c := new(big.Int).Abs(new(big.Int).Lsh(r, 1)).Cmp(new(big.Int).Abs(big.NewInt(int64(whole)))); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		if n.Sign()*big.NewInt(int64(whole)).Sign() < 0 {
			q.Sub(q, big.NewInt(1))
		} else {
			q.Add(q, big.NewInt(1))
		}
	}
	if !q.IsInt64() {
		return 0, ErrOverflow
	}
	return Amount(q.Int64()), nil
}

// Max is the largest amount.
const Max Amount = math.MaxInt64
