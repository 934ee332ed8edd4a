package form

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"balai/internal/spine/fault"
)

// Parse reads one page's post. A date comes as ID-day, ID-month and ID-year,
// or as one ISO value under ID; yes and no as "yes" and "no"; money in
// ringgit, such as 1,250.50. Only the page's own fields are read, so a post
// cannot bring answers of other pages. What is empty and required is a fault;
// file fields are left to who stores files.
func (f *Form) Parse(p *Page, values url.Values, today string) (answers map[string]any, faults []fault.Field) {
	answers = map[string]any{}
	wrong := map[string]fault.Field{}
	for i := range p.Fields {
		field := &p.Fields[i]
		if field.Type == TypeFile {
			continue
		}
		raw, bad := field.read(values)
		var v any
		empty := raw == nil
		if bad == "" && !empty {
			v, empty, bad = field.accept(raw, today)
		}
		if bad != "" {
			wrong[field.ID] = field.fault(bad)
		} else if !empty {
			answers[field.ID] = v
		}
	}
	for _, w := range settle(p.Fields, answers) {
		wrong[strings.TrimPrefix(w.Location, "answers.")] = w
	}
	for i := range p.Fields {
		field := &p.Fields[i]
		w, bad := wrong[field.ID]
		switch {
		case bad:
			faults = append(faults, w)
		case field.Required && field.Type != TypeFile && answers[field.ID] == nil && (field.From == "" || answers[field.From] != nil):
			faults = append(faults, field.fault("required")) // what a postcode fills in waits for one
		}
	}
	return answers, faults
}

// read takes a field's posted value in the shape that accept takes; nil when
// nothing was posted.
func (f *Field) read(values url.Values) (raw any, bad string) {
	s := strings.TrimSpace(values.Get(f.ID))
	switch f.Type {
	case TypeMulti:
		var list []any
		for _, v := range values[f.ID] {
			if v != "" { // the empty value that keeps an unticked group in the post
				list = append(list, v)
			}
		}
		if list == nil {
			return nil, ""
		}
		return list, ""
	case TypeDate:
		return f.readDate(s, values)
	case TypeYesNo:
		switch strings.ToLower(s) {
		case "":
			return nil, ""
		case "yes", "true":
			return true, ""
		case "no", "false":
			return false, ""
		}
		return nil, "invalid"
	case TypeInteger:
		if s == "" {
			return nil, ""
		}
		n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
		if err != nil {
			return nil, "invalid"
		}
		return n, ""
	case TypeMoney:
		if s == "" {
			return nil, ""
		}
		n, ok := cents(s)
		if !ok {
			return nil, "invalid"
		}
		return n, ""
	}
	if s == "" {
		return nil, ""
	}
	return values.Get(f.ID), ""
}

func (f *Field) readDate(s string, values url.Values) (any, string) {
	if s != "" {
		return s, ""
	}
	d, m, y := part(values, f.ID+"-day"), part(values, f.ID+"-month"), part(values, f.ID+"-year")
	if d == "" && m == "" && y == "" {
		return nil, ""
	}
	day, err1 := strconv.Atoi(d)
	month, err2 := strconv.Atoi(m)
	year, err3 := strconv.Atoi(y)
	if err1 != nil || err2 != nil || err3 != nil || day < 1 || month < 1 || year < 1 {
		return nil, "invalid"
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day), ""
}

func part(values url.Values, name string) string { return strings.TrimSpace(values.Get(name)) }

// cents reads "RM 1,250.50", "1250.5" and "1250".
func cents(s string) (int64, bool) {
	s = strings.TrimSpace(strings.TrimPrefix(strings.ToUpper(s), "RM"))
	s = strings.ReplaceAll(s, ",", "")
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) > 2 || whole == "" {
		return 0, false
	}
	for len(fraction) < 2 {
		fraction += "0"
	}
	if strings.ContainsAny(whole+fraction, "+-") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	return n, err == nil
}

// Values is the inverse of Parse: a page's inputs filled from stored answers.
func (f *Form) Values(p *Page, answers map[string]any) url.Values {
	out := url.Values{}
	for _, field := range p.Fields {
		v, ok := answers[field.ID]
		if !ok {
			continue
		}
		switch v := v.(type) {
		case bool:
			out.Set(field.ID, map[bool]string{true: "yes", false: "no"}[v])
		case int64:
			if field.Type == TypeMoney {
				out.Set(field.ID, fmt.Sprintf("%d.%02d", v/100, v%100))
			} else {
				out.Set(field.ID, strconv.FormatInt(v, 10))
			}
		case []string:
			out[field.ID] = append([]string(nil), v...)
		case string:
			out.Set(field.ID, v)
			if field.Type == TypeDate && len(v) == 10 {
				out.Set(field.ID+"-year", v[:4])
				out.Set(field.ID+"-month", strings.TrimPrefix(v[5:7], "0"))
				out.Set(field.ID+"-day", strings.TrimPrefix(v[8:], "0"))
			}
		}
	}
	return out
}
