package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A service's page tells who applied already that they did, and nobody else:
// not at the last button.
func TestServicePageNamesWhatWasSent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m0").Ref
		names := func(who string) bool {
			t.Helper()
			return strings.Contains(r.gets(http.StatusOK, who, "GET", "/service/"+birth, nil).body, "/case/"+ref)
		}
		for who, want := range map[string]bool{"m0": true, "m1": false, "": false} {
			if names(who) != want {
				t.Errorf("%q reads of it: %t", who, !want)
			}
		}
		if strings.Contains(r.gets(http.StatusOK, "m0", "GET", "/service/"+aid, nil).body, ref) {
			t.Error("another service's page names it")
		}
		give := url.Values{"to": {"nadi"}, "days": {"30"}, "services": {aid}}
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		if names(helper) {
			t.Error("a mandate for another service tells of it")
		}
	})
}
