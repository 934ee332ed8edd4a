package definition

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
)

// Change is one difference between two versions of a service.
type Change struct {
	Part  string // texts, rules, fee, pages, facts, evidence, work, outcome, certificates, cases, about
	Where string // in words: "page child-name, field child_name, max"
	Old   string // "" when it was added
	New   string // "" when it was removed
}

func (c Change) String() string {
	switch {
	case c.Old == "":
		return fmt.Sprintf("+ %s: %s", c.Where, c.New)
	case c.New == "":
		return fmt.Sprintf("- %s: %s", c.Where, c.Old)
	}
	return fmt.Sprintf("~ %s\n    was %s\n    is  %s", c.Where, c.Old, c.New)
}

// parts are the headings of a difference, in the order in which they print.
var parts = []string{"texts", "rules", "fee", "pages", "facts", "evidence", "work", "outcome", "certificates", "cases", "about"}

// Changes lists what differs between two versions, by part and place.
func Changes(old, new *Service) []Change {
	a, b := flatten(old), flatten(new)
	names := map[string]bool{}
	for k := range a {
		names[k] = true
	}
	for k := range b {
		names[k] = true
	}
	var out []Change
	for _, k := range sortedKeys(names) {
		if a[k] != b[k] {
			out = append(out, Change{part(k), words(k), a[k], b[k]})
		}
	}
	out = append(out, feeOrder(old, new)...)
	slices.SortStableFunc(out, func(x, y Change) int { return slices.Index(parts, x.Part) - slices.Index(parts, y.Part) })
	return out
}

// Diff says in words what differs between two catalogues' versions of a
// service: texts, rules, fee, pages, facts and the rest. "" means nothing.
// Problems of either version are the error.
func Diff(old, new fs.FS, service string) (string, error) {
	var found [2]*Service
	for i, fsys := range []fs.FS{old, new} {
		c, problems := Load(fsys)
		if found[i] = c.Service(service); found[i] == nil {
			return "", fmt.Errorf("definition: %s: %s", service, problemsOf(service, problems))
		}
	}
	var b strings.Builder
	part := ""
	for _, c := range Changes(found[0], found[1]) {
		if c.Part != part {
			part = c.Part
			fmt.Fprintf(&b, "%s\n", strings.ToUpper(part[:1])+part[1:])
		}
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(c.String(), "\n", "\n  "))
	}
	return b.String(), nil
}

func problemsOf(service string, problems []Problem) string {
	for _, p := range problems {
		if strings.HasPrefix(p.File, service+"/") || !strings.Contains(p.File, "/") {
			return p.String()
		}
	}
	return "there is no such service"
}

// flatten spells a service as paths and values. Members of a list are named by
// what identifies them, so that an inserted page does not change the others.
func flatten(s *Service) map[string]string {
	out := map[string]string{}
	flat(out, "service", reflect.ValueOf(*s))
	flat(out, "form", reflect.ValueOf(*s.Form))
	for id, t := range s.Templates {
		flat(out, "certificates/"+id, reflect.ValueOf(t))
	}
	for _, c := range s.Cases {
		out["cases/"+c.Name] = fmt.Sprint(c.Person, " ", c.Answers, " ", c.Facts, " ", c.Disputed, " ", c.Expect)
	}
	return out
}

func flat(out map[string]string, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if name != "" && name != "-" && v.Type().Field(i).IsExported() {
				flat(out, path+"/"+name, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			flat(out, path+"/"+identity(v.Index(i), i), v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			flat(out, path+"/"+k.String(), v.MapIndex(k))
		}
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			flat(out, path, v.Elem())
		}
	default:
		if s := strings.Join(strings.Fields(fmt.Sprint(v)), " "); s != "" && s != "0" && s != "false" {
			out[path] = s
		}
	}
}

// identity is how a member of a list is known.
func identity(v reflect.Value, i int) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	if v.Kind() == reflect.Struct {
		switch row := v.Interface().(type) { // of a fee: known by when it holds
		case FeeRow:
			return whenOf(row.When)
		case FeeWaiver:
			return whenOf(row.When)
		}
		for _, key := range []string{"page", "field", "variant", "value", "step", "evidence", "service", "template", "verdict", "label"} {
			for j := range v.NumField() {
				name, _, _ := strings.Cut(v.Type().Field(j).Tag.Get("yaml"), ",")
				if f := v.Field(j); name == key && f.Kind() == reflect.String {
					if key == "verdict" || key == "value" && v.Type().Name() == "TemplateRow" {
						break // several rules may give one verdict
					}
					return f.String()
				}
			}
		}
	}
	return fmt.Sprint(i + 1)
}

// whenOf names a row by its condition; a path keeps its slashes to itself.
func whenOf(when string) string {
	return "when " + strings.ReplaceAll(strings.Join(strings.Fields(when), " "), "/", "∕")
}

// feeOrder is a change of the order in which a fee's rows are tried, which the
// rows by themselves do not show.
func feeOrder(old, new *Service) []Change {
	order := func(s, other *Service) string {
		var out []string
		for _, r := range s.Fee.Table {
			if slices.ContainsFunc(other.Fee.Table, func(o FeeRow) bool { return o.When == r.When }) {
				out = append(out, whenOf(r.When))
			}
		}
		return strings.Join(out, ", then ")
	}
	a, b := order(old, new), order(new, old)
	if a == b {
		return nil
	}
	return []Change{{"fee", "the order of the fee's rows", a, b}}
}

// part is the heading that a path belongs under.
func part(path string) string {
	p := strings.Split(path, "/")
	last := p[len(p)-1]
	switch {
	case p[0] == "cases" || p[0] == "certificates":
		return p[0]
	case last == "ms" || last == "en":
		return "texts"
	case p[0] == "service" && (p[1] == "fee" || strings.HasSuffix(last, "fee_cents")):
		return "fee"
	case last == "when" || p[1] == "values" && last == "is" || p[1] == "variants":
		return "rules"
	case p[0] == "form":
		return "pages"
	case p[1] == "eligibility":
		return "rules"
	case slices.Contains(parts, p[1]):
		return p[1]
	}
	return "about"
}

// words spells a path for people: "eligibility, rule 2, because (ms)".
func words(path string) string {
	p := strings.Split(path, "/")
	if p[0] == "service" || p[0] == "form" {
		p = p[1:]
	}
	if last := p[len(p)-1]; last == "ms" || last == "en" {
		p = append(p[:len(p)-2:len(p)-2], p[len(p)-2]+" ("+last+")")
	}
	singular := map[string]string{"pages": "page", "fields": "field", "rules": "rule", "facts": "fact", "values": "value",
		"variants": "variant", "steps": "step", "options": "option", "certificates": "certificate", "cases": "case", "rows": "row",
		"automatic": "automatic condition", "notes": "note", "table": "row", "waived": "free"}
	var out []string
	for i := 0; i < len(p); i++ {
		if one, ok := singular[p[i]]; ok && i+1 < len(p) {
			out = append(out, one+" "+p[i+1])
			i++
			continue
		}
		out = append(out, strings.ReplaceAll(p[i], "_", " "))
	}
	return strings.Join(out, ", ")
}

// Sentences are all texts of a service by their place, each ending in /ms or
// /en: what a native editor reads.
func Sentences(s *Service) map[string]string {
	out := map[string]string{}
	for path, text := range flatten(s) {
		if strings.HasSuffix(path, "/ms") || strings.HasSuffix(path, "/en") {
			out[path] = text
		}
	}
	return out
}
