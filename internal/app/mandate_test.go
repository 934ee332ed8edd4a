package app

import (
	"net/http"
	"net/url"
	"testing"
)

// A mandate is for the services that it names, whatever draft of another the
// helper knows.
func TestMandateIsForWhatWasChosen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		draft := r.fill("m0")
		give := url.Values{"to": {"nadi"}, "days": {"30"}, "services": {aid}}
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		r.gets(http.StatusNotFound, helper, "POST", aidForm+"/review", url.Values{"draft": {draft}})
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)
	})
}
