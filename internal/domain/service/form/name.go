package form

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Name accepts a person's full name: one field of 1 to 150 runes, letters of
// any script, with the signs that names in Malaysia have (apostrophes,
// hyphens, full stops, @, a/l, a/p). It refuses control characters, numbers
// alone, addresses of web pages and angle brackets, since names go into
// messages and certificates. The name comes back in NFC with single spaces.
func Name(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return s, false
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' {
			return s, false
		}
	}
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if n := utf8.RuneCountInString(s); n < 1 || n > maxName {
		return s, false
	}
	letters := 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsMark(r), unicode.IsDigit(r), strings.ContainsRune(" '’‘ʼ`-–@/.,()", r), r == '\u200c', r == '\u200d':
		default:
			return s, false
		}
	}
	return s, letters > 0 && !looksLikeAddress(s)
}

// looksLikeAddress finds what a mail program would make a link of.
func looksLikeAddress(s string) bool {
	low := strings.ToLower(s)
	if strings.Contains(low, "//") || strings.Contains(low, "www.") || strings.Contains(low, "http") {
		return true
	}
	for word := range strings.FieldsSeq(low) {
		for _, part := range strings.FieldsFunc(word, func(r rune) bool { return r == '/' || r == '@' || r == ',' }) {
			host, tld, ok := cutLast(part, '.')
			// "Mohd.Ali" is a name; "bit.ly" and "a.com" are hosts.
			if ok && host != "" && commonDomain[tld] {
				return true
			}
		}
	}
	return false
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// commonDomain are endings that mail programs link and no name part is.
var commonDomain = map[string]bool{
	"com": true, "net": true, "org": true, "my": true, "info": true, "biz": true, "io": true, "ly": true,
	"co": true, "me": true, "top": true, "xyz": true, "site": true, "online": true, "shop": true, "app": true,
	"link": true, "click": true, "id": true, "sg": true, "cn": true, "ru": true, "gl": true, "gov": true, "edu": true,
}
