package notice

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"balai/internal/spine/notify"
)

// values are what a system puts into a template, by key.
type values map[string]any

// readValues reads a personalisation: text, numbers, yes and no, lists of
// text, and files. Anything else has no way to be printed.
func readValues(raw json.RawMessage) (values, *problem) {
	v := values{}
	if len(raw) == 0 || string(raw) == "null" {
		return v, nil
	}
	var given map[string]any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if dec.Decode(&given) != nil {
		return nil, invalid("personalisation " + brief(raw) + " is not of type object")
	}
	for name, value := range given {
		switch x := value.(type) {
		case nil:
		case string, bool, json.Number:
			v[key(name)] = value
		case []any:
			list := []string{}
			for _, one := range x {
				list = append(list, asText(one))
			}
			v[key(name)] = list
		case map[string]any:
			v[key(name)] = x
		}
	}
	return v, nil
}

func asText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		if x {
			return "yes"
		}
		return "no"
	}
	return ""
}

// brief is a wrong value as an error quotes it.
func brief(raw json.RawMessage) string {
	s := notify.Harmless(strings.ToValidUTF8(string(raw), "?"))
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return s
}

// missing are the names of a template that have no value.
func (v values) missing(t Template) (out []string) {
	for _, n := range t.names() {
		if _, ok := v[key(n)]; !ok {
			out = append(out, n)
		}
	}
	return out
}

// shows tells whether a conditional text is to be shown.
func shows(v any) bool {
	s := strings.ToLower(strings.TrimSpace(asText(v)))
	return slices.Contains([]string{"yes", "y", "true", "t", "1", "include", "show", "on"}, s)
}

// filled is a template with its values in it.
type filled struct{ Subject, Body, HTML string }

// fill puts values into a template. What kind a line is, a heading or an item,
// is told by the template's own words before any value is in it; a value is one
// line of harmless text, and a list makes items only where its line is nothing
// but the list.
func fill(t Template, v values) filled {
	f := filler{t: t, v: v}
	var out filled
	if lines, err := parse(t.Subject); err == nil && len(lines) > 0 {
		out.Subject = f.plain(lines[0])
	}
	lines, err := parse(t.Body)
	if err != nil {
		return out
	}
	var body []string
	var page strings.Builder
	open := ""
	block := func(tag string) {
		if open != tag {
			if open != "" {
				page.WriteString("</" + open + ">\n")
			}
			if tag != "" {
				page.WriteString("<" + tag + ">")
			}
			open = tag
		}
	}
	for _, l := range lines {
		if list, ok := f.list(l); ok && t.Type != SMS {
			block("ul")
			for _, one := range list {
				body = append(body, "* "+one)
				page.WriteString("<li>" + html.EscapeString(one) + "</li>")
			}
			continue
		}
		text, first := f.plain(l), ""
		if len(l) > 0 {
			first = l[0].text
		}
		hidden := len(l) > 0 && strings.TrimSpace(text) == ""
		if hidden || text == "" && (len(body) == 0 || body[len(body)-1] == "") {
			continue // what does not show leaves no gap
		}
		body = append(body, text)
		switch {
		case len(l) == 0:
			block("")
		case strings.HasPrefix(first, "# "):
			block("")
			page.WriteString("<h2>" + f.markup(l, 2) + "</h2>\n")
		case strings.HasPrefix(first, "* ") || strings.HasPrefix(first, "- "):
			block("ul")
			page.WriteString("<li>" + f.markup(l, 2) + "</li>")
		default:
			if open == "p" {
				page.WriteString("<br>")
			}
			block("p")
			page.WriteString(f.markup(l, 0))
		}
	}
	block("")
	out.Body, out.HTML = strings.TrimRight(strings.Join(body, "\n"), "\n"), page.String()
	return out
}

type filler struct {
	t Template
	v values
}

// list is a line's value where the line is one name and its value a list.
func (f filler) list(l line) ([]string, bool) {
	if len(l) != 1 || l[0].name == "" || l[0].when != "" {
		return nil, false
	}
	list, ok := f.v[key(l[0].name)].([]string)
	if !ok {
		return nil, false
	}
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = notify.Harmless(one)
	}
	return out, true
}

// value is what stands for a name: one line that links nowhere.
func (f filler) value(p piece) string {
	v := f.v[key(p.name)]
	if p.when != "" {
		if shows(v) {
			return p.when
		}
		return ""
	}
	switch x := v.(type) {
	case []string:
		parts := make([]string, len(x))
		for i, one := range x {
			parts[i] = notify.Harmless(one)
		}
		return strings.Join(parts, ", ")
	case link:
		return string(x)
	}
	s := asText(v)
	if f.t.mayLink(p.name) && isLink(s) {
		return s
	}
	return notify.Harmless(s)
}

func (f filler) plain(l line) string {
	var b strings.Builder
	for _, p := range l {
		if p.name == "" {
			b.WriteString(p.text)
		} else {
			b.WriteString(f.value(p))
		}
	}
	return b.String()
}

// markup is a line as HTML, without its first skip bytes. Only the template's
// own addresses, and those that it lets in, are links.
func (f filler) markup(l line, skip int) string {
	var b strings.Builder
	for i, p := range l {
		text := p.text
		if i == 0 {
			text = text[min(skip, len(text)):]
		}
		switch {
		case p.name == "":
			b.WriteString(linked(text))
		case p.when != "":
			b.WriteString(linked(f.value(p)))
		default:
			s := f.value(p)
			if _, own := f.v[key(p.name)].(link); own || f.t.mayLink(p.name) && isLink(s) {
				b.WriteString(anchor(s))
			} else {
				b.WriteString(html.EscapeString(s))
			}
		}
	}
	return b.String()
}

// link is an address of the hall's own, such as a file to fetch.
type link string

var address = regexp.MustCompile(`https://[^\s<>"]+[^\s<>".,;:!?)]`)

func linked(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range address.FindAllStringIndex(text, -1) {
		b.WriteString(html.EscapeString(text[at:m[0]]) + anchor(text[m[0]:m[1]]))
		at = m[1]
	}
	return b.String() + html.EscapeString(text[at:])
}

func anchor(to string) string {
	e := html.EscapeString(to)
	return `<a href="` + e + `">` + e + `</a>`
}

func (t Template) mayLink(name string) bool {
	return slices.ContainsFunc(t.Links, func(l string) bool { return key(l) == key(name) })
}

// isLink tells whether a value is one https address and nothing else.
func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && len(s) <= 2000 &&
		!strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || strings.ContainsRune("<>\"'`\\^{}|", r) })
}
