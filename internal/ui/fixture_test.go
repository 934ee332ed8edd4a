package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"balai/internal/spine/locale"
	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const fixtures = "npm/node_modules/govuk-frontend/dist/govuk/components"

// drawn are the components in use, by govuk-frontend's names.
var drawn = map[string]func(options map[string]any) (templ.Component, error){
	"back-link":           draw(BackLink),
	"breadcrumbs":         draw(Breadcrumbs),
	"button":              draw(Button),
	"checkboxes":          draw(Checkboxes),
	"date-input":          draw(DateInput),
	"details":             draw(Details),
	"error-message":       draw(errorMessage),
	"error-summary":       draw(ErrorSummary),
	"fieldset":            drawFieldset,
	"file-upload":         draw(FileUpload),
	"generic-header":      draw(GenericHeader),
	"hint":                draw(hint),
	"input":               draw(Input),
	"inset-text":          draw(InsetText),
	"label":               drawLabel,
	"notification-banner": draw(NotificationBanner),
	"pagination":          draw(Pagination),
	"panel":               draw(Panel),
	"phase-banner":        draw(PhaseBanner),
	"radios":              draw(Radios),
	"select":              draw(Select),
	"skip-link":           draw(SkipLink),
	"summary-list":        draw(SummaryList),
	"table":               draw(Table),
	"tag":                 draw(Tag),
	"textarea":            draw(Textarea),
	"warning-text":        draw(WarningText),
}

func draw[P any](component func(P) templ.Component) func(map[string]any) (templ.Component, error) {
	return func(options map[string]any) (templ.Component, error) {
		var p P
		err := fill(reflect.ValueOf(&p).Elem(), options, "")
		return component(p), err
	}
}

func drawFieldset(options map[string]any) (templ.Component, error) {
	var p FieldsetProps
	inner, _ := options["html"].(string)
	rest := map[string]any{}
	for k, v := range options {
		if k != "html" {
			rest[k] = v
		}
	}
	err := fill(reflect.ValueOf(&p).Elem(), rest, "")
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return Fieldset(p).Render(templ.WithChildren(ctx, templ.Raw(inner)), w)
	}), err
}

func drawLabel(options map[string]any) (templ.Component, error) {
	var p LabelProps
	err := fill(reflect.ValueOf(&p).Elem(), options, "")
	return label(p, p.For), err
}

// TestFixtures draws every fixture of every component in use and compares
// the DOM with govuk-frontend's own.
func TestFixtures(t *testing.T) {
	if _, err := os.Stat(fixtures); errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is not there: run `make assets` first, which fetches govuk-frontend by npm ci", fixtures)
	}
	total := 0
	for name, component := range drawn {
		raw, err := os.ReadFile(filepath.Join(fixtures, name, "fixtures.json"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Fixtures []struct {
				Name    string
				Options map[string]any
				HTML    string
			}
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		for _, f := range file.Fixtures {
			total++
			t.Run(name+"/"+f.Name, func(t *testing.T) {
				c, err := component(f.Options)
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if err := c.Render(testContext(t, locale.English), &b); err != nil {
					t.Fatal(err)
				}
				want, got := dom(t, f.HTML), dom(t, b.String())
				if want != got {
					t.Errorf("options %v\nwant\n%s\ngot\n%s", f.Options, want, got)
				}
			})
		}
	}
	if total < 500 {
		t.Errorf("only %d fixtures were compared", total)
	}
}

// testContext is a request's context in a language.
func testContext(t *testing.T, l locale.Lang) context.Context {
	t.Helper()
	c, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	return WithSite(context.Background(), Site{L: c.For(l), Name: locale.Same("Balai Khidmat"), BaseURL: "https://balai.example"})
}

// fill sets a component's options from a fixture's.
func fill(v reflect.Value, options map[string]any, at string) error {
	for key, given := range options {
		f := v.FieldByName(fieldName(key))
		if !f.IsValid() {
			return fmt.Errorf("%s.%s: %s has no such option", at, key, v.Type())
		}
		if err := set(v, f, key, given, at+"."+key); err != nil {
			return err
		}
	}
	if _, given := options["value"]; !given && v.Type() == reflect.TypeOf(SelectItem{}) {
		v.FieldByName("NoValue").SetBool(true)
	}
	return nil
}

func fieldName(key string) string {
	switch key {
	case "html":
		return "Body"
	case "id", "idPrefix", "titleId", "url":
		return map[string]string{"id": "ID", "idPrefix": "IDPrefix", "titleId": "TitleID", "url": "URL"}[key]
	case "beforeInputs", "afterInputs":
		key = strings.TrimSuffix(key, "s")
	}
	if base, ok := strings.CutSuffix(key, "Html"); ok {
		key = base + "Body"
	}
	return strings.ToUpper(key[:1]) + key[1:]
}

func set(parent, f reflect.Value, key string, given any, at string) error {
	switch f.Interface().(type) {
	case Tri:
		if given == true {
			f.Set(reflect.ValueOf(Yes))
		} else {
			f.Set(reflect.ValueOf(No))
		}
		return nil
	case templ.Attributes:
		a := templ.Attributes{}
		for k, v := range given.(map[string]any) {
			a[k] = fmt.Sprint(v)
		}
		f.Set(reflect.ValueOf(a))
		return nil
	case DatePart:
		if given == false {
			f.Set(reflect.ValueOf(DatePart{Absent: true}))
			return nil
		}
	}
	if f.Type() == reflect.TypeOf((*templ.Component)(nil)).Elem() {
		if s, ok := given.(string); ok && s != "" {
			f.Set(reflect.ValueOf(templ.Raw(strings.TrimSpace(s))))
		}
		return nil
	}
	switch f.Kind() {
	case reflect.String:
		s := fmt.Sprint(given)
		if key == "visuallyHiddenText" && parent.Type() == reflect.TypeOf(ErrorMessageProps{}) && (given == false || s == "") {
			s = "-"
		}
		f.SetString(s)
	case reflect.Bool:
		f.SetBool(given == true)
		if key == "error" && given == false {
			parent.FieldByName("NoError").SetBool(true)
		}
	case reflect.Struct:
		if m, ok := given.(map[string]any); ok {
			return fill(f, m, at)
		}
	case reflect.Pointer:
		if m, ok := given.(map[string]any); ok {
			f.Set(reflect.New(f.Type().Elem()))
			return fill(f.Elem(), m, at)
		}
	case reflect.Map:
		m := map[string]string{}
		for k, v := range given.(map[string]any) {
			m[k] = fmt.Sprint(v)
		}
		f.Set(reflect.ValueOf(m))
	case reflect.Slice:
		return setSlice(f, given, at)
	default:
		return fmt.Errorf("%s: cannot set %s", at, f.Type())
	}
	return nil
}

func setSlice(f reflect.Value, given any, at string) error {
	list, ok := given.([]any)
	if !ok {
		return nil
	}
	out := reflect.MakeSlice(f.Type(), len(list), len(list))
	for i, one := range list {
		e := out.Index(i)
		var err error
		switch v := one.(type) {
		case map[string]any:
			err = fill(e, v, at)
		case []any:
			err = setSlice(e, v, at)
		case string:
			if e.Kind() == reflect.String {
				e.SetString(v)
			}
		}
		if err != nil {
			return err
		}
	}
	f.Set(out)
	return nil
}

// dom is a fragment's tree as text: attributes sorted, white space as a
// browser shows it.
func dom(t *testing.T, fragment string) string {
	t.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range nodes {
		outline(&b, n, 0)
	}
	return b.String()
}

func outline(b *strings.Builder, n *html.Node, depth int) {
	pad := strings.Repeat("  ", depth)
	switch n.Type {
	case html.TextNode:
		text := n.Data
		if n.Parent == nil || n.Parent.Data != "textarea" {
			text = strings.Join(strings.Fields(text), " ")
		}
		if text != "" {
			fmt.Fprintf(b, "%s%q\n", pad, text)
		}
	case html.ElementNode:
		var attrs []string
		for _, a := range n.Attr {
			v := a.Val
			if a.Key == "class" {
				v = strings.Join(strings.Fields(v), " ")
			}
			if a.Key == "value" && v == "" && n.Data == "input" {
				continue // the same as none
			}
			attrs = append(attrs, fmt.Sprintf("%s=%q", a.Key, v))
		}
		sort.Strings(attrs)
		fmt.Fprintf(b, "%s<%s %s>\n", pad, n.Data, strings.Join(attrs, " "))
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			outline(b, c, depth+1)
		}
	}
}
