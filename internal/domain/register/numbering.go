package register

import (
	"fmt"
	"strings"
)

// Numbering is how a book makes the number that a field says: a prefix by what
// another field says, ten running digits and one by which a slip of the pen is
// seen. An entry whose field By has no prefix gets no number there. Who holds a
// number already keeps it: one that a yes brings is not made anew.
type Numbering struct {
	Field, By string
	Prefix    map[string]string // by the value of By; of a truth, "true" or "false"
}

// runningDigits leave room for more files than the country has people.
const runningDigits = 10

// prefix is what a number of these values begins with, "" where none is due.
func (n Numbering) prefix(v map[string]any) string {
	if v[n.By] == nil {
		return ""
	}
	return n.Prefix[fmt.Sprint(v[n.By])]
}

// FileNumber is the nth number of a prefix, such as IG00000000017: the digit at
// the end checks all that stands before it.
func FileNumber(prefix string, n int64) string {
	s := fmt.Sprintf("%s%0*d", prefix, runningDigits, n)
	return s + string(checkDigit(s))
}

// ChecksFileNumber tells whether a number is one that FileNumber can have made:
// letters, ten digits, and the digit that fits them. Any single wrong
// digit shows, and so do most pairs of digits that changed places.
func ChecksFileNumber(s string) bool {
	digits := strings.TrimLeft(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if len(digits) != runningDigits+1 || len(digits) == len(s) || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return checkDigit(s[:len(s)-1]) == s[len(s)-1]
}

// checkDigit is that of ISO/IEC 7064, MOD 11,10, over the digits; a letter
// counts as two of them, A as 10 and Z as 35.
func checkDigit(s string) byte {
	rest := 10
	add := func(d int) {
		if rest = (rest + d) % 10; rest == 0 {
			rest = 10
		}
		rest = rest * 2 % 11
	}
	for _, c := range []byte(s) {
		if c >= 'A' {
			v := int(c-'A') + 10
			add(v / 10)
			add(v % 10)
			continue
		}
		add(int(c - '0'))
	}
	return byte('0' + (11-rest)%10)
}
