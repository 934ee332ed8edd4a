package search

import (
	"bytes"
	"fmt"
	"slices"

	"balai/internal/spine/locale"
	"gopkg.in/yaml.v3"
)

// InTop is how far down the list an answer still counts as found.
const InTop = 3

// Question is one that somebody really asks, with what would answer it.
type Question struct {
	Text    string
	Lang    locale.Lang
	Want    []string // any of these documents
	HeldOut bool     // not looked at while search was tuned
}

// need is a want with the questions of those who have it.
type need struct {
	Want []string `yaml:"want"`
	MS   []string `yaml:"ms"`
	EN   []string `yaml:"en"`
}

// ReadQuestions reads a set of questions. Every third of each list is held out.
func ReadQuestions(text []byte) ([]Question, error) {
	var file struct {
		Needs []need `yaml:"needs"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("search: questions: %w", err)
	}
	var out []Question
	at := map[locale.Lang]int{}
	for i, n := range file.Needs {
		if len(n.Want) == 0 || len(n.MS)+len(n.EN) == 0 {
			return nil, fmt.Errorf("search: questions: need %d wants or asks nothing", i+1)
		}
		for _, l := range locale.Langs {
			for _, q := range map[locale.Lang][]string{locale.Malay: n.MS, locale.English: n.EN}[l] {
				at[l]++
				out = append(out, Question{Text: q, Lang: l, Want: n.Want, HeldOut: at[l]%3 == 0})
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("search: questions: there are none")
	}
	return out, nil
}

// Verdict is how one question was answered: at which place of the list, 0 for
// not among the first ones.
type Verdict struct {
	Question
	Place int
	Got   []string // the first ones of the list
}

// Found tells whether the answer was among the first ones.
func (v Verdict) Found() bool { return v.Place > 0 }

// Judge asks each question and tells where its answer stood.
func Judge(questions []Question, ask func(Question) []string) []Verdict {
	out := make([]Verdict, len(questions))
	for i, q := range questions {
		got := ask(q)
		got = got[:min(len(got), InTop)]
		out[i] = Verdict{Question: q, Got: got}
		for j, id := range got {
			if slices.Contains(q.Want, id) {
				out[i].Place = j + 1
				break
			}
		}
	}
	return out
}

// Share is how many of those verdicts that pick chooses were found, and how
// many there are.
func Share(verdicts []Verdict, pick func(Verdict) bool) (found, all int) {
	for _, v := range verdicts {
		if pick(v) {
			all++
			if v.Found() {
				found++
			}
		}
	}
	return found, all
}
