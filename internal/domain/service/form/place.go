package form

import (
	"net/url"
	"strings"
	"unicode"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/postcode"
)

// settle holds the postcodes of one page against the list of postcodes, fills
// in the state and the town where the list tells them, and takes out a
// confirmation that was not needed. Only a postcode that some field confirms
// is held against the list: whoever refuses one leaves a way to a person.
func settle(fields []Field, answers map[string]any) []fault.Field {
	var faults []fault.Field
	for i := range fields {
		sure := &fields[i]
		if sure.Confirms == "" {
			continue
		}
		at, state, town := about(fields, sure.Confirms)
		code, given := answers[sure.Confirms].(string)
		if at == nil || !given {
			delete(answers, sure.ID)
			continue
		}
		place, known := postcode.Find(code)
		kind := ""
		switch {
		case !known:
			kind = "unknown"
		case state != nil && answers[state.ID] != nil && answers[state.ID] != place.State:
			kind = "elsewhere"
		}
		if kind == "" {
			delete(answers, sure.ID)
			fill(answers, state, place.State)
			if len(place.Towns) == 1 {
				fill(answers, town, place.Towns[0])
			}
		} else if answers[sure.ID] != true {
			faults = append(faults, fault.Field{Location: "answers." + at.ID, Key: "form." + kind + ".postcode",
				Args: []any{"code", code, "state", stateName(state, place.State)}})
			delete(answers, at.ID)
			delete(answers, sure.ID)
		}
	}
	return faults
}

// about finds a postcode field of a page, and the state and the town that are
// filled in from it; nil where the page has none.
func about(fields []Field, id string) (at, state, town *Field) {
	for i := range fields {
		switch f := &fields[i]; {
		case f.ID == id:
			at = f
		case f.From == id && f.Type == TypeChoice:
			state = f
		case f.From == id:
			town = f
		}
	}
	return at, state, town
}

// fill answers a field that nobody answered; a choice takes only its options.
func fill(answers map[string]any, f *Field, value string) {
	if f == nil || answers[f.ID] != nil {
		return
	}
	if _, ok := f.Option(value); ok || f.Type != TypeChoice {
		answers[f.ID] = value
	}
}

// Was ends the name of a hidden input that holds what a page showed.
const Was = "-was"

// Renew takes out of a page's post what stands there for another postcode: a
// town, a state or a confirmation that nobody touched since the page showed
// it, beside a postcode that is a new one.
func (p *Page) Renew(values url.Values) {
	for i := range p.Fields {
		f := &p.Fields[i]
		of := f.From + f.Confirms // a field has one of them
		was, now := digits(values.Get(of+Was)), digits(values.Get(of))
		if of != "" && was != "" && was != now && values.Get(f.ID) == values.Get(f.ID+Was) {
			values.Del(f.ID)
		}
	}
}

// digits are a postcode without the blanks that people and papers put into it,
// and with the digits of every keyboard.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), r == '-':
			return -1
		}
		return r
	}, s)
}

// Told tells whether an answer of the page is what its postcode says: nobody
// had to type it.
func (p *Page) Told(id string, answers map[string]any) bool {
	for i := range p.Fields {
		f := &p.Fields[i]
		if f.ID != id || f.From == "" {
			continue
		}
		code, _ := answers[f.From].(string)
		place, known := postcode.Find(code)
		if f.Type == TypeChoice {
			return known && answers[id] == place.State
		}
		return known && len(place.Towns) == 1 && answers[id] == place.Towns[0]
	}
	return false
}

func stateName(f *Field, state string) locale.Text {
	if f != nil {
		if o, ok := f.Option(state); ok {
			return o.Label
		}
	}
	return locale.Same(state)
}
