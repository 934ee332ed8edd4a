package definition

import (
	"strconv"

	"balai/internal/domain/service/form"
)

// AnswersSchema is the JSON Schema 2020-12 of `answers`. It requires only what
// every route asks; which further answers an application needs depends on its
// facts. Names that it does not list are ignored and named in the reply.
func (s *Service) AnswersSchema() map[string]any {
	properties := map[string]any{}
	for _, p := range s.Form.Pages {
		for _, f := range p.Fields {
			if f.Type != form.TypeFile {
				properties[f.ID] = property(f)
			}
		}
	}
	required := []string{}
	for _, f := range s.Form.Pages[0].Fields {
		if f.Required && f.Type != form.TypeFile && f.From == "" {
			required = append(required, f.ID)
		}
	}
	return map[string]any{
		"$schema":    "https://json-schema.org/draft/2020-12/schema",
		"title":      s.Title.EN,
		"type":       "object",
		"properties": properties,
		"required":   required,
	}
}

func property(f form.Field) map[string]any {
	p := map[string]any{"title": f.Label.EN, "x-title-ms": f.Label.MS}
	if !f.Hint.Empty() {
		p["description"] = f.Hint.EN
	}
	switch f.Type {
	case form.TypeYesNo:
		p["type"] = "boolean"
		return p
	case form.TypeInteger, form.TypeMoney:
		p["type"] = "integer"
		if n, err := strconv.ParseInt(f.Min, 10, 64); err == nil {
			p["minimum"] = n
		} else if f.Type == form.TypeMoney {
			p["minimum"] = 0
		}
		if n, err := strconv.ParseInt(f.Max, 10, 64); err == nil {
			p["maximum"] = n
		}
		return p
	case form.TypeMulti:
		p["type"], p["uniqueItems"] = "array", true
		p["items"] = map[string]any{"type": "string", "enum": values(f)}
		return p
	}
	p["type"] = "string"
	if n := f.MaxLength(); n > 0 {
		p["maxLength"], p["minLength"] = n, 1
		if m, err := strconv.Atoi(f.Min); err == nil {
			p["minLength"] = m
		}
	}
	if f.Pattern != "" {
		p["pattern"] = `^(?:` + f.Pattern + `)$`
	}
	switch f.Type {
	case form.TypeChoice:
		p["enum"] = values(f)
	case form.TypeDate:
		p["format"] = "date"
	case form.TypeEmail:
		p["format"] = "email"
	case form.TypePostcode:
		p["pattern"] = `^[0-9]{5}$`
	case form.TypePhone:
		p["pattern"] = `^\+?[0-9 ().-]{7,20}$`
	case form.TypeIdentity:
		p["minLength"], p["maxLength"] = 6, 20
	case form.TypeIDNumber:
		p["pattern"] = `^[0-9]{6}-?[0-9]{2}-?[0-9]{4}$`
	}
	return p
}

func values(f form.Field) []string {
	out := make([]string, len(f.Options))
	for i, o := range f.Options {
		out[i] = o.Value
	}
	return out
}
