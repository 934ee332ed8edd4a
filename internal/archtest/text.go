package archtest

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// entry is one sentence of a text.yaml.
type entry struct {
	file   string
	line   int
	ms, en string
}

var (
	// A key as code writes it: T("part.page.word"), fault.New(code, "part.word"), Key: "part.word".
	usedKey     = regexp.MustCompile(`(?:\.T\(|fault\.New\(fault\.\w+,\s*|\bKey:\s*)"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"`)
	placeholder = regexp.MustCompile(`\{[a-z_]+\}`)
)

// Texts reports sentences that lack a language, whose placeholders differ between the languages, that are
// written twice, and keys that code uses and no text.yaml holds.
func (t *Tree) Texts() []string {
	var bad []string
	have := map[string]entry{}
	for name, text := range t.Other {
		if path.Base(name) != "text.yaml" || !strings.HasPrefix(name, "internal/") {
			continue
		}
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			bad = append(bad, name+": "+err.Error())
			continue
		}
		if len(doc.Content) == 0 {
			continue
		}
		root := doc.Content[0]
		for i := 0; i+1 < len(root.Content); i += 2 {
			key, e := root.Content[i].Value, entry{file: name, line: root.Content[i].Line}
			for j, v := 0, root.Content[i+1]; j+1 < len(v.Content); j += 2 {
				switch v.Content[j].Value {
				case "ms":
					e.ms = v.Content[j+1].Value
				case "en":
					e.en = v.Content[j+1].Value
				}
			}
			if before, ok := have[key]; ok {
				bad = append(bad, fmt.Sprintf("%s:%d: %s is also at %s:%d", name, e.line, key, before.file, before.line))
			}
			have[key] = e
			bad = append(bad, faults(key, e)...)
		}
	}
	sources := map[string]string{}
	for _, f := range t.Go {
		if !f.Test && f.Pkg != "internal/archtest" && !strings.HasSuffix(f.Path, "_templ.go") {
			sources[f.Path] = f.Text
		}
	}
	for name, text := range t.Other {
		if strings.HasSuffix(name, ".templ") {
			sources[name] = text
		}
	}
	for name, text := range sources {
		for _, m := range usedKey.FindAllStringSubmatch(text, -1) {
			// A counted sentence is two, and so is a message.
			found := false
			for _, suffix := range []string{"", ".one", ".subject"} {
				_, ok := have[m[1]+suffix]
				found = found || ok
			}
			if !found {
				bad = append(bad, name+": no text.yaml holds "+m[1])
			}
		}
	}
	slices.Sort(bad)
	return slices.Compact(bad)
}

func faults(key string, e entry) []string {
	at := fmt.Sprintf("%s:%d: %s", e.file, e.line, key)
	var bad []string
	if strings.TrimSpace(e.ms) == "" {
		bad = append(bad, at+" lacks ms")
	}
	if strings.TrimSpace(e.en) == "" {
		bad = append(bad, at+" lacks en")
	}
	if ms, en := holes(e.ms), holes(e.en); len(bad) == 0 && !slices.Equal(ms, en) {
		bad = append(bad, fmt.Sprintf("%s: ms fills %v, en fills %v", at, ms, en))
	}
	return bad
}

// holes are a sentence's placeholders, sorted, each once. {service_ms} and {service_en} are one place filled in each
// language, and {count} may be in one only: "one day" names no number.
func holes(s string) []string {
	out := placeholder.FindAllString(s, -1)
	for i, h := range out {
		out[i] = strings.TrimSuffix(strings.TrimSuffix(h, "_ms}"), "_en}")
	}
	out = slices.DeleteFunc(out, func(p string) bool { return p == "{count}" })
	slices.Sort(out)
	return slices.Compact(out)
}
