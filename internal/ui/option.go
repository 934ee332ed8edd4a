package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// Text is plain text or, where Body is set, a component in its place.
type Text struct {
	Text       string
	Body       templ.Component
	Classes    string
	Attributes templ.Attributes
}

func (t Text) there() bool { return t.Text != "" || t.Body != nil }

// Tri is an option that may also be left to the default.
type Tri int8

// Unset leaves the choice to the component.
const (
	Unset Tri = iota
	Yes
	No
)

func (t Tri) String() string {
	if t == Yes {
		return "true"
	}
	return "false"
}

// LabelProps of a form field. IsPageHeading wraps it in the page's h1.
type LabelProps struct {
	Text          string
	Body          templ.Component
	Classes       string
	IsPageHeading bool
	For           string // set by the field
	Attributes    templ.Attributes
}

// PageLabel is a label that is the page's heading: one question per page.
func PageLabel(text string) LabelProps {
	return LabelProps{Text: text, Classes: "govuk-label--l", IsPageHeading: true}
}

// Label is a plain label.
func Label(text string) LabelProps { return LabelProps{Text: text} }

// HintProps explain a field in a sentence.
type HintProps struct {
	ID, Text, Classes string
	Body              templ.Component
	Attributes        templ.Attributes
}

// Hint is a plain hint; of an empty text, none.
func Hint(text string) HintProps { return HintProps{Text: text} }

func (h HintProps) there() bool { return h.Text != "" || h.Body != nil }

// ErrorMessageProps say what is wrong with a field and what to do.
type ErrorMessageProps struct {
	ID, Text, Classes string
	Body              templ.Component
	Attributes        templ.Attributes
	// VisuallyHiddenText is read before the message; "" is the language's
	// word for error, "-" is none.
	VisuallyHiddenText string
}

// Err is a plain error message; of an empty text, none.
func Err(text string) ErrorMessageProps { return ErrorMessageProps{Text: text} }

func (e ErrorMessageProps) there() bool { return e.Text != "" || e.Body != nil }

// FormGroupProps decorate the box around a field.
type FormGroupProps struct {
	Classes                 string
	Attributes              templ.Attributes
	BeforeInput, AfterInput Text
}

// LegendProps name a fieldset.
type LegendProps struct {
	Text, Classes string
	Body          templ.Component
	IsPageHeading bool
}

// FieldsetProps group fields under a legend.
type FieldsetProps struct {
	Legend                     LegendProps
	DescribedBy, Classes, Role string
	Attributes                 templ.Attributes
}

// PageLegend is a fieldset whose legend is the page's heading.
func PageLegend(text string) *FieldsetProps {
	return &FieldsetProps{Legend: LegendProps{Text: text, Classes: "govuk-fieldset__legend--l", IsPageHeading: true}}
}

// Legend is a fieldset with a plain legend.
func Legend(text string) *FieldsetProps {
	return &FieldsetProps{Legend: LegendProps{Text: text, Classes: "govuk-fieldset__legend--m"}}
}

// join puts the parts that are not empty beside each other.
func join(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " ")
}

func when(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

func either(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}

// described lists what explains a field, for aria-describedby.
func described(by, id string, h HintProps, e ErrorMessageProps) string {
	return join(by, when(h.there(), id+"-hint"), when(e.there(), id+"-error"))
}

func groupClass(f FormGroupProps, e ErrorMessageProps) string {
	return join("govuk-form-group", when(e.there(), "govuk-form-group--error"), f.Classes)
}
