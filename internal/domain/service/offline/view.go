package offline

import (
	"strconv"

	"balai/internal/domain/service/form"
	"balai/internal/spine/locale"
)

func number(n int) string { return strconv.Itoa(n) }

// options of a field; yes and no have theirs.
func (s sheet) options(f form.Field) []form.Option {
	if f.Type == form.TypeYesNo {
		return []form.Option{{Value: "yes", Label: locale.Text{MS: "Ya", EN: "Yes"}}, {Value: "no", Label: locale.Text{MS: "Tidak", EN: "No"}}}
	}
	return f.Options
}

func choiceType(f form.Field) string {
	if f.Type == form.TypeMulti {
		return "checkbox"
	}
	return "radio"
}
