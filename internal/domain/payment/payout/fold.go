package payout

import "strings"

// folded is a reference as it is looked for: what people and programs write in one
// way or another is written in one way.
//
//   - Letters are capitals. A reference has no letters but A to Z (referenceForm).
//   - A blank beside a mark is none.
//   - A word is what stands between marks and blanks. A number that is a word, or
//     that ends one of letters, has no noughts before it: are one, and
//     so are A01 and A1.
//
// Everything else stays, since an agency may mean it: noughts behind a number (A1
// and A10) and inside one, those of words of letters and digits in turn (0A01 and
// A001 count up in sixteens), those behind a decimal point (1.05 and 1.5), and the
// blank in "1 11". Two references of one agency that have the same length and the
// same form are never one, but for capitals.
func folded(reference string) string {
	text := strings.ToUpper(reference)
	out := make([]byte, 0, len(text))
	word := 0 // where the one that is being read begins
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != ' ' && !mark(text[i]) {
			continue
		}
		out = foldWord(out, text[word:i])
		word = i + 1
		switch {
		case i == len(text):
		case mark(text[i]):
			if n := len(out); n > 0 && out[n-1] == ' ' {
				out = out[:n-1]
			}
			out = append(out, text[i])
		case len(out) > 0 && !mark(out[len(out)-1]):
			out = append(out, ' ')
		}
	}
	return string(out)
}

// takenBy says that another batch has a line's reference, be it written otherwise.
func (l Line) takenBy(x taken) Wrong {
	w := Wrong{Line: l.row, Entry: l.N, Field: "reference", Why: "payout.wrong.reference.paid", Args: []any{"reference", x.reference, "batch", x.batch, "entry", x.n}}
	if l.Reference != x.reference {
		w.Why, w.Args = "payout.wrong.reference.alike", append(w.Args, "said", l.Reference)
	}
	return w
}

// twiceOf says that an earlier line of the same file has the reference.
func (l Line) twiceOf(first int64, reference string) Wrong {
	w := Wrong{Line: l.row, Entry: l.N, Field: "reference", Why: "payout.wrong.reference.twice", Args: []any{"entry", first}}
	if l.Reference != reference && len(l.Reference) <= referenceMost {
		w.Why, w.Args = "payout.wrong.reference.twice.alike", append(w.Args, "said", l.Reference, "reference", reference)
	}
	return w
}

// marks are what a reference has beside letters, digits and blanks.
const marks = "/-?:().,'+_"

func mark(c byte) bool { return strings.IndexByte(marks, c) >= 0 }

func digit(c byte) bool { return '0' <= c && c <= '9' }

// foldWord adds a word to what was folded before it, without the noughts before its
// number.
func foldWord(out []byte, word string) []byte {
	letters := len(word) - len(strings.TrimLeft(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	number := word[letters:]
	n := len(out)
	decimal := letters == 0 && n > 1 && (out[n-1] == '.' || out[n-1] == ',') && digit(out[n-2])
	if number == "" || decimal || strings.Trim(number, "0123456789") != "" {
		return append(out, word...)
	}
	bare := strings.TrimLeft(number, "0")
	if bare == "" {
		bare = "0"
	}
	return append(append(out, word[:letters]...), bare...)
}
