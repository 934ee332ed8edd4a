package definition

import (
	"cmp"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
)

// Texts are this package's sentences.
//
//go:embed text.yaml
var Texts embed.FS

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func indexed(list string, i int, rest string) string { return fmt.Sprintf("%s[%d].%s", list, i, rest) }

func quote(s string) string { return fmt.Sprintf("%q", s) }

// printer prints dates and money, which need no catalogue of sentences.
func printer(l locale.Lang) locale.Printer { return (*locale.Catalog)(nil).For(l) }

// expand fills {name} in a text with a parameter of the variant in force or a
// derived value. A name that ends in _cents prints as money; {years|year|years}
// is a number with the word after it, which is the first where the number is one.
func (sc *scope) expand(t locale.Text) locale.Text {
	return locale.Text{MS: sc.fill(t.MS, locale.Malay), EN: sc.fill(t.EN, locale.English)}
}

// Say is Said for the first variant, for pages that tell of the service before
// anything is known of a person.
func (s *Service) Say(t locale.Text) locale.Text { return s.Said(t, "") }

// Said fills the parameters of a variant into a text, for pages that speak of
// the service and not of one application. variant "" is the first.
func (s *Service) Said(t locale.Text, variant string) locale.Text {
	sc := s.scope(Input{})
	sc.chosen = true
	for i := range s.Variants {
		if s.Variants[i].ID == variant || variant == "" && i == 0 {
			sc.variant = &s.Variants[i]
		}
	}
	return sc.expand(t)
}

// Placed is a text with the variant that it is true of, in its own words.
type Placed struct{ Where, Text locale.Text }

// ByPlace says a text for each variant, or once where all say the same.
func (s *Service) ByPlace(say func(Variant) locale.Text) []Placed {
	var out []Placed
	for _, v := range s.Variants {
		out = append(out, Placed{v.Title, s.Said(say(v), v.ID)})
	}
	if len(out) > 0 && !slices.ContainsFunc(out, func(p Placed) bool { return p.Text != out[0].Text }) {
		return []Placed{{Text: out[0].Text}}
	}
	return out
}

// Cost is what the service costs, at each place where that differs.
func (s *Service) Cost() []Placed {
	return s.ByPlace(func(v Variant) locale.Text {
		if v.Fee.Empty() {
			return s.Fee.Says
		}
		return v.Fee
	})
}

// CostText is Cost in one text.
func (s *Service) CostText() locale.Text {
	var ms, en []string
	for _, p := range s.Cost() {
		if p.Where.Empty() {
			return p.Text
		}
		ms, en = append(ms, p.Where.MS+": "+p.Text.MS), append(en, p.Where.EN+": "+p.Text.EN)
	}
	return locale.Text{MS: strings.Join(ms, " "), EN: strings.Join(en, " ")}
}

// BasisIn is the basis of a fact where a law is in force: what stands on the
// service's own law stands on the variant's.
func (s *Service) BasisIn(basis, law string) string {
	if basis == s.Law && law != "" {
		return law
	}
	return basis
}

func (sc *scope) fill(s string, l locale.Lang) string {
	if !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !ok || !closed {
			return b.String()
		}
		b.WriteString(sc.word(name, l))
		s = after
	}
}

func (sc *scope) word(name string, l locale.Lang) string {
	name, one, many, counted := counting(name)
	if counted {
		n := sc.word(name, l)
		if n == "1" {
			return n + " " + one
		}
		return n + " " + many
	}
	var v any
	if e := sc.service.engine.values[name]; e != nil {
		v = sc.derive(name).value
	} else if p := sc.variantInForce(); p != nil {
		v = p.Params[name]
	}
	if v == nil {
		return "…"
	}
	if strings.HasSuffix(name, "_cents") {
		return show(l, "money", v)
	}
	return sc.service.Show(l, name, v)
}

// counting takes a placeholder apart that names the word of one and of many.
func counting(placeholder string) (name, one, many string, is bool) {
	name, words, is := strings.Cut(placeholder, "|")
	one, many, _ = strings.Cut(words, "|")
	return name, one, many, is && one != "" && many != "" && !strings.Contains(many, "|")
}

// placeholders lists the {names} of a text. One that has a word for one and none
// for many stays as it is: no value is called that.
func placeholders(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return out
		}
		if value, _, _, counted := counting(name); counted {
			name = value
		}
		out = append(out, name)
		s = after
	}
}

// Label names an answer, a fact or a derived value, as traces have them.
func (s *Service) Label(name string) locale.Text {
	if f, ok := s.Fact(name); ok {
		return f.Label
	}
	if f, _, ok := s.Form.Field(name); ok {
		return f.Label
	}
	for _, v := range s.Values {
		if v.Name == name {
			return v.Label
		}
	}
	if t, ok := reserved[name]; ok {
		return t
	}
	return locale.Same(name)
}

// reserved are names that every definition has.
var reserved = map[string]locale.Text{
	"disputed":          {MS: "Maklumat yang anda kata tidak betul", EN: "Details that you say are wrong"},
	"disputed_material": {MS: "Maklumat penting yang anda kata tidak betul", EN: "Important details that you say are wrong"},
}

// Show prints the value of an answer, fact or value: dates in words, options
// by their labels, money in ringgit. Nil prints as "not held".
func (s *Service) Show(l locale.Lang, name string, v any) string {
	if f, ok := s.Fact(name); ok {
		for _, o := range f.Options {
			if o.Value == v {
				return o.Label.In(l)
			}
		}
		return show(l, f.Type, v)
	}
	if f, _, ok := s.Form.Field(name); ok {
		if list, ok := v.([]string); ok {
			words := make([]string, len(list))
			for i, one := range list {
				words[i] = s.Show(l, name, one)
			}
			return strings.Join(words, ", ")
		}
		for _, o := range f.Options {
			if o.Value == v {
				return o.Label.In(l)
			}
		}
		return show(l, f.Type, v)
	}
	for _, d := range s.Values {
		if d.Name == name {
			for _, o := range d.Options {
				if o.Value == v {
					return o.Label.In(l)
				}
			}
			return show(l, d.Type, v)
		}
	}
	return show(l, "", v)
}

// StateName is the name of a state's code, and the code where there is none.
func StateName(code string) string { return cmp.Or(states[code], code) }

// Yes tells whether a name is a yes or no that the definition works out, which
// the words of the row that looks at it say already.
func (s *Service) Yes(name string) bool {
	return slices.ContainsFunc(s.Values, func(v Value) bool { return v.Name == name && v.Type == "bool" })
}

// show prints a value of a type.
func show(l locale.Lang, typ string, v any) string {
	switch v := v.(type) {
	case nil:
		return locale.Text{MS: "tiada dalam rekod", EN: "not in the record"}.In(l)
	case bool:
		if v {
			return locale.Text{MS: "Ya", EN: "Yes"}.In(l)
		}
		return locale.Text{MS: "Tidak", EN: "No"}.In(l)
	case int:
		return show(l, typ, int64(v))
	case int64:
		switch typ {
		case "money":
			return printer(l).Ringgit(v)
		case "gram":
			return printer(l).Number(v) + " g"
		case "year":
			return strconv.FormatInt(v, 10)
		}
		return printer(l).Number(v)
	case []string:
		return strings.Join(v, ", ")
	case string:
		switch typ {
		case "date":
			return printer(l).Day(v)
		case "state":
			if name, ok := states[v]; ok {
				return name
			}
		case "idnumber", "identity":
			if len(v) == 12 {
				return v[:6] + "-" + v[6:8] + "-" + v[8:]
			}
		case "time":
			if t, err := clock.ParseDay("2026-01-01"); err == nil && len(v) == 5 {
				var h, m int
				if _, err := fmt.Sscanf(v, "%d:%d", &h, &m); err == nil {
					return printer(l).Time(t.Add(clockTime(h, m)))
				}
			}
		}
		return v
	}
	return fmt.Sprint(v)
}

// states are proper names: the same in both languages.
var states = map[string]string{
	"MY-01": "Johor", "MY-02": "Kedah", "MY-03": "Kelantan", "MY-04": "Melaka",
	"MY-05": "Negeri Sembilan", "MY-06": "Pahang", "MY-07": "Pulau Pinang", "MY-08": "Perak",
	"MY-09": "Perlis", "MY-10": "Selangor", "MY-11": "Terengganu", "MY-12": "Sabah",
	"MY-13": "Sarawak", "MY-14": "Kuala Lumpur", "MY-15": "Labuan", "MY-16": "Putrajaya",
}
