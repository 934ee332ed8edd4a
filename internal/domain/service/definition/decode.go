package definition

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"balai/internal/spine/locale"

	"gopkg.in/yaml.v3"
)

// document is a decoded YAML file that remembers where things stand.
type document struct {
	file     string
	lines    map[string]int // "work.steps[0].post": 41
	problems *[]Problem
}

// decode reads a YAML file strictly: a key that the type does not have, a key
// that stands twice and a value of the wrong kind are problems with a line.
func decode(fsys fs.FS, file string, into any, problems *[]Problem) (document, bool) {
	d := document{file: file, lines: map[string]int{}, problems: problems}
	raw, err := fs.ReadFile(fsys, file)
	if err != nil {
		d.bad("", "the file cannot be read: %v", errors.Unwrap(err))
		return d, false
	}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		d.yaml(err)
		return d, false
	}
	if len(root.Content) == 0 {
		d.bad("", "the file is empty")
		return d, false
	}
	d.walk("", root.Content[0])
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		d.yaml(err)
		return d, false
	}
	return d, true
}

func (d document) walk(path string, n *yaml.Node) {
	if _, seen := d.lines[path]; !seen {
		d.lines[path] = n.Line
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			p := n.Content[i].Value
			if path != "" {
				p = path + "." + p
			}
			d.lines[p] = n.Content[i].Line
			d.walk(p, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			d.walk(fmt.Sprintf("%s[%d]", path, i), c)
		}
	}
}

// line is where a path stands, or the nearest thing around it.
func (d document) line(path string) int {
	for {
		if n, ok := d.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 1
		}
		path = path[:i]
	}
}

func (d document) bad(path, reason string, args ...any) {
	*d.problems = append(*d.problems, Problem{d.file, d.line(path), fmt.Sprintf(reason, args...)})
}

var (
	yamlLine    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	yamlUnknown = regexp.MustCompile(`^field (\S+) not found in type \S+$`)
	yamlKind    = regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `(.*)`)? into (\\S+)$")
)

// yaml turns the parser's errors into problems in words.
func (d document) yaml(err error) {
	list := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		list = typed.Errors
	}
	for _, e := range list {
		line, reason := 1, strings.TrimPrefix(e, "yaml: ")
		if m := yamlLine.FindStringSubmatch(e); m != nil {
			line, _ = strconv.Atoi(m[1])
			reason = m[2]
		}
		if m := yamlUnknown.FindStringSubmatch(reason); m != nil {
			reason = "there is no key " + quote(m[1]) + " here"
		} else if m := yamlKind.FindStringSubmatch(reason); m != nil {
			reason = fmt.Sprintf("%s does not fit here: %s is wanted", strings.TrimSpace(kindWord(m[1])+" "+m[2]), goalWord(m[3]))
		}
		*d.problems = append(*d.problems, Problem{d.file, line, reason})
	}
}

func kindWord(tag string) string {
	switch tag {
	case "str":
		return "the word"
	case "seq":
		return "a list"
	case "map":
		return "a group of keys"
	case "int", "float":
		return "the number"
	case "bool":
		return "the yes or no"
	}
	return "the value"
}

func goalWord(goType string) string {
	switch {
	case goType == "locale.Text":
		return "{ms: …, en: …}"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map"), strings.Contains(goType, "."):
		return "a group of keys"
	case goType == "string":
		return "one text"
	case goType == "bool":
		return "true or false"
	}
	return "a number"
}

// texts checks every sentence of a decoded value: both languages, really
// translated, and only placeholders that exist. A sentence whose yaml tag says
// omitempty may be left out.
func (d document) texts(v any, placeholder func(string) bool) {
	d.textsOf("", reflect.ValueOf(v), false, placeholder)
}

func (d document) textsOf(path string, v reflect.Value, optional bool, known func(string) bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			d.textsOf(path, v.Elem(), optional, known)
		}
	case reflect.Slice:
		for i := range v.Len() {
			d.textsOf(fmt.Sprintf("%s[%d]", path, i), v.Index(i), false, known)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			d.textsOf(join(path, k.String()), v.MapIndex(k), false, known)
		}
	case reflect.Struct:
		if t, ok := v.Interface().(locale.Text); ok {
			d.text(path, t.MS, t.EN, optional, known)
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			tag := f.Tag.Get("yaml")
			name, opts, _ := strings.Cut(tag, ",")
			if !f.IsExported() || name == "-" || name == "" {
				continue
			}
			d.textsOf(join(path, name), v.Field(i), opts == "omitempty", known)
		}
	}
}

func (d document) text(path, ms, en string, optional bool, known func(string) bool) {
	switch {
	case strings.TrimSpace(ms) == "" && strings.TrimSpace(en) == "":
		if !optional {
			d.bad(path, "%s: the text is missing in ms and en", path)
		}
		return
	case strings.TrimSpace(ms) == "":
		d.bad(path, "%s: the text is missing in ms", path)
	case strings.TrimSpace(en) == "":
		d.bad(path, "%s: the text is missing in en", path)
	case ms == en && len(strings.Fields(ms)) > 3:
		d.bad(path, "%s: ms and en are the same: one is not translated", path)
	}
	names := append(placeholders(ms), placeholders(en)...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if known == nil || !known(name) {
			d.bad(path, "%s: there is no value or parameter {%s}", path, name)
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Reply is a sentence in both languages, or one as releases wrote it before.
type Reply struct{ locale.Text }

// UnmarshalYAML reads either.
func (r *Reply) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		r.Text = locale.Same(n.Value)
		return nil
	}
	return n.Decode(&r.Text)
}
