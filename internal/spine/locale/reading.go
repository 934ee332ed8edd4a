package locale

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// MaxWords is how long a sentence on a citizen's page may be.
const MaxWords = 19

// LongSentence is one that a tired reader has to read twice.
type LongSentence struct {
	Line  int
	Words int
	Text  string
}

func (s LongSentence) String() string {
	return fmt.Sprintf("a sentence has %d words, more than %d: %s", s.Words, MaxWords, s.Text)
}

var sentenceEnd = regexp.MustCompile(`[.!?]["”’)]*\s+`)

// LongSentences finds them in every {ms: …, en: …} of a YAML file. What YAML
// cannot read is for whoever loads the file to tell.
func LongSentences(fsys fs.FS, file string) []LongSentence {
	raw, err := fs.ReadFile(fsys, file)
	var root yaml.Node
	if err != nil || yaml.Unmarshal(raw, &root) != nil {
		return nil
	}
	var out []LongSentence
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode && len(n.Content) == 4 && n.Content[0].Value == "ms" && n.Content[2].Value == "en" {
			out = append(append(out, long(n.Content[1])...), long(n.Content[3])...)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&root)
	return out
}

func long(n *yaml.Node) []LongSentence {
	if n.Kind != yaml.ScalarNode {
		return nil
	}
	var out []LongSentence
	for _, s := range sentenceEnd.Split(n.Value, -1) {
		if words := len(strings.Fields(s)); words > MaxWords {
			out = append(out, LongSentence{n.Line, words, strings.TrimSpace(s)})
		}
	}
	return out
}
