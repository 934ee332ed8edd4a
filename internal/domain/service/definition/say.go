package definition

import (
	"strings"

	"balai/internal/spine/locale"
)

// Say fills {name} in a text with the parameters of the first variant, for
// pages that tell of the service before anything is known of a person.
func (s *Service) Say(t locale.Text) locale.Text {
	if len(s.Variants) == 0 {
		return t
	}
	return locale.Text{MS: s.sayIn(t.MS, locale.Malay), EN: s.sayIn(t.EN, locale.English)}
}

func (s *Service) sayIn(text string, l locale.Lang) string {
	for _, name := range placeholders(text) {
		typ := ""
		if strings.HasSuffix(name, "_cents") {
			typ = "money"
		}
		if v, ok := s.Variants[0].Params[name]; ok {
			text = strings.ReplaceAll(text, "{"+name+"}", show(l, typ, v))
		}
	}
	return text
}
