package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A mandate is for what was chosen: not for a draft of another service that the
// helper knows, and for everything only where that was said.
func TestMandateIsForWhatWasChosen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		draft := r.fill("m0")
		give := url.Values{"to": {"nadi"}, "days": {"30"}}
		for _, chosen := range [][]string{nil, {""}, {"jpn/no-such-or-retired"}, {aid, "jpn/no-such-or-retired"}} {
			give["services"] = chosen
			page := r.gets(http.StatusUnprocessableEntity, "m0", "POST", "/me/mandates", give)
			if !strings.Contains(page.body, `href="#services"`) {
				t.Errorf("%q: the page does not lead to what is wrong", chosen)
			}
		}
		r.wants("mandates", r.count(`select count(*) from identity_mandate`), 0)
		give["services"] = []string{aid}
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		r.gets(http.StatusNotFound, helper, "POST", aidForm+"/review", url.Values{"draft": {draft}})
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)

		give["services"] = []string{"all"}
		r.gets(http.StatusSeeOther, "m4", "POST", "/me/mandates", give)
		r.wants("for all", r.count(`select count(*) from identity_mandate where principal = 'm4' and services = 'null'`), 1)
	})
}
