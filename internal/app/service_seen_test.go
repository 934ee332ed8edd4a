package app

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// hidden is the value of a hidden input of a page.
func (r *rig) hidden(page, name string) string {
	r.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		r.t.Fatalf("the page carries no %q", name)
	}
	return html.UnescapeString(m[1])
}

// TestAskedAgainWhenAFactChanged: a value that the person saw is another when
// they send. Nothing is sent until they have seen both.
func TestAskedAgainWhenAFactChanged(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pageAsksAgain("m0")
		r.onlyTheValueCounts("m4")
		r.programIsTold("m5")
		r.offerAsksAgain("m0")
	})
}

func (r *rig) pageAsksAgain(who string) {
	f := r.filled(who, "Nur Imani")
	review := r.gets(200, who, "GET", applyPath+"/review", nil).body
	form := url.Values{"draft": {f.Draft.ID}, "seen": {r.hidden(review, "seen")}}
	r.correct(who, "birth_notice.weight_g", int64(3333))
	asked := r.gets(409, who, "POST", applyPath+"/review", form)
	for _, want := range []string{"3,120 g", "3,333 g", "Something on record has changed", "wrong/birth_notice.weight_g"} {
		if !strings.Contains(asked.body, want) {
			r.t.Errorf("the page that asks again lacks %q", want)
		}
	}
	r.wants("changes named", strings.Count(asked.body, `class="govuk-summary-card"`), 1)
	r.wants("cases", r.count(`select count(*) from casework_case`), 0)
	r.wants("draft", r.text(`select state from service_draft where id=$1`, f.Draft.ID), "open")
	r.gets(409, who, "POST", applyPath+"/review", form) // the old page, once more
	form.Set("seen", r.hidden(asked.body, "seen"))
	to := r.gets(303, who, "POST", applyPath+"/review", form).Header.Get("Location")
	ref := strings.TrimSuffix(strings.TrimPrefix(to, "/case/"), "?sent=1")
	r.wants("weight", r.count(`select weight_g from register_birth where case_ref=$1`, ref), 3333)
	form.Set("seen", r.hidden(review, "seen")) // a double click gets the receipt, not a question
	r.wants("again", r.gets(303, who, "POST", applyPath+"/review", form).Header.Get("Location"), to)
}

func (r *rig) onlyTheValueCounts(who string) {
	f := r.filled(who, "Nur Imani")
	seen := r.hidden(r.gets(200, who, "GET", applyPath+"/review", nil).body, "seen")
	r.correct(who, "birth_notice.weight_g", int64(3333))
	r.correct(who, "birth_notice.weight_g", int64(3120))
	r.gets(303, who, "POST", applyPath+"/review", url.Values{"draft": {f.Draft.ID}, "seen": {seen}})
}

func (r *rig) programIsTold(who string) {
	rel, err := r.service().Current(birth)
	r.must(err)
	body := map[string]any{"answers": map[string]any{"child_name": "Nur Imani"}, "facts_accepted": rel.Def.FactFields(),
		"facts_seen": map[string]any{"birth_notice.weight_g": 3120, "birth_notice.sex": "female", "no.such": 1}}
	r.correct(who, "birth_notice.weight_g", int64(3333))
	path := "/api/v1/services/" + birth + "/applications"
	got := r.gets(409, who, "POST", path, body, "Idempotency-Key", "k").json(r.t)
	errors, _ := got["errors"].([]any)
	if len(errors) != 1 || errors[0].(map[string]any)["location"] != "facts.birth_notice.weight_g" {
		r.t.Fatal(got)
	}
	if says := errors[0].(map[string]any)["message"].(string); !strings.Contains(says, "3,120 g") || !strings.Contains(says, "3,333 g") {
		r.t.Error(says)
	}
	body["facts_seen"] = map[string]any{"birth_notice.weight_g": 3333}
	r.gets(201, who, "POST", path, body, "Idempotency-Key", "k") // the key was not used up
}

func (r *rig) offerAsksAgain(who string) {
	r.drain()
	id := r.text(`select id from service_offer where person=$1`, who)
	page := r.gets(200, who, "GET", "/offer/"+id, nil).body
	form := url.Values{"pay_to": {"held"}, "seen": {r.hidden(page, "seen")}}
	r.correct(who, "household.monthly_income_cents", int64(210000))
	asked := r.gets(409, who, "POST", "/offer/"+id, form).body
	for _, want := range []string{"RM2,000", "RM2,100"} {
		if !strings.Contains(asked, want) {
			r.t.Errorf("the offer that asks again lacks %q", want)
		}
	}
	r.gets(409, who, "POST", "/api/v1/me/offers/"+id+"/accept", map[string]any{"answers": map[string]any{"pay_to": "held"},
		"facts_seen": map[string]any{"household.monthly_income_cents": 200000}})
	form.Set("seen", r.hidden(asked, "seen"))
	r.gets(303, who, "POST", "/offer/"+id, form)
}
