package app

import (
	"strconv"
	"strings"

	"balai/internal/domain/desk"
	"balai/internal/domain/service"
	"balai/internal/domain/service/form"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
)

// forms tells the desk which answers of a case a correction can change.
type forms struct{ h *Hall }

// release is the definition that a case runs on; nil for a case without one,
// such as a dispute about a register.
func (f forms) release(c casework.Case) *service.Release {
	name, number, _ := strings.Cut(c.Release, "@")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || name != c.Kind {
		return nil
	}
	r, err := f.h.service.At(name, n)
	if err != nil {
		return nil
	}
	return r
}

func (f forms) Fields(c casework.Case) ([]desk.Field, error) {
	r := f.release(c)
	if r == nil {
		return nil, nil
	}
	var out []desk.Field
	for _, page := range r.Def.Form.Pages {
		for _, field := range page.Fields {
			if field.Type == form.TypeFile {
				continue
			}
			d := desk.Field{ID: field.ID, Label: field.Label, Date: field.Type == form.TypeDate}
			if d.Label.Empty() {
				d.Label = page.Title
			}
			for _, o := range field.Options {
				d.Options = append(d.Options, desk.Option{Value: o.Value, Label: o.Label})
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// Typed reads what an officer typed as the form would have read it; what stays
// empty is not corrected.
func (f forms) Typed(c casework.Case, values map[string]string) (map[string]any, []fault.Field, error) {
	r := f.release(c)
	if r == nil {
		return nil, nil, nil
	}
	answers := map[string]any{}
	for id, text := range values {
		field, _, ok := r.Def.Form.Field(id)
		if !ok || strings.TrimSpace(text) == "" {
			continue
		}
		answers[id] = typedAs(field.Type, strings.TrimSpace(text))
	}
	typed, _, faults := r.Def.Form.Check(answers, clock.Day(f.h.clock.Now()))
	for i := range faults {
		faults[i].Location = strings.TrimPrefix(faults[i].Location, "answers.")
	}
	return typed, faults, nil
}

// typedAs gives a text the JSON type of a field; what does not fit stays text,
// and the form says what is wrong with it.
func typedAs(kind, text string) any {
	switch kind {
	case form.TypeYesNo:
		return text == "yes" || text == "true"
	case form.TypeInteger, form.TypeMoney:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	}
	return text
}
