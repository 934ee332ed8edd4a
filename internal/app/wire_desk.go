package app

import (
	"slices"
	"strconv"
	"strings"

	"balai/internal/domain/desk"
	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// forms tells the desk which answers of a case can be corrected.
type forms struct{ h *Hall }

// of is the definition that a case began with; nil where there is none, as for
// a dispute about a register's value.
func (f forms) of(c casework.Case) (*definition.Service, error) {
	service, number, _ := strings.Cut(c.Release, "@")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || service != c.Kind {
		return nil, nil
	}
	rel, err := f.h.service.At(service, n)
	if err != nil {
		return nil, err
	}
	return rel.Def, nil
}

func (f forms) Fields(c casework.Case) ([]desk.Field, error) {
	def, err := f.of(c)
	if def == nil || err != nil {
		return nil, err
	}
	var out []desk.Field
	for _, page := range def.Form.Pages {
		for _, ask := range page.Fields {
			if slices.Contains([]string{form.TypeFile, form.TypeMulti, form.TypeMoney}, ask.Type) {
				continue
			}
			one := desk.Field{ID: ask.ID, Label: ask.Label, Date: ask.Type == form.TypeDate}
			if one.Label.Empty() {
				one.Label = page.Title
			}
			if ask.Type == form.TypeYesNo {
				one.Options = []desk.Option{{Value: "yes", Label: locale.Text{MS: "Ya", EN: "Yes"}}, {Value: "no", Label: locale.Text{MS: "Tidak", EN: "No"}}}
			}
			for _, o := range ask.Options {
				one.Options = append(one.Options, desk.Option{Value: o.Value, Label: o.Label})
			}
			out = append(out, one)
		}
	}
	return out, nil
}

func (f forms) Typed(c casework.Case, values map[string]string) (map[string]any, []fault.Field, error) {
	def, err := f.of(c)
	if def == nil || err != nil {
		return nil, nil, err
	}
	answers := map[string]any{}
	var empty []fault.Field
	for id, v := range values {
		field, _, ok := def.Form.Field(id)
		switch n, err := strconv.ParseInt(v, 10, 64); {
		case !ok:
		case v == "":
			empty = append(empty, fault.Field{Location: id, Key: "casework.fault.required"})
		case field.Type == form.TypeYesNo:
			answers[id] = v == "yes"
		case field.Type == form.TypeInteger && err == nil:
			answers[id] = n
		default:
			answers[id] = v
		}
	}
	typed, _, faults := def.Form.Check(answers, clock.Day(clock.FromMicro(c.ReceivedAt)))
	for i := range faults {
		faults[i].Location = strings.TrimPrefix(faults[i].Location, "answers.")
	}
	return typed, append(faults, empty...), nil
}
