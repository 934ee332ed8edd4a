package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
)

// A service is begun and sent by who is known and signed in as well as it
// wants; whoever is not is told what is missing before they fill anything in,
// and their sending is kept.
func TestAssurance(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Hall.service.Assurance = assurance{r.Hall.proof, r.now.Now}
		to := r.gets(http.StatusSeeOther, "m0", "GET", applying, nil).Header.Get("Location")
		if !strings.HasPrefix(to, "/sign-in?") || !strings.Contains(to, "ial=2") || strings.Contains(to, "aal=") {
			t.Errorf("somebody unknown is sent to %q", to)
		}
		if page := r.gets(http.StatusOK, "m0", "GET", to, nil).body; !strings.Contains(page, "/me/identity") {
			t.Error("the page does not say what raises the level")
		}
		r.write(func(tx *db.Tx) error { return r.Hall.proof.SeedTx(tx, "m0", 1, "jpn", "kaunter", "kaunter2") })
		r.gets(http.StatusUnauthorized, "m0", "POST", "/api/v1/services/"+birth+"/applications", map[string]any{"answers": named()}, "Idempotency-Key", "one")
		r.wants("cases", r.count(`select count(*) from casework_case where applicant = 'm0'`), 0)
		r.now.Advance(time.Minute) // known better since they signed in
		r.write(func(tx *db.Tx) error { return r.Hall.proof.SeedTx(tx, "m0", 2, "jpn", "kaunter", "kaunter2") })
		draft := r.fill("m0")
		r.write(func(tx *db.Tx) (err error) { // the same person, weakly signed in
			r.jars["m0/"], err = r.sessions.StartTx(tx, actor.Start{Person: "m0", Name: "m0", Method: "test", AAL: 1})
			return err
		})
		to = r.gets(http.StatusSeeOther, "m0", "POST", applying+"/review", url.Values{"draft": {draft}}).Header.Get("Location")
		if !strings.Contains(to, "aal=2") || strings.Contains(to, "ial=") {
			t.Errorf("somebody weakly signed in is sent to %q", to)
		}
		r.wants("cases", r.count(`select count(*) from casework_case where applicant = 'm0'`), 0)
		r.wants("forms kept", r.count(`select count(*) from identity_stash where person = 'm0'`), 1)
		r.visit(number(1)) // an officer sees who stands there
		r.fill(kaunter)
	})
}
