package form

import (
	"embed"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"balai/internal/spine/fault"

	"golang.org/x/text/unicode/norm"
)

// Texts are this package's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Limits of answers that set none of their own.
const (
	maxLine   = 300
	maxLines  = 4000
	maxName   = 150
	maxEmail  = 254
	maxAmount = 1_000_000_000_00 // cents
)

// Check types JSON answers: types, limits and options of the fields that the
// form has. Names that it has not, and files, are returned in unknown, sorted,
// and are never in typed. Empty strings and nulls are no answers. today is
// the date that `today` in a limit means.
func (f *Form) Check(answers map[string]any, today string) (typed map[string]any, unknown []string, faults []fault.Field) {
	typed = map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		field, _, ok := f.Field(name)
		if !ok || field.Type == TypeFile {
			unknown = append(unknown, name)
			continue
		}
		v, empty, bad := field.accept(answers[name], today)
		if bad != "" {
			faults = append(faults, field.fault(bad))
		} else if !empty {
			typed[name] = v
		}
	}
	for i := range f.Pages {
		faults = append(faults, settle(f.Pages[i].Fields, typed)...)
	}
	return typed, unknown, faults
}

// fault is what is wrong with a field, in its own words where it has some.
func (f *Field) fault(kind string) fault.Field {
	at := "answers." + f.ID
	if t, ok := f.Errors[kind]; ok {
		return fault.Field{Location: at, Key: "form.said", Args: []any{"text", t}}
	}
	key := "form." + kind
	switch kind {
	case "invalid", "min", "max":
		key += "." + f.Type
	}
	return fault.Field{Location: at, Key: key, Args: []any{"label", f.Label, "min", f.Min, "max", f.Max}}
}

// RequiredFault is the sentence for a required field without an answer.
func (f *Field) RequiredFault() fault.Field { return f.fault("required") }

// accept types one value; bad is the kind of what is wrong, or "".
func (f *Field) accept(v any, today string) (typed any, empty bool, bad string) {
	switch v := v.(type) {
	case nil:
		return nil, true, ""
	case string:
		return f.acceptString(v, today)
	case bool:
		if f.Type == TypeYesNo {
			return v, false, ""
		}
	case int:
		return f.acceptNumber(int64(v))
	case int64:
		return f.acceptNumber(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return f.acceptNumber(int64(v))
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return f.acceptNumber(n)
		}
	case []string:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		return f.acceptList(list)
	case []any:
		return f.acceptList(v)
	}
	return nil, false, "invalid"
}

func (f *Field) acceptNumber(n int64) (any, bool, string) {
	if f.Type != TypeInteger && f.Type != TypeMoney {
		return nil, false, "invalid"
	}
	if f.Min != "" {
		if m, err := strconv.ParseInt(f.Min, 10, 64); err == nil && n < m {
			return nil, false, "min"
		}
	} else if f.Type == TypeMoney && n < 0 {
		return nil, false, "invalid"
	}
	limit := int64(maxAmount)
	if m, err := strconv.ParseInt(f.Max, 10, 64); err == nil {
		limit = m
	}
	if n > limit {
		return nil, false, "max"
	}
	return n, false, ""
}

func (f *Field) acceptList(list []any) (any, bool, string) {
	if f.Type != TypeMulti {
		return nil, false, "invalid"
	}
	chosen := map[string]bool{}
	for _, v := range list {
		s, ok := v.(string)
		if _, offered := f.Option(s); !ok || !offered {
			return nil, false, "invalid"
		}
		chosen[s] = true
	}
	var out []string // in the form's order, once each
	for _, o := range f.Options {
		if chosen[o.Value] {
			out = append(out, o.Value)
		}
	}
	return out, len(out) == 0, ""
}

var (
	emailShape    = regexp.MustCompile(`^[^\s@<>"',;:\\()\[\]]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$`)
	phoneShape    = regexp.MustCompile(`^\+?[0-9]{7,15}$`)
	postcodeShape = regexp.MustCompile(`^[0-9]{5}$`)
	idShape       = regexp.MustCompile(`^[0-9]{12}$`)
	passportShape = regexp.MustCompile(`^[A-Z0-9]{6,12}$`)
	between       = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "")
)

// acceptString types a string, as JSON gives it or as a browser posts it.
func (f *Field) acceptString(s, today string) (any, bool, string) {
	if !utf8.ValidString(s) {
		return nil, false, "invalid"
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	if s == "" {
		return nil, true, ""
	}
	s, bad := f.shape(s, today)
	if bad != "" {
		return nil, false, bad
	}
	if f.words() {
		if bad := f.length(s); bad != "" {
			return nil, false, bad
		}
	}
	if f.Pattern != "" {
		if re := shapeOf(f.Pattern); re == nil || !re.MatchString(s) {
			return nil, false, "invalid"
		}
	}
	return s, false, ""
}

// shape brings a string into the form that its type is kept in; bad is the
// kind of what is wrong with it.
func (f *Field) shape(s, today string) (kept, bad string) {
	ok := true
	switch f.Type {
	case TypeText:
		ok = lines(s, false)
	case TypeTextarea:
		s = strings.ReplaceAll(s, "\r\n", "\n")
		ok = lines(s, true)
	case TypeName:
		if s, ok = Name(s); !ok {
			if utf8.RuneCountInString(s) > maxName {
				return s, "max"
			}
			return s, "invalid"
		}
	case TypeDate:
		if !IsDate(s) {
			return s, "invalid"
		}
		if m, has := Day(f.Min, today); has && s < m {
			return s, "min"
		}
		if m, has := Day(f.Max, today); has && s > m {
			return s, "max"
		}
	case TypeChoice:
		_, ok = f.Option(s)
	case TypePhone:
		s = between.Replace(s)
		ok = phoneShape.MatchString(s)
	case TypeEmail:
		ok = len(s) <= maxEmail && emailShape.MatchString(s)
	case TypePostcode:
		s = digits(s)
		ok = postcodeShape.MatchString(s)
	case TypeIDNumber:
		s, ok = idNumber(s)
	case TypeIdentity:
		if id, is := idNumber(s); is {
			s = id
		} else {
			s = strings.ToUpper(between.Replace(s))
			ok = passportShape.MatchString(s) && strings.ContainsFunc(s, unicode.IsLetter)
		}
	default: // yesno, integer, money and multi are no strings in JSON
		ok = false
	}
	if !ok {
		return s, "invalid"
	}
	return s, ""
}

func (f *Field) words() bool {
	return f.Type == TypeText || f.Type == TypeTextarea || f.Type == TypeName
}

// MaxLength is the most runes that a field of words takes; 0 for others.
func (f *Field) MaxLength() int {
	if n, err := strconv.Atoi(f.Max); err == nil && f.words() {
		return n
	}
	switch f.Type {
	case TypeText:
		return maxLine
	case TypeTextarea:
		return maxLines
	case TypeName:
		return maxName
	case TypeEmail:
		return maxEmail
	}
	return 0
}

func (f *Field) length(s string) string {
	n := utf8.RuneCountInString(s)
	if m, err := strconv.Atoi(f.Min); err == nil && n < m {
		return "min"
	}
	if n > f.MaxLength() {
		return "max"
	}
	return ""
}

// IsDate tells whether s is a day of the calendar, as 2006-01-02.
func IsDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Year() >= 1800 && t.Year() <= 2200
}

// idNumber writes twelve digits as registers do: 990101-00-1234. The first six
// are a date without its century, which the ninth digit tells: 0 to 4 from 2000
// on, 5 to 9 before. So only a leap year has a 29 February, and 1900 was none.
func idNumber(s string) (string, bool) {
	s = between.Replace(s)
	if !idShape.MatchString(s) {
		return s, false
	}
	century := "20"
	if s[8] >= '5' {
		century = "19"
	}
	if _, err := time.Parse("20060102", century+s[:6]); err != nil {
		return s, false
	}
	return s[:6] + "-" + s[6:8] + "-" + s[8:], true
}

// Day reads a limit: a date, `today`, or `today-5d`.
func Day(s, today string) (day string, ok bool) {
	rest, rel := strings.CutPrefix(s, "today")
	if !rel {
		return s, IsDate(s)
	}
	t, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return "", false
	}
	if rest == "" {
		return today, true
	}
	n, err := strconv.Atoi(strings.TrimSuffix(rest, "d"))
	if err != nil || !strings.HasSuffix(rest, "d") || (rest[0] != '-' && rest[0] != '+') {
		return "", false
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly), true
}

// lines refuses control characters: a line has none, several have line ends
// and tabs.
func lines(s string, several bool) bool {
	for _, r := range s {
		if several && (r == '\n' || r == '\t') {
			continue
		}
		if r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return false
		}
	}
	return true
}

// shapes are the compiled patterns of definitions, of which there are few: to
// compile one takes longer than all else that is done with an answer.
var shapes sync.Map

// shapeOf is nil for a pattern that does not compile; lint refuses those.
func shapeOf(pattern string) *regexp.Regexp {
	if re, ok := shapes.Load(pattern); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`)
	if err != nil {
		return nil
	}
	shapes.Store(pattern, re)
	return re
}
