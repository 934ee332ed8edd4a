package statement

import (
	"regexp"
	"slices"
	"strings"
)

// referenceLength is how long an attempt's reference is.
const referenceLength = 20

// windows is up to how many letters of a text without blanks are looked through
// for a reference that was written in pieces.
const windows = 80

// letter is a character of a reference as it was meant: people write small
// letters, and the letters that look like digits.
func letter(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		r -= 'a' - 'A'
	case r > 'Z':
		return 0
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	case 'A', 'E', 'U':
		return 0
	}
	if r >= '0' && r <= '9' || r >= 'B' && r <= 'Z' {
		return r
	}
	return 0
}

func between(r rune) bool { return r == ' ' || r == '-' || r == '.' || r == '\n' || r == '/' }

// parts begin those of a field 86 as German-speaking banks and their programs write
// it: 166?20EREF+…?21SVWZ+…. A text goes on in the next where it is too long for one.
var parts = regexp.MustCompile(`\?[0-9]{2}`)

// references are the texts on a line that may be an attempt's: words of its
// length and, where there are none, any such run of letters over blanks and
// hyphens. They are 98 bits of chance, so that one that there is was meant.
func references(texts ...string) (out []string) {
	for i, text := range texts {
		if len(text) > 4 && text[3] == '?' && strings.Trim(text[:3], "0123456789") == "" {
			texts = slices.Clone(texts)
			texts[i] = parts.ReplaceAllString(text, "\n")
		}
	}
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') }) {
			if ref := meant(word); len(ref) == referenceLength {
				out = append(out, ref)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, text := range texts {
		out = append(out, pieced(text)...)
	}
	return out
}

// meant is a word's letters, "" where one of them is in no reference.
func meant(word string) string {
	if len(word) != referenceLength {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if l := letter(r); l != 0 {
			return l
		}
		return '!'
	}, word)
}

// pieced are the references that may stand in a text in pieces.
func pieced(text string) (out []string) {
	var run []rune
	end := func() {
		if len(run) <= windows {
			for i := 0; i+referenceLength <= len(run); i++ {
				out = append(out, string(run[i:i+referenceLength]))
			}
		}
		run = run[:0]
	}
	for _, r := range text {
		if between(r) {
			continue
		}
		if l := letter(r); l != 0 {
			run = append(run, l)
			continue
		}
		end()
	}
	end()
	return out
}

// plain is a text's letters and digits, in capitals.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, text)
}

// sameName tells whether two names are of one person as far as banks write them:
// each word of the shorter one stands in the longer one, and there are two at
// least that say something.
func sameName(a, b string) bool {
	x, y := nameWords(a), nameWords(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < 2 {
		return false
	}
	for word := range x {
		if !y[word] {
			return false
		}
	}
	return true
}

// nameWords are a name's words without those that many names share.
func nameWords(name string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r == ' ' || r == '/' || r == '@' || r == '.' || r == ',' }) {
		switch w {
		case "BIN", "BINTI", "BT", "BTE", "B", "A", "AL", "AP", "L", "P", "S", "O":
		default:
			out[w] = true
		}
	}
	return out
}
