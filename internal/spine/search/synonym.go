package search

import (
	"bytes"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// Synonym says that people who write one of Say mean one of Mean. It leads one
// way only: who writes Mean is understood as it stands.
type Synonym struct {
	Say  []string `yaml:"say"`
	Mean []string `yaml:"mean"`
}

// Synonyms are read from text that an agency's people can review.
type Synonyms struct {
	rules []rule
	words map[string]bool // every word of Say, so that it is not corrected away
}

type rule struct {
	say  []string   // roots of the words to look for, in order
	mean [][]string // what is searched in their place
}

// ReadSynonyms reads synonym.yaml.
func ReadSynonyms(text []byte) (*Synonyms, error) {
	var file struct {
		Synonyms []Synonym `yaml:"synonyms"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("search: synonyms: %w", err)
	}
	s := &Synonyms{words: map[string]bool{}}
	for i, one := range file.Synonyms {
		var mean [][]string
		for _, m := range one.Mean {
			if ws := words(m); len(ws) > 0 {
				mean = append(mean, ws)
			}
		}
		if len(one.Say) == 0 || len(mean) == 0 {
			return nil, fmt.Errorf("search: synonyms: entry %d says or means nothing", i+1)
		}
		for _, phrase := range one.Say {
			say := content(words(phrase))
			if len(say) == 0 {
				return nil, fmt.Errorf("search: synonyms: %q holds only stop words", phrase)
			}
			for _, w := range say {
				s.words[w] = true
			}
			s.rules = append(s.rules, rule{say, mean})
		}
	}
	// The longest phrase first: "surat beranak" before "surat".
	slices.SortStableFunc(s.rules, func(a, b rule) int { return len(b.say) - len(a.say) })
	return s, nil
}

// content are the words that are no stop words; all where nothing else is there.
func content(ws []string) []string {
	var out []string
	for _, w := range ws {
		if !stops[w] {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return ws
	}
	return out
}

// match tells whether the phrase begins at ws[0]. A word matches as it is, or
// by its root in either language.
func (r rule) match(ws []string) bool {
	if len(ws) < len(r.say) {
		return false
	}
	for i, w := range r.say {
		if w != ws[i] && (len(w) < 4 || Malay(w) != Malay(ws[i]) && English(w) != English(ws[i])) {
			return false
		}
	}
	return true
}
