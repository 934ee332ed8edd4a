package notice

import (
	"crypto/sha1" //nolint:gosec // RFC 9562's version 5 is made with it; nothing is protected by it
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"balai/internal/spine/locale"
	"gopkg.in/yaml.v3"
)

// Template is one text in one language, as one version of it stands.
type Template struct {
	ID      string // the same in every hall: made of agency, name and language
	Version int64
	Agency  string
	Slug    string // NAME for the Malay text, NAME-en for the English
	Lang    locale.Lang
	Type    Type
	Name    string
	Subject string
	Body    string
	Links   []string // placeholders that may hold an https address
	MadeAt  int64
	EndedAt int64 // when it left the catalogue, or 0
}

// same tells whether two versions say the same.
func (t Template) same(u Template) bool {
	return t.Type == u.Type && t.Name == u.Name && t.Subject == u.Subject && t.Body == u.Body && slices.Equal(t.Links, u.Links)
}

// folder is where the catalogue keeps templates: notice/AGENCY/NAME.yaml.
const folder = "notice"

// file is a template as its team writes it, in both languages.
type file struct {
	Name    locale.Text `yaml:"name"`
	Type    Type        `yaml:"type"`
	Subject locale.Text `yaml:"subject"`
	Body    locale.Text `yaml:"body"`
	Links   []string    `yaml:"links"`
}

// ReadTemplates reads the catalogue's templates, two for each file, and says
// what is wrong with them, "path: reason".
func ReadTemplates(fsys fs.FS) (list []Template, problems []string) {
	files, _ := fs.Glob(fsys, folder+"/*/*.yaml") // the pattern is well formed
	slices.Sort(files)
	for _, name := range files {
		bad := func(format string, args ...any) {
			problems = append(problems, name+": "+fmt.Sprintf(format, args...))
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			bad("%v", err)
			continue
		}
		var f file
		dec := yaml.NewDecoder(strings.NewReader(string(text)))
		dec.KnownFields(true)
		if err := dec.Decode(&f); err != nil {
			bad("%v", err)
			continue
		}
		agency, slug := path.Base(path.Dir(name)), strings.TrimSuffix(path.Base(name), ".yaml")
		for _, reason := range f.lint(slug) {
			bad("%s", reason)
		}
		list = append(list, f.template(agency, slug, locale.Malay), f.template(agency, slug, locale.English))
	}
	return list, problems
}

func (f file) template(agency, slug string, l locale.Lang) Template {
	t := Template{Agency: agency, Slug: slug, Lang: l, Type: f.Type, Links: f.Links}
	t.Name, t.Subject, t.Body = f.Name.MS, f.Subject.MS, f.Body.MS
	if l == locale.English {
		t.Slug += "-en"
		t.Name, t.Subject, t.Body = f.Name.EN, f.Subject.EN, f.Body.EN
	}
	t.Subject, t.Body = strings.TrimSpace(t.Subject), strings.TrimSpace(t.Body)
	t.ID = nameID("notice/" + agency + "/" + t.Slug)
	return t
}

var slugShape = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// lint says what is wrong with a template.
func (f file) lint(slug string) (bad []string) {
	say := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	if !slugShape.MatchString(slug) || strings.HasSuffix(slug, "-en") {
		say("the name %q is not words of small letters with hyphens; -en is for the English text", slug)
	}
	if !slices.Contains([]Type{Email, SMS, Letter}, f.Type) {
		say("type is %q; it must be email, sms or letter", f.Type)
	}
	both := func(what string, t locale.Text, wanted bool) {
		switch {
		case wanted && (strings.TrimSpace(t.MS) == "" || strings.TrimSpace(t.EN) == ""):
			say("%s lacks its Malay or its English", what)
		case !wanted && !t.Empty():
			say("%s: an SMS has none", what)
		}
	}
	both("name", f.Name, true)
	both("subject", f.Subject, f.Type != SMS)
	both("body", f.Body, true)
	var names [][]string
	for _, l := range []locale.Lang{locale.Malay, locale.English} {
		t := f.template("", slug, l)
		for _, text := range []string{t.Subject, t.Body} {
			if _, err := parse(text); err != nil {
				say("%s: %v", l, err)
			}
		}
		if strings.ContainsAny(t.Subject, "\n\r") {
			say("%s: the subject has more than one line", l)
		}
		names = append(names, t.names())
	}
	slices.Sort(names[0])
	slices.Sort(names[1])
	if !slices.Equal(names[0], names[1]) {
		say("the languages ask for different values: %s and %s", strings.Join(names[0], ", "), strings.Join(names[1], ", "))
	}
	for _, l := range f.Links {
		if !slices.ContainsFunc(names[0], func(n string) bool { return key(n) == key(l) }) {
			say("links names %q, which no text holds", l)
		}
	}
	return bad
}

// piece is a stretch of a template: literal text, or a value by its name, or
// text that shows where a value says so.
type piece struct{ text, name, when string }

// line is one line of a template.
type line []piece

// parse takes a template apart into lines. A pair of round brackets holds the
// name of a value, or "name??text that shows where it is yes".
func parse(text string) (lines []line, err error) {
	for _, raw := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		var l line
		for raw != "" {
			i := strings.Index(raw, "((")
			if i < 0 {
				l = append(l, piece{text: raw})
				break
			}
			if i > 0 {
				l = append(l, piece{text: raw[:i]})
			}
			end := strings.Index(raw[i:], "))")
			if end < 0 {
				return nil, fmt.Errorf("%.40q has no end", raw[i:])
			}
			inner := raw[i+2 : i+end]
			raw = raw[i+end+2:]
			name, when, conditional := strings.Cut(inner, "??")
			if key(name) == "" || strings.ContainsAny(inner, "()") {
				return nil, fmt.Errorf("((%s)) is no name", inner)
			}
			if conditional {
				l = append(l, piece{name: strings.TrimSpace(name), when: when})
			} else {
				l = append(l, piece{name: strings.TrimSpace(name)})
			}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// names are the values that a template asks for, in the order of the text.
func (t Template) names() (out []string) {
	for _, text := range []string{t.Subject, t.Body} {
		lines, _ := parse(text) // it was linted
		for _, l := range lines {
			for _, p := range l {
				if p.name != "" && !slices.ContainsFunc(out, func(n string) bool { return key(n) == key(p.name) }) {
					out = append(out, p.name)
				}
			}
		}
	}
	return out
}

// key is a value's name as it is compared: "First name" is "first_name".
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-\t\u00a0", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// space is the namespace of template ids (RFC 9562, version 5): DNS's own.
var space = [16]byte{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}

// nameID is a UUID made of a name, so that halls and restarts agree on it.
func nameID(name string) string {
	sum := sha1.Sum(append(space[:], name...)) //nolint:gosec // as above
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x50, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
