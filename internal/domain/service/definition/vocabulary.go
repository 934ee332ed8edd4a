package definition

import (
	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

// Vocabulary is what the state's registers hold, by dotted field name.
type Vocabulary struct {
	Groups []Group `yaml:"registers"`
}

// Group is the fields that one register gives under one name.
type Group struct {
	Name   string          `yaml:"name"` // "birth_notice"
	From   string          `yaml:"from"` // "health.birth_notice"
	Owner  string          `yaml:"owner"`
	Title  locale.Text     `yaml:"title"`
	Fields []RegisterField `yaml:"fields"`
}

// RegisterField is one thing that a register holds.
type RegisterField struct {
	Name    string        `yaml:"field"`
	Type    string        `yaml:"type"`
	Label   locale.Text   `yaml:"label"`
	Options []form.Option `yaml:"options,omitempty"`
}

// Find looks a dotted name up.
func (v *Vocabulary) Find(dotted string) (Group, RegisterField, bool) {
	for _, g := range v.Groups {
		for _, f := range g.Fields {
			if g.Name+"."+f.Name == dotted {
				return g, f, true
			}
		}
	}
	return Group{}, RegisterField{}, false
}

// FromList lists the registers that a service's facts come from, once each.
func (s *Service) FromList() []string {
	var out []string
	seen := map[string]bool{}
	for _, f := range s.Facts {
		if !seen[f.From] {
			seen[f.From] = true
			out = append(out, f.From)
		}
	}
	return out
}
