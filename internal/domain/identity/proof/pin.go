package proof

import (
	"slices"
	"strings"
)

// pinDigits is the length of a card's PIN.
const pinDigits = 6

// wrongPIN is what is wrong with the PIN of a person's card, or "": one of which
// the card's finder thinks first. number is on the card itself, and born (a
// civil date) is in its first half.
func wrongPIN(pin, again, number, born string) string {
	if len(pin) != pinDigits || strings.Trim(pin, "0123456789") != "" {
		return "proof.error.pin"
	}
	back := []byte(pin)
	slices.Reverse(back)
	switch {
	case patterned(pin) || ofNumber(pin, number) || ofNumber(string(back), number) || ofBirthday(pin, born):
		return "proof.error.pin_easy"
	case pin != again:
		return "proof.error.pin_again"
	}
	return ""
}

// patterned tells whether a PIN counts up or down, has two digits at most, or
// says the same thing again: 123456, 112233, 123123, 121212, 123321, 111222.
func patterned(pin string) bool {
	half := pin[:3]
	return counts(pin) || counts(half) && counts(pin[3:]) || half == pin[3:] ||
		pin[:2] == pin[2:4] && pin[2:4] == pin[4:] ||
		pin[0] == pin[1] && pin[2] == pin[3] && pin[4] == pin[5] ||
		pin[0] == pin[5] && pin[1] == pin[4] && pin[2] == pin[3] ||
		len(slices.Compact(slices.Sorted(slices.Values([]byte(pin))))) <= 2
}

// counts tells whether each digit is as far from the one before, by one at most;
// after 9 comes 0.
func counts(s string) bool {
	step := (s[1] - s[0] + 10) % 10
	for i := 1; i < len(s); i++ {
		if (s[i]-s[i-1]+10)%10 != step {
			return false
		}
	}
	return step == 0 || step == 1 || step == 9
}

// ofNumber tells whether a PIN is six digits of a number, or has its last four.
func ofNumber(pin, number string) bool {
	digits := bare(number)
	if len(digits) < 4 {
		return false
	}
	return strings.Contains(digits, pin) || strings.Contains(pin, digits[len(digits)-4:])
}

// ofBirthday tells whether a PIN is a birthday, or most of one, with day, month
// and year in whatever order and however short.
func ofBirthday(pin, born string) bool {
	p := strings.Split(born, "-")
	if len(p) != 3 || len(p[0]) != 4 {
		return false
	}
	short := func(s string) []string { return []string{s, strings.TrimLeft(s, "0")} }
	year, month, day := []string{p[0], p[0][2:]}, short(p[1]), short(p[2])
	for _, y := range year {
		for _, m := range month {
			for _, d := range day {
				for _, whole := range []string{d + m + y, m + d + y, y + m + d, y + d + m, d + y + m, m + y + d} {
					if strings.Contains(whole, pin) {
						return true
					}
				}
			}
		}
	}
	return false
}

// bare is a number without hyphens and blanks, as people write it either way.
func bare(number string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(number)
}
