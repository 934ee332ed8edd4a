package service

import (
	"net/url"
	"strconv"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/domain/service/form"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/postcode"
)

// claimField is the question what is right instead of a held value, by the type
// that the register gives it.
func claimField(spec definition.Fact) form.Field {
	f := form.Field{ID: "claimed", Type: form.TypeText, Required: true, Max: "200",
		Label: locale.Text{MS: "Maklumat yang betul", EN: "The right detail"}}
	like := func(typ, ms, en string) {
		f.Type, f.Max, f.Hint = typ, "", locale.Text{MS: ms, EN: en}
	}
	switch spec.Type {
	case "date":
		like(form.TypeDate, "Contohnya, 27 3 2017", "For example, 27 3 2017")
	case "money":
		like(form.TypeMoney, "Dalam ringgit, contohnya 1,250.50", "In ringgit, for example 1,250.50")
	case "int", "year", "gram":
		like(form.TypeInteger, "Nombor bulat", "A whole number")
		f.Min = "0"
		if spec.Type == "gram" {
			f.Hint = locale.Text{MS: "Dalam gram, contohnya 3150", EN: "In grams, for example 3150"}
		}
	case "time":
		f.Hint, f.Pattern = locale.Text{MS: "Contohnya, 14:05", EN: "For example, 14:05"}, "([01][0-9]|2[0-3]):[0-5][0-9]"
		f.Errors = map[string]locale.Text{"invalid": {MS: "Masukkan waktu, contohnya 14:05.", EN: "Enter a time, such as 14:05."}}
	case "bool":
		f.Type = form.TypeYesNo
	case "choice":
		f.Type, f.Options = form.TypeChoice, spec.Options
	}
	if isPostcode(spec) {
		like(form.TypePostcode, "Lima digit", "Five digits")
	}
	return f
}

func isPostcode(spec definition.Fact) bool { return strings.HasSuffix(spec.Field, ".postcode") }

// claim reads what a person says is right as the register would hold it, so
// that the owner's yes can be carried out; or tells what is wrong with it.
func claim(spec definition.Fact, text, today string) (any, *fault.Field) {
	text = strings.TrimSpace(text)
	values := url.Values{"claimed": {text}}
	f := claimField(spec)
	switch f.Type {
	case form.TypeDate:
		if parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" /.-", r) }); len(parts) == 3 && len(parts[0]) < 4 {
			values = url.Values{"claimed-day": {parts[0]}, "claimed-month": {parts[1]}, "claimed-year": {parts[2]}}
		}
	case form.TypeInteger:
		values.Set("claimed", strings.Map(dropBlank, text))
	}
	one := form.Form{Pages: []form.Page{{ID: "p", Fields: []form.Field{f}}}}
	got, faults := one.Parse(&one.Pages[0], values, today)
	if len(faults) > 0 {
		return nil, &faults[0]
	}
	return got["claimed"], nil
}

// claimText is what a page posted, in one text: a date's three inputs by the
// blanks between them.
func claimText(values url.Values) string {
	if text := values.Get("claimed"); text != "" {
		return text
	}
	return strings.TrimSpace(values.Get("claimed-day") + " " + values.Get("claimed-month") + " " + values.Get("claimed-year"))
}

// unlisted refuses a postcode that is on no list, unless the person is sure:
// the post makes new ones, and the register's owner looks at each.
func unlisted(spec definition.Fact, text string, sure bool, today string) error {
	value, bad := claim(spec, text, today)
	code, _ := value.(string)
	if _, known := postcode.Find(code); !isPostcode(spec) || bad != nil || known || sure {
		return nil
	}
	at := fault.Field{Location: "claimed", Key: "service.error.claim.postcode", Args: []any{"code", code}}
	return fault.New(fault.Invalid, at.Key, at.Args...).With(at)
}

// kept is a value of a dispute, which is kept as text, as the register holds it.
func kept(spec definition.Fact, text string) any {
	switch spec.Type {
	case "bool":
		return text == "true"
	case "int", "year", "gram", "money":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	}
	return text
}

// claimed is a value of a dispute as people read it.
func claimed(def *definition.Service, spec definition.Fact, said string) locale.Text {
	if spec.Field == "" { // a fact that the release does not have
		return locale.Same(said)
	}
	return shown(def, spec.Field, kept(spec, said))
}

func dropBlank(r rune) rune {
	if r == ' ' || r == ',' || r == '\u00a0' {
		return -1
	}
	return r
}
