package app

import (
	"net/url"
	"strings"
	"testing"

	"balai/internal/domain/service/offline"
)

const move = "jpn/change-of-address"

// TestPostcodeIsHeldAgainstTheList: on the page, by a program and in a form of
// the offline counter alike, a postcode that is on no list, or lies in another
// state, is refused with a way to a person, and never approved at once.
func TestPostcodeIsHeldAgainstTheList(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		path := "/service/" + move + "/apply"
		r.gets(303, "m1", "GET", path, nil)
		held := r.gets(200, "m1", "GET", path+"/held", nil).body
		draft := r.hidden(held, "draft")
		r.gets(303, "m1", "POST", path+"/held", url.Values{"draft": {draft}})
		page := r.gets(200, "m1", "GET", path+"/new-address", nil).body
		if strings.Contains(page, `name="state"`) || strings.Contains(page, `name="postcode_sure"`) {
			t.Error("the page asks what the postcode tells")
		}
		typed := url.Values{"draft": {draft}, "address": {"No. 9, Jalan Seroja"}, "postcode": {"99999"}}
		refused := r.gets(422, "m1", "POST", path+"/new-address", typed).body
		for _, want := range []string{"99999 is not on the list", `value="No. 9, Jalan Seroja"`, `value="99999"`, `name="postcode_sure"`, `name="city"`, `value="MY-12"`} {
			if !strings.Contains(refused, want) {
				t.Errorf("the refused page lacks %s", want)
			}
		}
		typed.Set("postcode", "88000")
		r.gets(303, "m1", "POST", path+"/new-address", typed)
		if page := r.gets(200, "m1", "GET", path+"/new-address", nil).body; !strings.Contains(page, `value="Kota Kinabalu"`) {
			t.Error("the town was not filled in")
		}
		typed.Set("state", "MY-03")
		if refused := r.gets(422, "m1", "POST", path+"/new-address", typed).body; !strings.Contains(refused, "88000 lies in Sabah") {
			t.Error("the page does not say where the postcode lies")
		}

		rel, err := r.Hall.service.Current(move)
		r.must(err)
		api := "/api/v1/services/" + move + "/applications"
		send := func(status int, who string, more map[string]any) reply {
			answers := map[string]any{"address": "No. 9, Jalan Seroja", "moved_on": "2026-11-20", "who_moves": "alone"}
			for k, v := range more {
				answers[k] = v
			}
			return r.gets(status, who, "POST", api, map[string]any{"answers": answers, "facts_accepted": rel.Def.FactFields()}, "Idempotency-Key", "move-"+who)
		}
		send(422, "m2", map[string]any{"postcode": "99999", "city": "Kajang", "state": "MY-10"})
		if got := send(422, "m2", map[string]any{"postcode": "88000", "city": "Kajang", "state": "MY-10"}).body; !strings.Contains(got, "Sabah") {
			t.Errorf("a program is not told where the postcode lies: %s", got)
		}
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)
		r.wants("at once", send(201, "m2", map[string]any{"postcode": "88000"}).json(t)["state"], "approved")
		sure := send(201, "m3", map[string]any{"postcode": "99999", "postcode_sure": true, "city": "Kajang", "state": "MY-10"}).json(t)
		r.wants("confirmed", sure["state"], "checking")
		told := r.gets(200, "m3", "GET", "/case/"+sure["ref"].(string), nil).body // in what is so, never "on the list: not met"
		if !strings.Contains(told, "The postcode is not on the list, or lies in another state.") || !strings.Contains(told, "An officer looks at this") || strings.Contains(told, "Not met") {
			t.Error("the case does not say in plain words why an officer looks")
		}

		_, bad := offline.Answers(rel.Def, url.Values{"address": {"No. 9, Jalan Seroja"}, "postcode": {"99999"}}, "2026-11-23")
		r.wants("offline", strings.Join(bad, " "), "postcode")
	})
}
