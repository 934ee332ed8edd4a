package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Who is named in an order does not read, in their own list, who helps the
// protected person: a helper's organisation may be a shelter.
func TestNamedPersonLearnsNoHelper(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.gets(http.StatusSeeOther, "m1", "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"30"}, "services": {birth}})
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m1")}})
		s := r.submission("m1", birth, "helped", map[string]any{"child_name": "Nur Imani", "late_reason": "Ibu sakit."})
		a, err := r.sessions.Resolve(t.Context(), r.as("aini", "aini-post"))
		r.must(err)
		s.By = a
		_, err = r.Hall.service.Submit(t.Context(), s)
		r.must(err)
		r.protect()
		for _, page := range []string{"/api/v1/me/looks?limit=200", "/me/looks", "/"} {
			his, hers := r.ask("f1", "GET", page, nil).body, r.ask("m1", "GET", page, nil).body
			if !strings.Contains(hers, "NADI Kangar") && !strings.Contains(hers, `"nadi"`) {
				t.Fatalf("%s does not tell her who helped: this test would prove nothing", page)
			}
			for _, tells := range []string{"aini", "nadi", "NADI", `"for":`, fullName(1)} {
				if strings.Contains(his, tells) {
					t.Errorf("%s tells him %q", page, tells)
				}
			}
		}
	})
}
