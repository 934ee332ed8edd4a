package search

import (
	"slices"
	"strings"

	"balai/internal/spine/locale"
)

// Query is what somebody asks.
type Query struct {
	Text  string
	Lang  locale.Lang // of the page: decides no more than a small preference
	Kinds []string    // only these; all where empty
	Limit int         // at most so many hits; 0 means 20
}

// Hit is a document that was found.
type Hit struct {
	Kind, ID string
	Score    float64
}

// Result is what was found, the best first.
type Result struct {
	Hits  []Hit
	Total int // of documents that fit, beyond Limit too
	// Meant is the question as it was understood, where a word of it was
	// corrected; empty otherwise.
	Meant string
}

// How much each way of meeting counts against the word as it was written.
const (
	byRoot, byBeginning, byHalf, bySynonym = 0.9, 0.5, 0.8, 0.92
	ownLanguage                            = 1.08 // the page's language against the other
	keepShare                              = 0.22 // of the best score, under which a hit is noise
)

// slot is one thing that the question asks for: the best of its alternatives
// counts, each a list of words.
type slot struct {
	alternatives []phrase
}

type phrase struct {
	words  []string
	weight float64
	prefix bool // the last word may be only begun
}

// Find answers a question. The same question has the same answer.
func (x *Index) Find(q Query) Result {
	ws := words(Clean(q.Text))
	if len(ws) > maxWords {
		ws = ws[:maxWords]
	}
	ws, meant := x.correct(ws)
	if !slices.ContainsFunc(ws, func(w string) bool { return !stops[w] }) {
		return Result{} // "apa yang boleh" asks for nothing, and would find whatever says so
	}
	slots := x.slots(content(ws))
	if len(slots) == 0 || len(x.docs) == 0 {
		return Result{}
	}
	s := x.scorer(side(q.Lang))
	defer s.done()
	weight := 0.0
	for _, sl := range slots {
		weight += s.add(sl)
	}
	return x.rank(q, s.total, s.covered, weight, meant)
}

// rank orders what was found. A document that meets all of the question goes
// before one that meets a part of it often. A word that stands everywhere finds
// every document, so only as many as are asked for are kept in order.
func (x *Index) rank(q Query, total, covered []float64, weight float64, meant string) Result {
	top := 0.0
	for i, v := range total {
		if v == 0 {
			continue
		}
		d := &x.docs[i]
		if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, d.Kind) {
			total[i] = 0
			continue
		}
		if weight > 0 {
			v *= 0.3 + 0.7*covered[i]/weight
		}
		if d.Weight > 0 {
			v *= d.Weight
		}
		total[i] = v
		top = max(top, v)
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 20
	}
	r := Result{Meant: meant}
	var best []int32 // documents; of two with one score the first by kind and id, as they lie in the index
	for i, v := range total {
		if v == 0 || v < top*keepShare {
			continue
		}
		r.Total++
		if len(best) == limit {
			if v <= total[best[limit-1]] {
				continue
			}
			best = best[:limit-1]
		}
		at, _ := slices.BinarySearchFunc(best, v, func(d int32, v float64) int {
			if total[d] >= v {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, int32(i))
	}
	for _, i := range best {
		r.Hits = append(r.Hits, Hit{x.docs[i].Kind, x.docs[i].ID, total[i]})
	}
	return r
}

// correct replaces words that nothing holds by the nearest known ones. Meant is
// the whole question with them, where any was replaced.
func (x *Index) correct(ws []string) (out []string, meant string) {
	changed := false
	for i, w := range ws {
		last := i == len(ws)-1
		switch {
		case stops[w], x.holds(w), last && len(w) > 2 && len(x.begins(w, 1)) > 0:
		case i+1 < len(ws) && x.known[w+ws[i+1]] > 0, i > 0 && x.known[ws[i-1]+w] > 0: // "my kad"
		default:
			if a, b, ok := x.halves(w); ok {
				out, changed = append(out, a, b), true
				continue
			}
			if n, ok := x.near(w); ok {
				w, changed = n, true
			}
		}
		out = append(out, w)
	}
	if changed {
		meant = strings.Join(out, " ")
	}
	return out, meant
}

// holds tells whether a word is known, or its root is. A root of the language
// is no slip, though nothing here holds it.
func (x *Index) holds(w string) bool {
	if _, ok := x.known[w]; ok || roots[w] {
		return true
	}
	return len(x.terms["m:"+Malay(w)]) > 0 || len(x.terms["e:"+English(w)]) > 0
}

// slots cuts the question into what it asks for: phrases that have synonyms,
// two words that are written as one elsewhere, then each word by itself.
func (x *Index) slots(ws []string) []slot {
	var out []slot
	for i := 0; i < len(ws); {
		n, sl := x.synonym(ws[i:])
		if n == 0 {
			n, sl = 1, slot{[]phrase{{words: ws[i : i+1], weight: 1}}}
			if i+1 < len(ws) {
				if joined := ws[i] + ws[i+1]; x.known[joined] > 0 {
					n, sl = 2, slot{[]phrase{{words: ws[i : i+2], weight: 1}, {words: []string{joined}, weight: 1}}}
				}
			}
		}
		i += n
		if i == len(ws) {
			for j := range sl.alternatives[:1] {
				sl.alternatives[j].prefix = true
			}
		}
		out = append(out, sl)
	}
	return out
}

// synonym is the longest phrase at the beginning of ws that has synonyms, and
// all that it may mean.
func (x *Index) synonym(ws []string) (int, slot) {
	n, sl := 0, slot{}
	for _, r := range x.synonyms.rules {
		if len(r.say) < n {
			break
		}
		if !r.match(ws) {
			continue
		}
		if n == 0 {
			n = len(r.say)
			sl.alternatives = []phrase{{words: ws[:n], weight: 1}}
		}
		for _, m := range r.mean {
			sl.alternatives = append(sl.alternatives, phrase{words: m, weight: bySynonym})
		}
	}
	return n, sl
}
