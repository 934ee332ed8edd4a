package web

import (
	"net/http"
	"strings"
)

// FormsLeadTo lets the forms of this answer's page end at other places than the
// hall: browsers hold a page's policy against the redirect that follows its
// form, too. An origin is scheme://host.
func FormsLeadTo(w http.ResponseWriter, origins ...string) {
	const own = "form-action 'self'"
	var clean []string
	for _, o := range origins {
		if !strings.ContainsAny(o, " ;,'\"\r\n") {
			clean = append(clean, o)
		}
	}
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), own, strings.Join(append([]string{own}, clean...), " "), 1))
}
