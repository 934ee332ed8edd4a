package search

// scorer holds the scratch space of one question; every number in it is 0
// between two questions.
type scorer struct {
	x              *Index
	lang           int
	total, covered []float64 // of the whole question, for each document
	best           []float64 // of a slot's alternatives
	one            []float64 // of one alternative
	word           []float64 // of one word
	met            []uint8   // how many words of the alternative
	touched        []int32   // documents that the word in hand is in
}

// scorer takes scratch space out of the pool; a question with thousands of
// documents would else leave a fifth of a megabyte to be collected.
func (x *Index) scorer(lang int) *scorer {
	s, ok := x.pool.Get().(*scorer)
	if !ok {
		n := len(x.docs)
		s = &scorer{x: x, total: make([]float64, n), covered: make([]float64, n), best: make([]float64, n),
			one: make([]float64, n), word: make([]float64, n), met: make([]uint8, n)}
	}
	s.lang = lang
	return s
}

func (s *scorer) done() {
	clear(s.total)
	clear(s.covered)
	s.x.pool.Put(s)
}

// add adds a slot of the question, and returns how much it tells at most.
func (s *scorer) add(sl slot) float64 {
	importance := s.slot(sl)
	for i, v := range s.best {
		if v > 0 {
			s.total[i] += v
			s.covered[i] += importance
			s.best[i] = 0
		}
	}
	return importance
}

// slot leaves in best what each document has of a slot, and returns how much
// the slot tells at most.
func (s *scorer) slot(sl slot) float64 {
	most := 0.0
	for _, p := range sl.alternatives {
		most = max(most, s.phrase(p))
	}
	return most
}

// phrase adds up an alternative's words. A phrase counts in full only where
// all of it is met: half of "sijil kelahiran" is any certificate.
func (s *scorer) phrase(p phrase) float64 {
	list := content(p.words)
	sum := 0.0
	for i, w := range list {
		sum += s.term(w, p.prefix && i == len(list)-1)
		for _, d := range s.touched {
			if v := s.word[d]; v > 0 { // a document is touched once for each way
				s.one[d] += v
				s.word[d] = 0
				s.met[d]++
			}
		}
	}
	for d, n := range s.met {
		if n == 0 {
			continue
		}
		share := float64(n) / float64(len(list))
		s.best[d] = max(s.best[d], s.one[d]*share*share*p.weight)
		s.one[d], s.met[d] = 0, 0
	}
	return sum
}

// term leaves in word what each document has of one word, as written, by its
// root in either language, or begun; the best way counts. It returns the
// word's rarity.
func (s *scorer) term(w string, prefix bool) float64 {
	type way struct {
		list   []posting
		weight float64
	}
	ways := []way{{s.x.terms["="+w], 1}, {s.x.terms["m:"+Malay(w)], byRoot}, {s.x.terms["e:"+English(w)], byRoot}}
	df := 0
	for _, v := range ways {
		df = max(df, len(v.list))
	}
	if prefix && len(w) > 2 && df == 0 {
		for _, longer := range s.x.begins(w, 24) {
			list := s.x.terms["="+longer]
			ways = append(ways, way{list, byBeginning})
			df = max(df, len(list))
		}
	}
	idf := rarity(len(s.x.docs), df)
	s.touched = s.touched[:0]
	for _, v := range ways {
		for _, p := range v.list {
			own, other := float64(p.tf[s.lang]), float64(p.tf[1-s.lang])
			s.touched = append(s.touched, p.doc)
			tf := max(own*ownLanguage, other) + 0.3*min(own, other)
			s.word[p.doc] = max(s.word[p.doc], v.weight*idf*tf*(saturation+1)/(tf+float64(s.x.norm[p.doc])))
		}
	}
	if df == 0 {
		return 0 // a word that nothing holds asks for nothing that could be met
	}
	return idf
}
