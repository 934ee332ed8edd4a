// Package form is the form engine: pages of one question, typed fields, and
// the route that answers take through the pages.
//
// It knows no HTTP and no database. What arrives from a browser goes through
// Parse, what arrives as JSON through Check, and only answers on pages that
// the route reaches ever count.
package form

import (
	"errors"

	"balai/internal/spine/locale"
)

// Review is where every route ends: the page that shows all answers before
// they are sent. No page may take its name.
const Review = "review"

// ErrUnknown is returned by a Guard whose expression needs an answer or a
// fact that is not there yet.
var ErrUnknown = errors.New("form: not known yet")

// Form is the pages in the order in which they stand in form.yaml.
type Form struct {
	Pages []Page `yaml:"pages" json:"pages"`
}

// Page asks one thing.
type Page struct {
	ID     string      `yaml:"page" json:"page"`
	Title  locale.Text `yaml:"title" json:"title"`
	Hint   locale.Text `yaml:"hint,omitempty" json:"hint"`
	Fields []Field     `yaml:"fields" json:"fields"`
	// Next are tried in order; the first whose When holds (or that has none)
	// names the following page. Without any, the page below follows, and
	// Review after the last.
	Next []Next `yaml:"next,omitempty" json:"next,omitempty"`
	// ShowFacts are dotted fact names shown beside the question.
	ShowFacts []string `yaml:"show_facts,omitempty" json:"show_facts,omitempty"`
}

// Next is one arrow out of a page.
type Next struct {
	When string `yaml:"when,omitempty" json:"when,omitempty"`
	Page string `yaml:"page" json:"page"`
}

// The types of a field, and the Go type of its answer.
const (
	TypeText     = "text"     // string, one line
	TypeTextarea = "textarea" // string, lines
	TypeName     = "name"     // string, a person's full name
	TypeDate     = "date"     // string, 2006-01-02
	TypeChoice   = "choice"   // string, one option's value
	TypeMulti    = "multi"    // []string, options' values
	TypeYesNo    = "yesno"    // bool
	TypeInteger  = "integer"  // int64
	TypeMoney    = "money"    // int64, cents
	TypePhone    = "phone"    // string, digits with an optional leading +
	TypeEmail    = "email"    // string
	TypePostcode = "postcode" // string, five digits
	TypeIDNumber = "idnumber" // string, 990101-00-1234 (MyKad, MyKid)
	TypeIdentity = "identity" // string, an identity number or a passport's
	TypeFile     = "file"     // no answer: the evidence of the same id
)

// Field is one question's input.
type Field struct {
	ID       string      `yaml:"field" json:"field"`
	Type     string      `yaml:"type" json:"type"`
	Label    locale.Text `yaml:"label" json:"label"`
	Hint     locale.Text `yaml:"hint,omitempty" json:"hint"`
	Options  []Option    `yaml:"options,omitempty" json:"options,omitempty"`
	Required bool        `yaml:"required,omitempty" json:"required,omitempty"`
	// Locates says that the answer tells where somebody is: officers do not see
	// it where the person is protected.
	Locates bool `yaml:"locates,omitempty" json:"locates,omitempty"`
	// Min and Max are runes for words, the number itself for integer and
	// money (cents), and a date or `today` (with -5d or +5d) for dates.
	Min string `yaml:"min,omitempty" json:"min,omitempty"`
	Max string `yaml:"max,omitempty" json:"max,omitempty"`
	// Pattern is a regular expression that the whole answer matches.
	Pattern string `yaml:"pattern,omitempty" json:"pattern,omitempty"`
	// From names the postcode field of the same page out of which a choice of
	// states or a town is filled in where nobody answered it. Its input shows
	// only where the postcode does not tell.
	From string `yaml:"from,omitempty" json:"from,omitempty"`
	// Confirms names the postcode field of the same page that this yes or no
	// lets through although the list of postcodes has none such, or has it in
	// another state. The answer stays only where it was needed, so a rule that
	// sees it knows that a person has to look.
	Confirms string `yaml:"confirms,omitempty" json:"confirms,omitempty"`
	// Alone is a fact of a register, such as business.name, of which no two
	// entries say the same: an answer that one of them says already is taken.
	Alone string `yaml:"alone,omitempty" json:"alone,omitempty"`
	// Errors replace the general sentences: required, invalid, min, max.
	Errors map[string]locale.Text `yaml:"errors,omitempty" json:"errors,omitempty"`
	// Asks is the register field that this question is about, if any; Reason
	// says why it is asked although a register holds it.
	Asks   string `yaml:"asks,omitempty" json:"asks,omitempty"`
	Reason string `yaml:"reason,omitempty" json:"reason,omitempty"`
	// Autocomplete is the HTML autocomplete token.
	Autocomplete string `yaml:"autocomplete,omitempty" json:"autocomplete,omitempty"`
}

// Option is one choice of a choice or multi field.
type Option struct {
	Value string      `yaml:"value" json:"value"`
	Label locale.Text `yaml:"label" json:"label"`
	Hint  locale.Text `yaml:"hint,omitempty" json:"hint"`
}

// Page finds a page by its id.
func (f *Form) Page(id string) (*Page, bool) {
	for i := range f.Pages {
		if f.Pages[i].ID == id {
			return &f.Pages[i], true
		}
	}
	return nil, false
}

// Field finds a field, and the page it stands on, by the field's id.
func (f *Form) Field(id string) (*Field, *Page, bool) {
	for i := range f.Pages {
		for j := range f.Pages[i].Fields {
			if f.Pages[i].Fields[j].ID == id {
				return &f.Pages[i].Fields[j], &f.Pages[i], true
			}
		}
	}
	return nil, nil, false
}

// Option finds an option by its value.
func (f *Field) Option(value string) (Option, bool) {
	for _, o := range f.Options {
		if o.Value == value {
			return o, true
		}
	}
	return Option{}, false
}
