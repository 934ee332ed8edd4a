package form

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"balai/internal/spine/locale"

	"pgregory.net/rapid"
)

const today = "2026-11-23"

func TestName(t *testing.T) {
	sound := []string{
		"Nur Imani binti Mohd Hafiz", "Kavitha a/p Subramaniam", "Suresh A/L Muthu", "Jimbun anak Tawi",
		"D'Cruz, Maria Anne", "Tan Mei-Ling @ Aminah", "Wan Mohd. Azlan", "Ahmad", "Ng", "O’Brien",
		"李小龍", "சுப்ரமணியம்", "نور إيمان", "Zoë", "Siti Nurhaliza bte. Tarudin", "Muhd Ali III", "Lee (Li) Na",
	}
	for _, s := range sound {
		if got, ok := Name(s); !ok || got != s {
			t.Errorf("Name(%q) = %q, %v", s, got, ok)
		}
	}
	unsound := []string{
		"", "   ", "12345", "999", "Ali\x00Baba", "Ali\nBcc: x", "<b>Ali</b>", "Ali http://x.my", "www.ali.my", "Ali bit.ly/abc",
		"ali@contoh.com", "Ali; drop table", "Ali\u202eabc", strings.Repeat("a", 151), "Ali {name}", "../..", "@", "'-'", "Ali \xff",
		"Ali https:x", "a.com", "😀 Ali", "Ali\u200bBaba",
	}
	for _, s := range unsound {
		if got, ok := Name(s); ok {
			t.Errorf("Name(%q) is accepted as %q", s, got)
		}
	}
	if got, ok := Name("  Nur\u00a0 Aisyah  "); !ok || got != "Nur Aisyah" {
		t.Errorf("spaces: %q, %v", got, ok)
	}
	if got, ok := Name("Zoe\u0308"); !ok || got != "Zoë" {
		t.Errorf("NFC: %q, %v", got, ok)
	}
	if _, ok := Name(strings.Repeat("é", 150)); !ok {
		t.Error("150 runes are refused")
	}
}

func all() *Form {
	text := locale.Text{MS: "a", EN: "b"}
	f := func(id, typ string) Field { return Field{ID: id, Type: typ, Label: text} }
	with := func(x Field, edit func(*Field)) Field { edit(&x); return x }
	opts := []Option{{Value: "a"}, {Value: "b"}, {Value: "c"}}
	return &Form{Pages: []Page{
		{ID: "one", Fields: []Field{
			with(f("name", TypeName), func(x *Field) { x.Required = true }),
			f("line", TypeText), f("lines", TypeTextarea),
			with(f("day", TypeDate), func(x *Field) { x.Min, x.Max = "today-10d", "today" }),
			with(f("pick", TypeChoice), func(x *Field) { x.Options = opts }),
			with(f("some", TypeMulti), func(x *Field) { x.Options = opts }),
			f("sure", TypeYesNo),
			with(f("count", TypeInteger), func(x *Field) { x.Min, x.Max = "1", "20" }),
			f("money", TypeMoney), f("phone", TypePhone), f("email", TypeEmail), f("postcode", TypePostcode),
			f("id", TypeIDNumber), f("who", TypeIdentity),
			with(f("code", TypeText), func(x *Field) { x.Pattern = "[0-9]{3}" }),
		}},
		{ID: "two", Fields: []Field{f("paper", TypeFile), f("other", TypeText)}},
	}}
}

func TestCheck(t *testing.T) {
	f := all()
	cases := []struct {
		field string
		in    any
		want  any // nil: refused; "" : no answer
	}{
		{"name", "Ali bin Abu", "Ali bin Abu"}, {"name", 5, nil}, {"name", "<script>", nil},
		{"line", " x ", "x"}, {"line", "a\nb", nil}, {"line", strings.Repeat("x", 301), nil}, {"line", "", ""}, {"line", nil, ""},
		{"lines", "a\r\nb", "a\nb"}, {"lines", "a\x07", nil}, {"lines", strings.Repeat("é", 4001), nil},
		{"day", "2026-11-23", "2026-11-23"}, {"day", "2026-11-24", nil}, {"day", "2026-11-12", nil}, {"day", "2026-02-30", nil}, {"day", "23/11/2026", nil},
		{"pick", "b", "b"}, {"pick", "z", nil}, {"pick", []any{"a"}, nil},
		{"some", []any{"c", "a", "a"}, []string{"a", "c"}}, {"some", []any{"z"}, nil}, {"some", "a", nil}, {"some", []any{}, ""}, {"some", []any{1}, nil},
		{"sure", true, true}, {"sure", "yes", nil}, {"sure", 1, nil},
		{"count", 3.0, int64(3)}, {"count", 3.5, nil}, {"count", 0, nil}, {"count", 21, nil}, {"count", "3", nil}, {"count", 1e300, nil},
		{"money", 125050, int64(125050)}, {"money", -1, nil},
		{"phone", "012-345 6789", "0123456789"}, {"phone", "+60123456789", "+60123456789"}, {"phone", "call me", nil},
		{"email", "nama@contoh.example", "nama@contoh.example"}, {"email", "a@b", nil}, {"email", "a b@c.my", nil}, {"email", "x@y.my\nBcc: z@y.my", nil},
		{"postcode", "15000", "15000"}, {"postcode", "1500", nil},
		{"id", "940312005038", "940312-00-5038"}, {"id", "940312-00-5038", "940312-00-5038"}, {"id", "941312005038", nil}, {"id", "000229001234", "000229-00-1234"},
		{"id", "000229005234", nil}, {"id", "240229001234", "240229-00-1234"}, {"id", "960229-00-5234", "960229-00-5234"}, {"id", "990229005234", nil}, {"id", "230229001234", nil},
		{"who", "940312005038", "940312-00-5038"}, {"who", "x0000025", "X0000025"}, {"who", "1234567", nil}, {"who", "x'; --", nil},
		{"code", "123", "123"}, {"code", "1234", nil},
		{"line", map[string]any{"a": 1}, nil}, {"line", "\xff", nil},
	}
	for _, c := range cases {
		typed, unknown, faults := f.Check(map[string]any{c.field: c.in}, today)
		if len(unknown) > 0 {
			t.Errorf("%s: unknown %v", c.field, unknown)
		}
		switch got, has := typed[c.field]; {
		case c.want == nil:
			if len(faults) != 1 || faults[0].Location != "answers."+c.field || has {
				t.Errorf("%s = %.40q: %v, %v, not refused", c.field, c.in, got, faults)
			}
		case c.want == "":
			if has || len(faults) > 0 {
				t.Errorf("%s = %.40q: %v, %v, not empty", c.field, c.in, got, faults)
			}
		case !reflect.DeepEqual(got, c.want) || len(faults) > 0:
			t.Errorf("%s = %.40q: %#v, %v, wanted %#v", c.field, c.in, got, faults, c.want)
		}
	}
}

func TestCheckSetsAsideWhatTheFormHasNot(t *testing.T) {
	typed, unknown, faults := all().Check(map[string]any{"__proto__": map[string]any{"admin": true}, "constructor": 1,
		"name": "Ali", "mother.name": "X", "paper": "x"}, today)
	if len(faults) > 0 || !reflect.DeepEqual(typed, map[string]any{"name": "Ali"}) {
		t.Errorf("typed %v, faults %v", typed, faults)
	}
	if want := []string{"__proto__", "constructor", "mother.name", "paper"}; !reflect.DeepEqual(unknown, want) {
		t.Errorf("unknown %v", unknown)
	}
}

func TestParse(t *testing.T) {
	f := all()
	got, faults := f.Parse(&f.Pages[0], url.Values{
		"name": {"Ali bin Abu"}, "day-day": {"20"}, "day-month": {"11"}, "day-year": {"2026"}, "some": {"", "b", "a"},
		"sure": {"no"}, "count": {"1"}, "money": {"RM 1,250.5"}, "pick": {""}, "other": {"of another page"}, "paper": {"x"}, "__proto__": {"x"},
	}, today)
	want := map[string]any{"name": "Ali bin Abu", "day": "2026-11-20", "some": []string{"a", "b"}, "sure": false, "count": int64(1), "money": int64(125050)}
	if len(faults) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, faults %v", got, faults)
	}
	bad := url.Values{"day-day": {"31"}, "day-month": {"2"}, "day-year": {"2026"}, "count": {"x"}, "money": {"1.234"}, "sure": {"maybe"}}
	got, faults = f.Parse(&f.Pages[0], bad, today)
	if len(got) > 0 || len(faults) != 5 { // name is required
		t.Errorf("%v, %v", got, faults)
	}
	for _, m := range []string{"-5", "1.2.3", "1e9", "٣", "RM", ".50", "99999999999999999999"} {
		if got, faults := f.Parse(&f.Pages[0], url.Values{"name": {"Ali"}, "money": {m}}, today); len(faults) != 1 {
			t.Errorf("money %q: %v", m, got)
		}
	}
}

// What is stored fills the page again and comes back the same.
func TestParseOfValuesIsTheSame(t *testing.T) {
	f := all()
	rapid.Check(t, func(t *rapid.T) {
		in := map[string]any{"name": rapid.SampledFrom([]string{"Ali bin Abu", "Ng"}).Draw(t, "name")}
		maybe := func(name string, v any) {
			if rapid.Bool().Draw(t, "has "+name) {
				in[name] = v
			}
		}
		maybe("money", rapid.Int64Range(0, 1e9).Draw(t, "money"))
		maybe("count", rapid.Int64Range(1, 20).Draw(t, "count"))
		maybe("sure", rapid.Bool().Draw(t, "sure"))
		maybe("day", rapid.SampledFrom([]string{"2026-11-13", "2026-11-23"}).Draw(t, "day"))
		maybe("pick", rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "pick"))
		maybe("some", []string{"a", "c"})
		maybe("line", rapid.StringMatching(`[a-z0-9 .,'é]{0,40}[a-z]`).Draw(t, "line"))
		typed, _, faults := f.Check(in, today)
		if len(faults) > 0 {
			t.Fatalf("check: %v", faults)
		}
		back, faults := f.Parse(&f.Pages[0], f.Values(&f.Pages[0], typed), today)
		if len(faults) > 0 || !reflect.DeepEqual(back, typed) {
			t.Fatalf("%v became %v (%v)", typed, back, faults)
		}
	})
}

// Every fault that a field can give has a sentence in both languages.
func TestEveryFaultHasItsSentence(t *testing.T) {
	cat, err := locale.Load(Texts)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string][]string{"min": {TypeText, TypeTextarea, TypeName, TypeDate, TypeInteger, TypeMoney},
		"max": {TypeText, TypeTextarea, TypeName, TypeDate, TypeInteger, TypeMoney},
		"invalid": {TypeText, TypeTextarea, TypeName, TypeDate, TypeChoice, TypeMulti, TypeYesNo, TypeInteger, TypeMoney,
			TypePhone, TypeEmail, TypePostcode, TypeIDNumber, TypeIdentity},
		"required": {TypeText}}
	for kind, types := range kinds {
		for _, typ := range types {
			field := Field{ID: "x", Type: typ, Label: locale.Text{MS: "Soalan", EN: "Question"}}
			said := field.fault(kind)
			for _, l := range locale.Langs {
				if s := cat.For(l).T(said.Key, said.Args...); strings.Contains(s, "⟦") {
					t.Errorf("%s %s: %s", typ, kind, s)
				}
			}
		}
	}
	own := Field{ID: "x", Errors: map[string]locale.Text{"required": {MS: "Tulis.", EN: "Write."}}}
	said := own.RequiredFault()
	if got := cat.For(locale.English).T(said.Key, said.Args...); got != "Write." {
		t.Errorf("own sentence: %q", got)
	}
}

// says holds for the conditions named in it; unknown while name is missing.
type says map[string]func(map[string]any) (bool, error)

func (s says) Holds(when string, reached map[string]any) (bool, error) { return s[when](reached) }

func TestRouteOfSkippedPagesDoesNotCount(t *testing.T) {
	f := &Form{Pages: []Page{
		{ID: "a", Fields: []Field{{ID: "x", Type: TypeText, Required: true}}, Next: []Next{{When: "x is 1", Page: "c"}, {Page: "b"}}},
		{ID: "b", Fields: []Field{{ID: "y", Type: TypeText, Required: true}}},
		{ID: "c", Fields: []Field{{ID: "paper", Type: TypeFile, Required: true}}},
	}}
	g := says{"x is 1": func(r map[string]any) (bool, error) {
		if _, leaked := r["y"]; leaked {
			t.Error("an answer of a page that is not reached was seen")
		}
		if r["x"] == nil {
			return false, ErrUnknown
		}
		return r["x"] == "1", nil
	}}
	check := func(w Walk, pages, missing, current string, complete bool) {
		t.Helper()
		if strings.Join(w.Pages, " ") != pages || strings.Join(w.Missing, " ") != missing || w.Current != current || w.Complete != complete {
			t.Errorf("%+v", w)
		}
	}
	w, _ := f.Route(g, map[string]any{}, nil)
	check(w, "a", "x", "a", false)
	w, _ = f.Route(g, map[string]any{"x": "1", "y": "2"}, nil)
	check(w, "a c review", "paper", "c", false)
	if _, counts := w.Reached["y"]; counts {
		t.Error("the answer of a skipped page counts")
	}
	w, _ = f.Route(g, map[string]any{"x": "1"}, map[string]int{"paper": 1})
	check(w, "a c review", "", "review", true)
	w, _ = f.Route(g, map[string]any{"x": "2"}, nil)
	check(w, "a b c review", "y paper", "b", false)
}
