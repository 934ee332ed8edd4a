package desk

import (
	"context"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
)

func (r *rig) state(ref string) (c casework.Case) {
	r.t.Helper()
	must(r.t, r.DB.Read(context.Background(), func(tx *db.Tx) (err error) { c, err = r.Cases.Get(tx, ref); return err }))
	return c
}

// A refusal is shown once more, as the applicant will read it, before it
// stands; the way back keeps what was typed.
func TestRefuse(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, _, _ := r.office()
		rahman := officer("rahman", "jpn/asst")
		c := r.open()
		r.expect(r.do(salmah, "POST", "/desk/"+c.Ref+"/check", url.Values{"version": {strconv.Itoa(c.Version)}, "finding": {"in_order"}}), 303)
		decide := "/desk/" + c.Ref + "/decide"
		form := url.Values{"version": {strconv.Itoa(c.Version + 1)}, "verdict": {"refuse"}, "phrase-refuse": {general}}
		with := func(name, value string) url.Values {
			out := maps.Clone(form)
			out.Set(name, value)
			return out
		}

		// The general reason alone tells the applicant nothing, confirmed or not.
		for _, alone := range []url.Values{form, with("confirmed", "yes"), with("reasons", "Syarat perkhidmatan ini tidak dipenuhi")} {
			r.expect(r.do(rahman, "POST", decide, alone), 422, "decide-reasons-error", "Say in your own words")
		}
		form.Set("reasons", "Umur anak melebihi \"had\".")
		asked := r.do(rahman, "POST", decide, form)
		r.expect(asked, 200, "in Malay", `<div lang="ms">`, "Syarat perkhidmatan ini tidak dipenuhi. Umur anak melebihi &#34;had&#34;.",
			`name="phrase-refuse" value="not_entitled"`, `value="yes" name="confirmed"`)
		if strings.Contains(asked.Body.String(), secret) {
			t.Error("what the case is about is on the page")
		}
		if got := r.state(c.Ref).State; got != casework.Deciding {
			t.Fatalf("%s before the officer confirmed", got)
		}
		r.expect(r.do(rahman, "POST", decide, with("back", "yes")), 200, "Umur anak melebihi &#34;had&#34;.</textarea>", `value="not_entitled" checked`)
		if got := r.state(c.Ref).State; got != casework.Deciding {
			t.Fatalf("%s on the way back", got)
		}

		// Who may not decide, and whose page was overtaken, is told so at once.
		r.expect(r.do(salmah, "POST", decide, form), 403)
		stale := with("version", "1")
		r.expect(r.do(rahman, "POST", decide, stale), 409, `id="changed"`)
		r.expect(r.do(rahman, "POST", decide, with("confirmed", "yes")), 303)
		if got := r.state(c.Ref).State; got != casework.Refused {
			t.Errorf("%s after the officer confirmed", got)
		}
	})
}
