package service

import (
	"net/url"

	"balai/internal/domain/service/form"
	"balai/internal/spine/fault"
	"balai/internal/ui"
)

func (v fieldView) text(p ui.Page) string {
	if v.Alone {
		return v.Title
	}
	s := p.L.Pick(v.Field.Label)
	if !v.Field.Required {
		s += " (" + p.L.T("service.page.optional") + ")"
	}
	return s
}

func (v fieldView) label(p ui.Page) ui.LabelProps {
	if v.Alone {
		return ui.PageLabel(v.text(p))
	}
	return ui.Label(v.text(p))
}

func (v fieldView) legend(p ui.Page) *ui.FieldsetProps {
	if v.Alone {
		return ui.PageLegend(v.text(p))
	}
	return ui.Legend(v.text(p))
}

func (v fieldView) hint(p ui.Page) string {
	own := p.L.Pick(v.Field.Hint)
	switch {
	case v.Alone && v.Hint != "" && own != "":
		return v.Hint + " " + own
	case v.Alone && v.Hint != "":
		return v.Hint
	}
	return own
}

func (v fieldView) items(p ui.Page) []ui.ChoiceItem {
	if v.Field.Type == form.TypeYesNo {
		return []ui.ChoiceItem{{Value: "yes", Text: p.L.T("service.page.yes")}, {Value: "no", Text: p.L.T("service.page.no")}}
	}
	var out []ui.ChoiceItem
	for _, o := range v.Field.Options {
		out = append(out, ui.ChoiceItem{Value: o.Value, Text: p.L.Pick(o.Label), Hint: ui.Hint(p.L.Pick(o.Hint))})
	}
	return out
}

// dateValues are the three parts of a date by the names that the kit gives
// their inputs.
func (v fieldView) dateValues() map[string]string {
	out := map[string]string{}
	for _, part := range []string{"day", "month", "year"} {
		out[v.Field.ID+"-"+part] = v.Values.Get(v.Field.ID + "-" + part)
		out[part] = out[v.Field.ID+"-"+part]
	}
	return out
}

func (v fieldView) inputType() string {
	switch v.Field.Type {
	case form.TypeEmail:
		return "email"
	case form.TypePhone:
		return "tel"
	}
	return "text"
}

func (v fieldView) inputMode() string {
	switch v.Field.Type {
	case form.TypeInteger, form.TypePostcode, form.TypeIDNumber:
		return "numeric"
	case form.TypeMoney:
		return "decimal"
	}
	return ""
}

func (v fieldView) width() string {
	switch v.Field.Type {
	case form.TypeInteger, form.TypePostcode, form.TypeMoney:
		return "govuk-input--width-10"
	case form.TypePhone, form.TypeIDNumber:
		return "govuk-input--width-20"
	}
	return ""
}

func (v fieldView) prefix() ui.Text {
	if v.Field.Type == form.TypeMoney {
		return ui.Text{Text: "RM"}
	}
	return ui.Text{}
}

// asked tells whether a page shows a field's input. What a postcode fills in,
// and the question whether the postcode is right all the same, stay away until
// the list of postcodes does not tell, or until there is an answer to change.
func asked(f form.Field, vals url.Values, faults []fault.Field) bool {
	of := f.From + f.Confirms // a field has one of them
	if of == "" || vals.Get(f.ID) != "" {
		return true
	}
	for _, bad := range faults {
		switch bad.Location {
		case "answers." + f.ID:
			return true
		case "answers." + of:
			if _, listed := vals[f.ID]; listed || bad.Key == "form.unknown.postcode" || bad.Key == "form.elsewhere.postcode" {
				return true
			}
		}
	}
	return false
}

// shownFor are hidden inputs that say what the page showed for which postcode,
// so that a new postcode does not keep the old one's town.
func (v formView) shownFor() []hidden {
	var out []hidden
	for _, f := range v.Fields {
		of := f.Field.From + f.Field.Confirms
		if of == "" || f.Values.Get(f.Field.ID) == "" {
			continue
		}
		if len(out) == 0 {
			out = append(out, hidden{of + form.Was, f.Values.Get(of)})
		}
		out = append(out, hidden{f.Field.ID + form.Was, f.Values.Get(f.Field.ID)})
	}
	return out
}

// hidden is an input that nobody sees.
type hidden struct{ Name, Value string }
