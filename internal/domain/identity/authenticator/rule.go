package authenticator

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Least and most characters of a password. NIST SP 800-63B section 3.1.1.2 asks
// for length, and for no mixture of kinds.
const (
	passwordLeast = 12
	passwordMost  = 200
)

// normal is a password as it is hashed: typed on another keyboard it is the
// same.
func normal(password string) string { return norm.NFKC.String(password) }

// Weak tells what is wrong with a password, "" where nothing is: a text key. It
// must be long, and neither the person's own number nor their name, which a
// stranger tries first.
func Weak(password, number, name string) string {
	p := normal(password)
	switch n := utf8.RuneCountInString(p); {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return "authenticator.password.odd"
	case n < passwordLeast:
		return "authenticator.password.short"
	case n > passwordMost:
		return "authenticator.password.long"
	}
	bare := plain(p)
	for _, known := range append(strings.Fields(name), number, name) {
		if k := plain(known); len(k) >= 4 {
			bare = strings.ReplaceAll(bare, k, "")
		}
	}
	if different(bare) < 4 {
		return "authenticator.password.known"
	}
	return ""
}

// plain is a text without its case, blanks and signs.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func different(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// whose names whom an attempt is held against: the person, in however many ways
// their number can be written. A number that is nobody's goes by what the
// register would look up, so that as many attempts at either are let pass.
func whose(person, number string) string {
	if person != "" {
		return "person " + person
	}
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, number)
	if digits := strings.ReplaceAll(s, "-", ""); len(digits) == 12 && strings.Trim(digits, "0123456789") == "" {
		s = digits
	}
	return "number " + s
}

// A Lane counts misses. One is of an account tried from one address; one of the
// address, whichever account; one of the account, wherever from.
type Lane struct {
	Name string // never a number or an address itself
	Free int64  // misses before anybody waits
}

// Lanes of an attempt. Passkeys are in none of them, so that whoever has one is
// never kept waiting by a stranger. account and address are names that tell nothing.
func lanes(account, address string) []Lane {
	return []Lane{{"pair " + account + " " + address, 5}, {"address " + address, 30}, {"account " + account, 50}}
}

const (
	waitFirst = 30 * time.Second
	waitMost  = 15 * time.Minute
	// forget is after how long without a miss nothing is held against a lane.
	forget = 24 * time.Hour
)

// waitAfter is how long a lane waits after so many misses.
func waitAfter(misses, free int64) time.Duration {
	if misses < free {
		return 0
	}
	return min(waitFirst<<min(misses-free, 5), waitMost)
}
