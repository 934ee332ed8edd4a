package app

import (
	"net/url"
	"strings"
	"testing"

	"balai/internal/domain/service/form"
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
		for _, want := range []string{"99999 is not on the list", `value="No. 9, Jalan Seroja"`, `value="99999"`, `name="postcode_sure"`, `name="city"`, `value="MY-12"`, "enter the town and the state"} {
			if !strings.Contains(refused, want) {
				t.Errorf("the refused page lacks %s", want)
			}
		}
		typed.Set("postcode", "88000")
		r.gets(303, "m1", "POST", path+"/new-address", typed)
		if page := r.gets(200, "m1", "GET", path+"/new-address", nil).body; !strings.Contains(page, `value="Kota Kinabalu"`) {
			t.Error("the town was not filled in")
		}
		r.renewed(path+"/new-address", typed)
		typed.Set("postcode", "88000")
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
		r.wants("a town from elsewhere", send(201, "m4", map[string]any{"postcode": "89500", "city": "Kota Kinabalu", "state": "MY-12"}).json(t)["state"], "checking")
		r.wants("with a blank", send(201, "m5", map[string]any{"postcode": "４３ 000"}).json(t)["state"], "approved")
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

// renewed corrects a postcode as a browser does, with all that the page showed:
// town and state are the new one's, without a word, unless they were retyped.
func (r *rig) renewed(path string, typed url.Values) {
	r.t.Helper()
	shown := func() url.Values {
		page := r.gets(200, "m1", "GET", path, nil).body
		out := url.Values{"draft": typed["draft"], "address": typed["address"]}
		for _, name := range []string{"postcode-was", "city-was", "state-was"} {
			out.Set(name, r.hidden(page, name))
			out.Set(strings.TrimSuffix(name, form.Was), out.Get(name))
		}
		return out
	}
	holds := func(why, town, state string) {
		r.t.Helper()
		got := shown()
		r.wants(why, got.Get("city")+" "+got.Get("state"), town+" "+state)
	}
	holds("at first", "Kota Kinabalu", "MY-12")
	for _, c := range []struct{ postcode, retyped, town, state string }{
		{"89500", "", "Penampang", "MY-12"},
		{"93350", "", "Kuching", "MY-13"},
		{"43 000", "", "Kajang", "MY-10"},
		{"15400", "Kubang Kerian", "Kubang Kerian", "MY-03"},
		{"15400", "", "Kubang Kerian", "MY-03"}, // the same postcode keeps what was typed for it
		{"88000", "", "Kota Kinabalu", "MY-12"},
	} {
		now := shown()
		now.Set("postcode", c.postcode)
		if c.retyped != "" {
			now.Set("city", c.retyped)
		}
		r.gets(303, "m1", "POST", path, now)
		holds(c.postcode, c.town, c.state)
	}
	now := shown()
	now.Set("postcode", "99999") // on no list: what the old one filled in is not shown for it, and two rounds are enough
	page := r.gets(422, "m1", "POST", path, now).body
	if strings.Contains(page, "Kota Kinabalu\"") || !strings.Contains(page, `name="postcode_sure"`) {
		r.t.Error("an unknown postcode keeps the old town, or has no way on")
	}
	now.Set("postcode-was", "99999")
	for name, v := range map[string]string{"postcode_sure": "yes", "city": "Kota Kinabalu", "state": "MY-12", "city-was": "", "state-was": ""} {
		now.Set(name, v)
	}
	r.gets(303, "m1", "POST", path, now)
}
