package search

import (
	_ "embed"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxQuery is how many characters of a question count. A person's question is
// shorter; what is longer is not a question.
const MaxQuery = 200

// maxWords bounds the work that one question can ask for.
const maxWords = 24

// maxWord is the longest word of an index; longer strings are no words.
const maxWord = 40

// Clean is a question as it may be shown and searched: one line of valid
// text, no control or invisible characters, at most MaxQuery characters.
func Clean(q string) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(q, " ")) {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			space = n > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			n++
		}
		if n >= MaxQuery {
			break
		}
		space = false
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// words cuts a text into folded words: lower case, no marks, letters and
// digits only. An apostrophe or a dot inside a word joins it, so that "don't"
// and "S.P.M." are one word. A doubled word (anak-anak) is one.
func words(text string) []string {
	var out []string
	var b strings.Builder
	hyphen := false // the word before ended in a hyphen
	flush := func(next bool) {
		if b.Len() > 0 && b.Len() <= maxWord {
			w := b.String()
			if n := len(out); !hyphen || n == 0 || out[n-1] != w {
				out = append(out, w)
			}
			hyphen = next
		}
		b.Reset()
	}
	rs := []rune(norm.NFKD.String(text))
	for i, r := range rs {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		case r == '\'' || r == '’' || r == 'ʼ':
		case r == '.' && dotted(rs, i):
		default:
			flush(r == '-')
			if r != '-' && r != ' ' {
				hyphen = false
			}
			if r == ' ' {
				hyphen = false
			}
		}
	}
	flush(false)
	return out
}

// dotted tells a dot inside an abbreviation, S.P.M., from one at a sentence's
// end: single letters stand on both sides of it.
func dotted(rs []rune, i int) bool {
	single := func(j int) bool {
		return j >= 0 && j < len(rs) && unicode.IsLetter(rs[j]) &&
			(j == 0 || !unicode.IsLetter(rs[j-1])) && (j+1 >= len(rs) || !unicode.IsLetter(rs[j+1]))
	}
	return single(i-1) && (i+1 >= len(rs) || single(i+1) || !unicode.IsLetter(rs[i+1]))
}

//go:embed stop.txt
var stopText string

var stops = set(stopText)

func set(text string) map[string]bool {
	out := map[string]bool{}
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		for _, w := range strings.Fields(line) {
			out[w] = true
		}
	}
	return out
}
