package desk

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
	"balai/internal/spine/outbox"
)

func TestSomeoneElseIsInThisCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		now := r.Clock.(*clock.Manual)
		c := r.open()
		reg, asst := officer("salmah", "jpn/reg"), officer("rahman", "jpn/asst")
		reg.Name, asst.Name = "Salmah binti Daud", "Rahman bin Osman"
		page := func(person string) string {
			as := reg
			if person == asst.Person {
				as = asst
			}
			w := r.do(as, "GET", "/desk/"+c.Ref, nil)
			r.expect(w, 200)
			return w.Body.String()
		}
		has := func(what, s, part string, want bool) {
			t.Helper()
			if strings.Contains(s, part) != want {
				t.Errorf("%s: %q is there: %v", what, part, !want)
			}
		}
		has("alone", page("salmah"), `id="presence"`, false)
		s := page("rahman")
		has("second", s, "Salmah binti Daud, Officer, since ", true)
		has("first visit", s, `id="fresh"`, false)
		now.Advance(9 * time.Minute)
		has("renewed", page("salmah"), "Rahman bin Osman", true)
		now.Advance(2 * time.Minute)
		has("expired", page("salmah"), "Rahman bin Osman", false)
		r.expect(r.do(reg, "POST", "/desk/"+c.Ref+"/check", url.Values{"version": {strconv.Itoa(c.Version)}, "finding": {"in_order"}}), 303)
		s = page("rahman")
		has("after the check", s, `id="fresh"`, true)
		has("still in the sitting", page("rahman"), `id="fresh"`, true)
		has("own acts are no news", page("salmah"), `id="fresh"`, false)
		now.Advance(time.Hour)
		has("next sitting", page("rahman"), `id="fresh"`, false)

		// Who hands the case back is no longer in it.
		page("salmah")
		r.expect(r.do(reg, "POST", "/desk/"+c.Ref+"/recuse", url.Values{"version": {strconv.Itoa(c.Version + 1)}}), 303)
		has("declared", page("salmah"), secret, false)
		has("gone", page("rahman"), `id="presence"`, false)
	}, casework.Migration(), journal.Migration(), outbox.Migration(), directory.Migration(), Migration())
}
