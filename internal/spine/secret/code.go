package secret

import "strings"

// printed are the letters of a printed code: none is mistaken for another when
// it is read aloud or copied by hand (no 0 O, 1 I L, U V).
const printed = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// Code draws a code of n letters, some 4.8 bits each.
func Code(random func(n int) []byte, n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range random(n) {
			if int(b) < len(printed)*8 && len(out) < n { // so that each letter is as likely
				out = append(out, printed[int(b)%len(printed)])
			}
		}
	}
	return string(out)
}

// Grouped is a code as it is shown: fours with hyphens between.
func Grouped(code string) string {
	var b strings.Builder
	for i, r := range code {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Typed is a code as somebody typed it: in any case, with any blanks and
// hyphens between.
func Typed(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}
