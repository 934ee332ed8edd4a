// Package locale holds every sentence that a person reads, in Malay and in
// English, and prints dates, numbers and money the way each language does.
//
// A part keeps its sentences in text.yaml beside its code:
//
//	portal.home.title: {ms: "Apa urusan anda hari ini?", en: "What do you need today?"}
//	case.days.one:     {ms: "{count} hari bekerja", en: "{count} working day"}
//	case.days.other:   {ms: "{count} hari bekerja", en: "{count} working days"}
package locale

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Lang is a language of the hall. A third one is a third column.
type Lang string

const (
	Malay   Lang = "ms"
	English Lang = "en"
)

// Langs are the languages in the order in which they are offered.
var Langs = []Lang{Malay, English}

// ParseLang accepts a tag such as "en-GB"; ok is false for any other language.
func ParseLang(tag string) (l Lang, ok bool) {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	for _, l := range Langs {
		if base == string(l) {
			return l, true
		}
	}
	return "", false
}

// Text is one sentence in each language.
type Text struct {
	MS string `json:"ms" yaml:"ms"`
	EN string `json:"en" yaml:"en"`
}

// Same is a text that is the same in each language, such as a name.
func Same(s string) Text { return Text{MS: s, EN: s} }

// In picks the language.
func (t Text) In(l Lang) string {
	if l == English {
		return t.EN
	}
	return t.MS
}

// Empty tells whether there is nothing in either language.
func (t Text) Empty() bool { return t.MS == "" && t.EN == "" }

// Catalog is every part's texts, joined. It does not change once loaded.
type Catalog struct {
	messages map[Lang]map[string]message
}

// message is a text cut at its {placeholders}: odd parts are names.
type message []string

func cut(s string) message {
	var m message
	for {
		i := strings.IndexByte(s, '{')
		j := strings.IndexByte(s, '}')
		if i < 0 || j < i {
			return append(m, s)
		}
		m = append(m, s[:i], s[i+1:j])
		s = s[j+1:]
	}
}

// Load reads the text.yaml of each file system. A key that stands twice, a
// sentence that lacks a language, or placeholders that differ between the
// languages are errors, since each would be seen by a person.
func Load(files ...fs.FS) (*Catalog, error) {
	c := &Catalog{messages: map[Lang]map[string]message{Malay: {}, English: {}}}
	for _, f := range files {
		raw, err := fs.ReadFile(f, "text.yaml")
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		texts := map[string]Text{}
		strict := yaml.NewDecoder(bytes.NewReader(raw))
		strict.KnownFields(true) // a comma in a sentence without quotes ends it, and begins another key
		if err := strict.Decode(&texts); err != nil {
			return nil, fmt.Errorf("locale: text.yaml: %w", err)
		}
		for key, t := range texts {
			if t.MS == "" || t.EN == "" {
				return nil, fmt.Errorf("locale: %s lacks a language", key)
			}
			if _, twice := c.messages[Malay][key]; twice {
				return nil, fmt.Errorf("locale: %s stands twice", key)
			}
			if a, b := names(cut(t.MS)), names(cut(t.EN)); a != b {
				return nil, fmt.Errorf("locale: %s has {%s} in ms and {%s} in en", key, a, b)
			}
			c.messages[Malay][key] = cut(t.MS)
			c.messages[English][key] = cut(t.EN)
		}
	}
	return c, nil
}

func names(m message) string {
	set := map[string]bool{}
	for i := 1; i < len(m); i += 2 {
		// {title_ms} in the one and {title_en} in the other are the same name
		set[strings.TrimSuffix(strings.TrimSuffix(m[i], "_ms"), "_en")] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ",")
}

// Keys lists every key, sorted.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.messages[Malay])) }

// For is the printer of a language.
func (c *Catalog) For(l Lang) Printer {
	if l != English {
		l = Malay
	}
	return Printer{c, l}
}

// Printer prints in one language.
type Printer struct {
	catalog *Catalog
	lang    Lang
}

// Lang is the printer's language.
func (p Printer) Lang() Lang { return p.lang }

// In is the printer of another language.
func (p Printer) In(lang Lang) Printer { p.lang = lang; return p }

// Pick is t in the printer's language.
func (p Printer) Pick(t Text) string { return t.In(p.lang) }

// Has tells whether there is such a text.
func (p Printer) Has(key string) bool {
	if p.catalog == nil {
		return false
	}
	_, ok := p.catalog.messages[p.lang][key]
	return ok
}

// T is the text of key with its placeholders filled from name, value pairs. A
// pair named "count" picks key.one or key.other where they exist. A key that
// does not exist prints as ⟦key⟧, which the page judge looks for.
func (p Printer) T(key string, kv ...any) string {
	if p.catalog == nil {
		return "⟦" + key + "⟧"
	}
	texts := p.catalog.messages[p.lang]
	m, ok := texts[key]
	if !ok {
		form := key + ".other"
		if v, has := value("count", kv); has && fmt.Sprint(v) == "1" {
			form = key + ".one"
		}
		if m, ok = texts[form]; !ok {
			return "⟦" + key + "⟧"
		}
	}
	if len(m) == 1 {
		return m[0]
	}
	var b strings.Builder
	for i, part := range m {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		v, _ := value(part, kv)
		switch v := v.(type) {
		case nil:
		case Text:
			b.WriteString(v.In(p.lang))
		case int:
			b.WriteString(p.Number(int64(v)))
		case int64:
			b.WriteString(p.Number(v))
		default:
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

func value(name string, kv []any) (any, bool) {
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i] == name {
			return kv[i+1], true
		}
	}
	return nil, false
}
