package search

// scorer holds the scratch space of one question.
type scorer struct {
	x    *Index
	lang int
	best []float64 // of a slot's alternatives, for each document
	one  []float64 // of one alternative
	word []float64 // of one word
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
	met := make([]uint8, 0)
	if len(list) > 1 {
		met = make([]uint8, len(s.x.docs))
	}
	for i, w := range list {
		sum += s.term(w, p.prefix && i == len(list)-1)
		for d, v := range s.word {
			if v > 0 {
				s.one[d] += v
				s.word[d] = 0
				if len(list) > 1 {
					met[d]++
				}
			}
		}
	}
	for d, v := range s.one {
		if v == 0 {
			continue
		}
		if len(list) > 1 {
			share := float64(met[d]) / float64(len(list))
			v *= share * share
		}
		s.best[d] = max(s.best[d], v*p.weight)
		s.one[d] = 0
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
	for _, v := range ways {
		for _, p := range v.list {
			own, other := float64(p.tf[s.lang]), float64(p.tf[1-s.lang])
			tf := max(own*ownLanguage, other) + 0.3*min(own, other)
			s.word[p.doc] = max(s.word[p.doc], v.weight*idf*tf*(saturation+1)/(tf+float64(s.x.norm[p.doc])))
		}
	}
	if df == 0 {
		return 0 // a word that nothing holds asks for nothing that could be met
	}
	return idf
}
