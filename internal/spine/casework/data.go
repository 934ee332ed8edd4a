package casework

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// maxText is the longest note, question, answer or reason, in runes.
const maxText = 4000

// input reads the data of an act and collects what is wrong with it.
type input struct {
	data   map[string]any
	faults []fault.Field
}

func (in *input) wrong(field, key string, args ...any) {
	in.faults = append(in.faults, fault.Field{Location: field, Key: key, Args: args})
}

func (in *input) err() error {
	if len(in.faults) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "casework.fault.data").With(in.faults...)
}

// text is a trimmed sentence; lines end in \n, and other control characters
// are refused.
func (in *input) text(field string, required bool) string {
	v, there := in.data[field]
	s, isText := v.(string)
	if there && v != nil && !isText {
		in.wrong(field, "casework.fault.text")
		return ""
	}
	s, ok := clean(s)
	switch {
	case !ok:
		in.wrong(field, "casework.fault.text")
	case s == "" && required:
		in.wrong(field, "casework.fault.required")
	case utf8.RuneCountInString(s) > maxText:
		in.wrong(field, "casework.fault.long", "max", maxText)
	}
	return s
}

func clean(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	s = norm.NFC.String(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")))
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return "", false
		}
	}
	return s, true
}

// oneOf is one of the words.
func (in *input) oneOf(field string, words ...string) string {
	s, _ := in.data[field].(string)
	for _, w := range words {
		if s == w {
			return s
		}
	}
	in.wrong(field, "casework.fault.choice")
	return ""
}

// whole is an integer between low and high, as JSON or a form gives it.
func (in *input) whole(field string, low, high int64) int64 {
	n, ok := wholeOf(in.data[field])
	if !ok || n < low || n > high {
		in.wrong(field, "casework.fault.number", "low", strconv.FormatInt(low, 10), "high", strconv.FormatInt(high, 10))
		return 0
	}
	return n
}

func wholeOf(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return 0, false
		}
		return int64(v), true
	case json.Number:
		n, err := v.Int64()
		return n, err == nil
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// bilingual is a sentence in both languages, or free text that is the same in
// both: the applicant's language.
func (in *input) bilingual(field string) locale.Text {
	switch v := in.data[field].(type) {
	case locale.Text:
		return in.both(field, v)
	case map[string]any:
		ms, _ := v["ms"].(string)
		en, _ := v["en"].(string)
		return in.both(field, locale.Text{MS: ms, EN: en})
	}
	return locale.Same(in.text(field, true))
}

func (in *input) both(field string, t locale.Text) locale.Text {
	for _, s := range []string{t.MS, t.EN} {
		s, ok := clean(s)
		switch {
		case !ok || s == "":
			in.wrong(field, "casework.fault.required")
			return locale.Text{}
		case utf8.RuneCountInString(s) > maxText:
			in.wrong(field, "casework.fault.long", "max", maxText)
			return locale.Text{}
		}
	}
	return t
}

// question is a text as it was written, or in both languages where a sentence
// that stands in both was chosen.
func (in *input) question(field string) any {
	switch in.data[field].(type) {
	case map[string]any, locale.Text:
		return textData(in.bilingual(field))
	}
	return in.text(field, true)
}

// object is a map as it was given, or nil.
func (in *input) object(field string) map[string]any {
	v, there := in.data[field]
	m, ok := v.(map[string]any)
	if there && v != nil && !ok {
		in.wrong(field, "casework.fault.object")
	}
	return m
}

// Bounds of what a decider gives with a yes.
const (
	mostGiven    = 10
	longestGiven = 200 // runes of a name or a value
)

// given is a small map of short texts, or nil.
func (in *input) given(field string) map[string]any {
	m := in.object(field)
	for name, v := range m {
		text, ok := v.(string)
		if len(m) > mostGiven || !ok || utf8.RuneCountInString(name) > longestGiven || utf8.RuneCountInString(text) > longestGiven {
			in.wrong(field, "casework.fault.object")
			return nil
		}
	}
	return m
}

// Reasons are what the applicant reads about a decision, a correction or a
// decision on appeal.
func Reasons(a Act) locale.Text { return TextOf(a, "reasons") }

// Written is what somebody wrote with an act, beside reasons.
func Written(a Act) locale.Text {
	for _, field := range []string{"question", "note", "text", "grounds", "reason"} {
		if t := TextOf(a, field); !t.Empty() {
			return t
		}
	}
	return locale.Text{}
}

// TextOf is a text of an act's data: in both languages, or as it was written.
func TextOf(a Act, field string) locale.Text {
	switch v := a.Data[field].(type) {
	case map[string]any:
		ms, _ := v["ms"].(string)
		en, _ := v["en"].(string)
		return locale.Text{MS: ms, EN: en}
	case locale.Text:
		return v
	case string:
		return locale.Same(v)
	}
	return locale.Text{}
}
