package app

import (
	"net/url"
	"strconv"
	"strings"

	"balai/internal/domain/desk"
	"balai/internal/domain/service"
	"balai/internal/domain/service/form"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
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
			d := desk.Field{ID: field.ID, Label: field.Label, Date: field.Type == form.TypeDate,
				Multi: field.Type == form.TypeMulti, Money: field.Type == form.TypeMoney}
			if d.Label.Empty() {
				d.Label = page.Title
			}
			if field.Type == form.TypeYesNo {
				d.Options = []desk.Option{{Value: "yes", Label: f.said("desk.yes")}, {Value: "no", Label: f.said("desk.no")}}
			}
			for _, o := range field.Options {
				d.Options = append(d.Options, desk.Option{Value: o.Value, Label: o.Label})
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// said is a sentence in both languages.
func (f forms) said(key string) locale.Text {
	return locale.Text{MS: f.h.texts.For(locale.Malay).T(key), EN: f.h.texts.For(locale.English).T(key)}
}

// Typed reads what an officer typed as the form would have read it.
func (f forms) Typed(c casework.Case, values url.Values) (map[string]any, []fault.Field, error) {
	r := f.release(c)
	if r == nil {
		return nil, nil, nil
	}
	var page form.Page // of the fields that are corrected, wherever they stand
	for id := range values {
		if field, _, ok := r.Def.Form.Field(id); ok {
			page.Fields = append(page.Fields, *field)
		}
	}
	typed, faults := r.Def.Form.Parse(&page, values, clock.Day(f.h.clock.Now()))
	for i := range faults {
		faults[i].Location = strings.TrimPrefix(faults[i].Location, "answers.")
	}
	return typed, faults, nil
}

// Needed tells the desk what an owner gives with a yes in a dispute.
func (f forms) Needed(tx *db.Tx, c casework.Case) ([]desk.Field, error) {
	needs, err := f.h.service.NeedsOf(tx, c)
	var out []desk.Field
	for _, n := range needs {
		out = append(out, desk.Field{ID: n.Name, Label: f.said("service.need." + n.Name), Date: n.Type == form.TypeDate})
	}
	return out, err
}

// names tells the desk what its lists' services are called.
type names struct{ h *Hall }

func (n names) ServicesOf(agency string) []desk.ServiceName {
	var out []desk.ServiceName
	for _, r := range n.h.service.Services() {
		if agency == "" || r.Def.Agency == agency {
			out = append(out, desk.ServiceName{Kind: r.Service, Title: r.Def.Title})
		}
	}
	return out
}
