package backoffice

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"github.com/danielgtaylor/huma/v2"
)

// Words are a text in both languages, or one text for both.
type Words locale.Text

// UnmarshalJSON reads {"ms": …, "en": …} or a string.
func (w *Words) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var one string
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		*w = Words(locale.Same(one))
		return nil
	}
	return strict(data, (*locale.Text)(w))
}

// Schema tells both forms.
func (Words) Schema(huma.Registry) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Schema{Description: "In both languages, or one text for both",
		OneOf: []*huma.Schema{text, object("ms", "en")}}
}

// Person names somebody: by their MyKad, MyKid or passport number, with
// hyphens or without, or by their id in the hall.
type Person struct {
	IDNumber string `json:"id_number,omitempty"`
	ID       string `json:"id,omitempty"`
	Either   string `json:"-"`
}

// UnmarshalJSON reads {"id_number": …}, {"id": …} or a string that is either.
func (p *Person) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &p.Either)
	}
	type plain Person
	if err := strict(data, (*plain)(p)); err != nil {
		return err
	}
	if (p.IDNumber == "") == (p.ID == "") {
		return errors.New("backoffice: a person is named by id_number or by id")
	}
	return nil
}

// Schema tells the forms.
func (Person) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "Who it is about: a MyKad number, with hyphens or without, or the person's id in the hall",
		OneOf: []*huma.Schema{{Type: huma.TypeString}, object("id_number"), object("id")}}
}

func object(names ...string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Required: names, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for _, n := range names {
		s.Properties[n] = &huma.Schema{Type: huma.TypeString}
	}
	s.PrecomputeMessages()
	return s
}

func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// wrong collects what cannot be accepted.
type wrong []fault.Field

func (w *wrong) add(location, key string, args ...any) {
	*w = append(*w, fault.Field{Location: "body." + location, Key: key, Args: args})
}

func (w wrong) err() error {
	if len(w) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "web.error.invalid").With(w...)
}

// text reads what a person will see: at most so many characters; lines stay
// where several are allowed.
func (w *wrong) text(location string, in Words, most int, needed, lines bool) locale.Text {
	out := locale.Text{MS: clean(in.MS, lines), EN: clean(in.EN, lines)}
	if out.MS == "" {
		out.MS = out.EN
	}
	if out.EN == "" {
		out.EN = out.MS
	}
	switch n := max(utf8.RuneCountInString(out.MS), utf8.RuneCountInString(out.EN)); {
	case n > most:
		w.add(location, "web.field.long", "bound", most)
	case n == 0 && needed:
		w.add(location, "web.field.missing")
	}
	return out
}

// unfit tells whether a character has no place in what an agency hands in: it is
// refused, since a text that lost it would be another.
func unfit(r rune) bool {
	return web.Lost(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r)
}

// fits refuses a body that holds such a character, wherever it stands.
func fits(body []byte) error {
	var w wrong
	for _, at := range web.Unfit(body, unfit) {
		w = append(w, fault.Field{Location: at, Key: "web.field.unfit"})
	}
	return w.err()
}

func clean(s string, lines bool) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func (w *wrong) day(location, day string) {
	if day == "" {
		return
	}
	if _, err := clock.ParseDay(day); err != nil {
		w.add(location, "backoffice.error.day")
	}
}

// time reads RFC 3339, 0 for "". A time to come is refused: with it, nothing
// would ever be newer.
func (w *wrong) time(location, text string, now time.Time) int64 {
	if text == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	switch {
	case err != nil || t.Year() < 1970:
		w.add(location, "backoffice.error.time")
		return 0
	case t.After(now.Add(skew)):
		w.add(location, "backoffice.error.future")
	}
	return clock.Micro(t)
}

// their reads an agency's own reference or id.
func (w *wrong) their(location, text string) {
	ok := len(text) > 0 && len(text) <= 64
	for i, r := range text {
		plain := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if !plain && (i == 0 || !strings.ContainsRune("-_./:", r)) {
			ok = false
		}
	}
	if !ok || strings.Contains(text, "..") {
		w.add(location, "backoffice.error.their_ref")
	}
}
