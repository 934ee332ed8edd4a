package identity

import (
	"net/http"
	"strings"

	"balai/internal/spine/web"
	"balai/internal/ui"
)

// blanks are the fields of a form in which nothing was typed, by name, with what
// is said of each. It tells nothing of anybody, and counts as no attempt.
type blanks struct {
	Errors   map[string]string
	Problems []ui.Problem
}

// blanksOf looks for them in the order of the form: each name is a field's, and
// its text is identity.error.NAME_missing.
func blanksOf(r *http.Request, names ...string) (b blanks) {
	b.Errors = map[string]string{}
	for _, name := range names {
		if strings.TrimSpace(r.PostFormValue(name)) == "" {
			b.Errors[name] = web.L(r.Context()).T("identity.error." + name + "_missing")
			b.Problems = append(b.Problems, ui.Problem{Href: "#" + name, Text: b.Errors[name]})
		}
	}
	return b
}
