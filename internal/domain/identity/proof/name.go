package proof

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Signs of whose child somebody is, in the ways in which cards and people
// shorten them. "B." is bin as well as binti, so the two count as one word.
var (
	childOf = map[string]string{"BIN": "BIN", "BN": "BIN", "B": "BIN", "BINTI": "BIN", "BINTE": "BIN", "BT": "BIN", "BTE": "BIN", "BTI": "BIN",
		"AP": "A/P", "AL": "A/L", "D/O": "A/P", "S/O": "A/L"}
	spaced = regexp.MustCompile(`\s*([@/])\s*`)
	inFull = strings.NewReplacer(" ANAK PEREMPUAN ", " A/P ", " ANAK LELAKI ", " A/L ")
	// unwritten is what one keyboard has and another has not.
	unwritten = strings.NewReplacer(".", " ", "'", "", "\u2019", "", "`", "")
)

// spelled is a name as names are compared: in one case, with one blank between
// words and none around @ and /, and with one spelling of whose child it is.
func spelled(name string) string {
	s := strings.ToUpper(norm.NFKC.String(name))
	s = spaced.ReplaceAllString(unwritten.Replace(s), "$1")
	s = inFull.Replace(" " + strings.Join(strings.Fields(s), " ") + " ")
	words := strings.Fields(strings.ReplaceAll(s, "@", " @ "))
	for i, w := range words {
		if one, ok := childOf[w]; ok {
			words[i] = one
		}
	}
	return strings.Join(words, " ")
}

// spellings are the names by which somebody is known whose name on record has
// an alias: the whole, and each of the two with whose child they are.
func spellings(name string) []string {
	whole := spelled(name)
	left, right, two := strings.Cut(whole, " @ ")
	if !two {
		return []string{whole}
	}
	out := []string{whole, right}
	for _, sign := range []string{" BIN ", " A/P ", " A/L "} {
		if i := strings.Index(right, sign); i >= 0 {
			return append(out, left+right[i:])
		}
	}
	return append(out, left)
}

// sameName tells whether a name that was typed is one on record. Every word of
// it must be there.
func sameName(onRecord, typed string) bool {
	t := spelled(typed)
	for _, s := range spellings(onRecord) {
		if s != "" && s == t {
			return true
		}
	}
	return false
}
