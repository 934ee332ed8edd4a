package search

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"

	"balai/internal/spine/locale"
)

// Doc is something that can be found. Texts are what a person may remember of
// it, from the surest to the vaguest.
type Doc struct {
	Kind, ID string        // such as "service", "jpn/birth-registration"
	Title    locale.Text   // counts most
	Keywords []locale.Text // words that people use for it
	Summary  locale.Text
	Agency   []locale.Text // names of who answers for it
	Moments  []locale.Text // life events that it belongs to
	More     []locale.Text // law, promise, steps: counts least
	Weight   float64       // 1 unless told; an entry to others may weigh less
}

// key is a document's identity within an index.
func (d Doc) key() string { return d.Kind + "\x00" + d.ID }

// Weights of fields: a word in the title says more of a service than one in
// its summary.
const (
	inTitle, inKeywords, inSummary, inAgency, inMoments, inMore = 4, 3, 1, 1.2, 0.8, 0.4

	// BM25's two: how soon a repeated word stops counting, and how much a
	// long document is held against it.
	saturation, lengthPull = 1.2, 0.45
)

// posting is a word in a document: its weight in each language.
type posting struct {
	doc int32
	tf  [2]float32 // Malay, English
}

// Index finds documents. It never changes; make a new one with New.
type Index struct {
	docs     []Doc
	norm     []float32 // the length of each document against the mean
	terms    map[string][]posting
	byLength [maxWord + 1][]spelling // every word that stands somewhere, for corrections
	sorted   []string                // the same in order, for beginnings
	known    map[string]float64      // the same, with how many documents hold it
	synonyms *Synonyms
	pool     *sync.Pool // of scorers
}

// side is a language's place in a posting.
func side(l locale.Lang) int {
	if l == locale.English {
		return 1
	}
	return 0
}

// New indexes documents. What comes of it does not depend on their order; of
// two with one identity the first by content stays.
func New(docs []Doc, syn *Synonyms) *Index {
	if syn == nil {
		syn = &Synonyms{}
	}
	x := &Index{docs: slices.Clone(docs), terms: map[string][]posting{}, known: map[string]float64{}, synonyms: syn, pool: &sync.Pool{}}
	slices.SortFunc(x.docs, func(a, b Doc) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title.MS, b.Title.MS), cmp.Compare(a.Title.EN, b.Title.EN))
	})
	x.docs = slices.CompactFunc(x.docs, func(a, b Doc) bool { return a.key() == b.key() })
	roots := rootCache{}
	lengths, mean := make([]float64, len(x.docs)), 0.0
	for i, d := range x.docs {
		lengths[i] = x.add(int32(i), d, roots)
		mean += lengths[i]
	}
	mean = max(mean/float64(max(len(x.docs), 1)), 1)
	x.norm = make([]float32, len(x.docs))
	for i, n := range lengths {
		x.norm[i] = float32(saturation * (1 - lengthPull + lengthPull*n/mean))
	}
	for w := range syn.words {
		if _, has := x.known[w]; !has {
			x.known[w] = 0
		}
	}
	x.sorted = slices.Sorted(maps.Keys(x.known))
	for _, w := range x.sorted {
		x.byLength[len(w)] = append(x.byLength[len(w)], spelling{w, mask(w)})
	}
	return x
}

// Len is how many documents there are.
func (x *Index) Len() int { return len(x.docs) }

// add indexes one document and returns its length in weighted words.
func (x *Index) add(i int32, d Doc, roots rootCache) float64 {
	length := 0.0
	tf := map[string][2]float32{}
	seen := map[string]bool{}
	put := func(text string, l locale.Lang, weight float32) {
		for _, w := range words(text) {
			seen[w] = true
			for _, t := range roots.terms(w, l) {
				at := tf[t]
				at[side(l)] += weight
				tf[t] = at
			}
			if !stops[w] {
				length += float64(weight) / 2 // both languages say the same
			}
		}
	}
	field := func(t locale.Text, weight float32) {
		put(t.MS, locale.Malay, weight)
		put(t.EN, locale.English, weight)
	}
	fields := func(list []locale.Text, weight float32) {
		for _, t := range list {
			field(t, weight)
		}
	}
	field(d.Title, inTitle)
	fields(d.Keywords, inKeywords)
	field(d.Summary, inSummary)
	fields(d.Agency, inAgency)
	fields(d.Moments, inMoments)
	fields(d.More, inMore)
	for t, weights := range tf {
		x.terms[t] = append(x.terms[t], posting{i, weights})
	}
	for w := range seen {
		x.known[w]++
	}
	return length
}

// rootCache keeps the terms of words that were met before: most words of a
// text were.
type rootCache map[[2]string][2]string

func (c rootCache) terms(w string, l locale.Lang) [2]string {
	at := [2]string{w, string(l)}
	t, ok := c[at]
	if !ok {
		t = indexed(w, l)
		c[at] = t
	}
	return t
}

// indexed are the terms under which a word is kept: as it is, and its root in
// its own language. Malay roots and English roots never meet, since "pos" the
// mail and "pos" the stem of "posing" are not one thing.
func indexed(w string, l locale.Lang) [2]string {
	if l == locale.English {
		return [2]string{"=" + w, "e:" + English(w)}
	}
	return [2]string{"=" + w, "m:" + Malay(w)}
}

// rarity is BM25's idf: what a word held by df of n documents tells.
func rarity(n, df int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}
