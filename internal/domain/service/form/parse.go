package form

import (
	"net/url"

	"balai/internal/spine/fault"
)

// Parse reads one page's post. Dates come as ID-day, ID-month, ID-year or as
// one ISO value. Empty inputs are absent from answers.
func (f *Form) Parse(p *Page, values url.Values, today string) (answers map[string]any, faults []fault.Field) {
	return nil, nil
}

// Check types JSON answers: types, limits and options of the fields that the
// form has. Names that it has not are returned in unknown and never in typed.
func (f *Form) Check(answers map[string]any, today string) (typed map[string]any, unknown []string, faults []fault.Field) {
	return nil, nil, nil
}

// Values is the inverse of Parse, to fill a page's inputs from stored answers.
func (f *Form) Values(p *Page, answers map[string]any) url.Values { return nil }
