package search

import (
	_ "embed"
	"strings"

	"github.com/kljensen/snowball/english"
)

// root.txt holds Malay roots that public services speak of. A root in the list
// settles what the rules alone cannot: whether memilih comes from pilih or
// milih, and that berikan is beri with -kan and not ikan with ber-.
//
//go:embed root.txt
var rootText string

var roots = set(rootText)

// Malay is the root of a folded Malay word: permohonan, memohon, pemohon and
// dimohon are all mohon. A word that no rule fits is its own root.
func Malay(w string) string {
	if len(w) < 4 || roots[w] || !letters(w) {
		return w
	}
	best := ""
	cut := peel(w)
	for _, c := range cut {
		if roots[c.root] && len(c.root) > len(best) {
			best = c.root
		}
	}
	if best != "" {
		return best
	}
	for _, c := range cut {
		if same, ok := twins[c.root]; ok {
			return same
		}
	}
	// No root is known: the first derivation that the rules trust by themselves.
	for _, c := range cut {
		if c.sure && len(c.root) >= 4 && syllables(c.root) >= 2 {
			return Malay(c.root) // pembelajaran is belajar, which is ajar
		}
	}
	return w
}

// twins are roots that two norms of the language write differently.
var twins = map[string]string{"pohon": "mohon"}

// English is the root of a folded English word, by Porter's second stemmer.
func English(w string) string {
	if !letters(w) {
		return w
	}
	return english.Stem(w, false)
}

// derivation is a root that a word may come from. Sure ones are right often
// enough to be believed without the list.
type derivation struct {
	root string
	sure bool
}

// peel takes affixes off in every way the rules allow, the least first.
func peel(w string) []derivation {
	var out []derivation
	for _, a := range endings(w) {
		for _, b := range beginnings(a.root) {
			out = append(out, derivation{b.root, a.sure && b.sure})
		}
	}
	return out
}

// endings are the word without -lah, -kah, -pun, -nya and then without -kan,
// -an, -i. What was stripped without certainty is not sure.
func endings(w string) []derivation {
	forms := []derivation{{w, true}}
	add := func(d derivation, suffix string, least int, sure bool) {
		if r, ok := strings.CutSuffix(d.root, suffix); ok && len(r) >= least {
			forms = append(forms, derivation{r, d.sure && sure})
		}
	}
	for _, suffix := range []string{"lah", "kah", "tah", "pun", "nya", "ku", "mu"} {
		add(forms[0], suffix, 3, suffix == "nya")
	}
	for _, d := range forms[1:len(forms):len(forms)] {
		if strings.HasSuffix(w, "lah") || strings.HasSuffix(w, "kah") {
			add(d, "nya", 3, false)
		}
	}
	plain := forms
	for _, d := range plain {
		add(d, "kan", 3, true)
		add(d, "an", 3, true)
		add(d, "i", 3, false)
	}
	// The longest strip first among the sure ones: pendaftaran is daftar
	// before it is daftaran.
	out := make([]derivation, 0, len(forms))
	for i := len(forms) - 1; i >= 0; i-- {
		out = append(out, forms[i])
	}
	return out
}

var (
	plainPrefixes = []string{"diper", "memper", "keber", "keter", "seper", "di", "ber", "bel", "ter", "per", "pel", "be", "te", "ke", "se"}
	surePrefixes  = map[string]bool{"diper": true, "memper": true, "di": true, "ber": true}
)

// beginnings are the word without a prefix, with the letter that a nasal
// prefix swallowed put back.
func beginnings(w string) []derivation {
	var out []derivation
	for _, n := range []string{"me", "pe"} {
		if rest, ok := strings.CutPrefix(w, n); ok {
			out = append(out, nasal(rest)...)
		}
	}
	for _, p := range plainPrefixes {
		if r, ok := strings.CutPrefix(w, p); ok && len(r) >= 3 {
			out = append(out, derivation{r, surePrefixes[p] && len(r) >= 4})
			if p == "di" || p == "ke" || p == "se" || p == "ter" || p == "ber" { // dipelajari, kepelbagaian
				for _, q := range []string{"pe", "per", "ber", "ter", "pel", "bel"} {
					if rr, ok := strings.CutPrefix(r, q); ok && len(rr) >= 3 {
						out = append(out, derivation{rr, false})
						if q == "pe" {
							for _, d := range nasal(rr) {
								out = append(out, derivation{d.root, false})
							}
						}
					}
				}
			}
		}
	}
	return append(out, derivation{w, false})
}

// nasal undoes me- and pe-: rest is what stands after the e. The first way is
// the commoner one.
func nasal(rest string) []derivation {
	var out []derivation
	add := func(root string, sure bool) {
		if len(root) >= 3 {
			out = append(out, derivation{root, sure})
		}
	}
	switch {
	case strings.HasPrefix(rest, "ny") && vowelAt(rest, 2):
		add("s"+rest[2:], true)
		add(rest, false)
	case strings.HasPrefix(rest, "ng"):
		add(rest[2:], true)
		if vowelAt(rest, 2) {
			add("k"+rest[2:], false)
		}
		if strings.HasPrefix(rest, "nge") { // mengecat: roots of one syllable
			add(rest[3:], false)
		}
	case strings.HasPrefix(rest, "m") && len(rest) > 1 && strings.IndexByte("bfpv", rest[1]) >= 0,
		strings.HasPrefix(rest, "n") && len(rest) > 1 && strings.IndexByte("cdjstz", rest[1]) >= 0:
		add(rest[1:], true)
	case strings.HasPrefix(rest, "m") && vowelAt(rest, 1):
		add("p"+rest[1:], true)
		add(rest, false)
	case strings.HasPrefix(rest, "n") && vowelAt(rest, 1):
		add("t"+rest[1:], true)
		add(rest, false)
	}
	add(rest, len(rest) > 4 && strings.IndexByte("lrwy", rest[0]) >= 0)
	return out
}

func vowelAt(s string, i int) bool {
	return i < len(s) && strings.IndexByte("aeiou", s[i]) >= 0
}

func syllables(s string) int {
	n, before := 0, false
	for i := range len(s) {
		v := vowelAt(s, i)
		if v && !before {
			n++
		}
		before = v
	}
	return n
}

// letters tells whether the word is a to z only; others keep their form.
func letters(w string) bool {
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return false
		}
	}
	return w != ""
}
