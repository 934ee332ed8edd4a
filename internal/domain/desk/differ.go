package desk

import "strings"

// word is a word of a value, and whether the value beside it lacks it.
type word struct {
	Text    string
	Differs bool
}

// mostWords bounds the comparison; longer texts are not names.
const mostWords = 60

// differ marks the words of a that do not stand, in their order, in b: the
// rest is the longest sequence of words that both have.
func differ(a, b string) []word {
	x, y := strings.Fields(a), strings.Fields(b)
	out := make([]word, len(x))
	for i, w := range x {
		out[i].Text = w
	}
	if len(x) > mostWords || len(y) > mostWords {
		return out
	}
	most := make([][]int, len(x)+1) // of the words from i and from j on
	for i := range most {
		most[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				most[i][j] = most[i+1][j+1] + 1
			} else {
				most[i][j] = max(most[i+1][j], most[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x); i++ {
		for j < len(y) && x[i] != y[j] && most[i][j+1] == most[i][j] {
			j++
		}
		if j < len(y) && x[i] == y[j] {
			j++
		} else {
			out[i].Differs = true
		}
	}
	return out
}
