package search

import (
	"math/bits"
	"slices"
	"strings"
)

// spelling is a known word with the letters that it has.
type spelling struct {
	word string
	mask uint64
}

// mask has a bit for each letter or digit of a word. Two words within d edits
// differ in at most 2d bits, which rules most words out at once.
func mask(w string) uint64 {
	var m uint64
	for i := range len(w) {
		switch c := w[i]; {
		case c >= 'a' && c <= 'z':
			m |= 1 << (c - 'a')
		case c >= '0' && c <= '9':
			m |= 1 << (26 + c - '0')
		default:
			m |= 1 << 40
		}
	}
	return m
}

// reach is how many slips a word of this length may hold. A short word is
// near to too many others.
func reach(n int) int {
	switch {
	case n < 4:
		return 0
	case n < 7:
		return 1
	}
	return 2
}

// near is the known word that a misspelt one stands for: the fewest slips,
// then the same beginning, then the more frequent, then the alphabet's order.
func (x *Index) near(w string) (string, bool) {
	most := reach(len(w))
	m := mask(w)
	best, bestCost := "", [3]float64{}
	for n := max(len(w)-most, 3); n <= min(len(w)+most, maxWord); n++ {
		for _, s := range x.byLength[n] {
			if bits.OnesCount64(m^s.mask) > 2*most || stops[s.word] && len(s.word) < 5 {
				continue
			}
			d := slips(w, s.word, most)
			if d > most {
				continue
			}
			first := 1.0
			if s.word[0] == w[0] {
				first = 0
			}
			cost := [3]float64{float64(d) + first/2, first, -x.known[s.word]}
			if best == "" || slices.Compare(cost[:], bestCost[:]) < 0 {
				best, bestCost = s.word, cost
			}
		}
	}
	return best, best != ""
}

// slips is the number of letters to add, drop, change or swap with the next
// one to make b of a; most+1 where it is more.
func slips(a, b string, most int) int {
	var rows [3][maxWord + 2]int
	prev2, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			v := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				v = min(v, prev2[j-2]+1)
			}
			cur[j] = v
			least = min(least, v)
		}
		if least > most {
			return most + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// begins are the known words that begin with p, at most n of them.
func (x *Index) begins(p string, n int) []string {
	i, _ := slices.BinarySearch(x.sorted, p)
	var out []string
	for ; i < len(x.sorted) && len(out) < n && strings.HasPrefix(x.sorted[i], p); i++ {
		if x.sorted[i] != p {
			out = append(out, x.sorted[i])
		}
	}
	return out
}

// halves cuts a word written together into two known ones.
func (x *Index) halves(w string) (string, string, bool) {
	for i := 3; i+3 <= len(w); i++ {
		if x.known[w[:i]] > 0 && x.known[w[i:]] > 0 {
			return w[:i], w[i:], true
		}
	}
	return "", "", false
}
