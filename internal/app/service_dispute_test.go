package app

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// TestMarriageIsCorrected: whether there is a marriage is no single value. The
// owner enters it with a yes, or ends it, and who relied on it is told.
func TestMarriageIsCorrected(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`delete from register_marriage where wife = 'm6'`)
			return err
		})
		const husband = "920817-00-0013"
		f, ref := r.disputed(r.filled("m6", "Nur Imani"), "marriage.registered", "true")
		father, _ := f.Release.Def.Form.Page("father")
		f, err := r.service().Save(context.Background(), f, father, map[string]any{"name_father": "mother_only"}, nil, time.Second)
		r.must(err)
		rec, err := r.service().Send(context.Background(), citizen("m6"), f.Draft.ID)
		r.must(err)
		page := r.gets(200, "records/post", "GET", "/desk/"+ref, nil).body
		for _, want := range []string{`name="with-number"`, `name="with-married_on"`, `name="with-spouse_id_number"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the owner is not asked for %s", want)
			}
		}
		yes := func(with map[string]any) error {
			_, err := r.try(r.officer("records"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul.", "with": with})
			return err
		}
		for _, wrong := range []map[string]any{
			nil,
			{"number": "KD-9", "married_on": "2030-01-01", "spouse_id_number": husband},
			{"number": "KD-9", "married_on": "2019-11-22", "spouse_id_number": "920817-00-9999"},
			{"number": "KD-9", "married_on": "2019-11-22", "spouse_id_number": "940312-00-0012"}, // herself
			{"number": "KD-9", "married_on": "2019-11-22", "spouse_id_number": "940312-00-0014"}, // a woman
			{"number": "KD-m0", "married_on": "2019-11-22", "spouse_id_number": husband},         // another's
			{"number": "KD-9", "married_on": "2019-11-22", "spouse_id_number": husband, "note": strings.Repeat("x", 201)},
			{"number": 9},
		} {
			r.code(yes(wrong), fault.Invalid)
		}
		r.code(yes(map[string]any{"number": "KD-9", "married_on": morning.Format("2006-01-02"), "spouse_id_number": husband}), fault.Conflict) // after the birth
		r.gets(409, "records/post", "POST", "/api/v1/cases/"+ref+"/decide", map[string]any{"version": r.get(ref).Version, "verdict": "approve", "reasons": "Betul.",
			"with": map[string]any{"number": "KD-9", "married_on": morning.Format("2006-01-02"), "spouse_id_number": husband}})
		r.wants("marriages", r.count(`select count(*) from register_marriage where wife = 'm6'`), 0)
		form := url.Values{"version": {r.hidden(page, "version")}, "verdict": {"approve"}, "reasons": {"Betul."}, "with-number": {"KD-9"},
			"with-married_on": {"2019-11-22"}}
		if again := r.gets(422, "records/post", "POST", "/desk/"+ref+"/decide", form).body; !strings.Contains(again, `value="KD-9"`) {
			t.Error("what the owner typed is lost")
		}
		form.Set("with-spouse_id_number", husband)
		r.gets(303, "records/post", "POST", "/desk/"+ref+"/decide", form)
		r.state(ref, casework.Closed)
		r.wants("marriages", r.count(`select count(*) from register_marriage where wife = 'm6' and husband = 'f6' and ended_on = ''`), 1)
		r.wants("the old version", r.text(`select value from register_version where entry = 'm6' and field = 'register_marriage.registered'`), "false")
		r.wants("told", r.count(`select count(*) from casework_act where ref = $1 and kind = 'told'`, rec.Ref), 1)
		r.wants("father", r.facts("m6", "population.marriage")["father.id_number"], husband)
		r.approve(rec.Ref)
		r.wants("the child's father", r.text(`select father from register_birth where case_ref = $1`, rec.Ref), "f6")
		r.marriageEnds("m4")
	})
}

// marriageEnds lets the owner say that a marriage had ended before the birth.
func (r *rig) marriageEnds(who string) {
	_, ref := r.disputed(r.filled(who, "Nur Imani"), "marriage.registered", "false")
	decide := func(day string) error {
		_, err := r.try(r.officer("records"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul.", "with": map[string]any{"ended_on": day}})
		return err
	}
	r.code(decide("2018-01-01"), fault.Invalid)                  // before it began
	r.code(decide(morning.Format("2006-01-02")), fault.Conflict) // it still counts for this birth
	r.must(decide("2025-06-01"))
	r.wants("ended", r.text(`select ended_on from register_marriage where wife = $1`, who), "2025-06-01")
	r.wants("registered", r.facts(who, "population.marriage")["marriage.registered"], false)
}

// TestAccountIsCorrected: four digits are shown, and the whole account is what
// the owner enters.
func TestAccountIsCorrected(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.gets(201, "m0", "POST", "/api/v1/me/disputes", map[string]any{"field": "bank.account_tail", "claimed": "9911"}).json(t)["ref"].(string)
		yes := func(account string) error {
			_, err := r.try(r.officer("payees"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul.", "with": map[string]any{"account": account}})
			return err
		}
		r.code(yes("9911"), fault.Invalid)
		r.code(yes("7100004482"), fault.Invalid)
		r.must(yes("7100 0099 11"))
		r.wants("account", r.text(`select account from register_payee where person = 'm0'`), "7100009911")
	})
}

// TestClaimIsAskedByType: a date is three inputs, read back as a date in the
// reader's language, and what is wrong with a claim is said by its type.
func TestClaimIsAskedByType(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		at := func(field string) string { return "/me/held/wrong/" + field }
		if page := r.gets(200, "m0", "GET", at("marriage.married_on"), nil).body; !strings.Contains(page, `name="claimed-day"`) || !strings.Contains(page, "For example, 27 3 2017") {
			t.Error("a date is not asked as a date")
		}
		says := func(field, want string, form url.Values) {
			t.Helper()
			form.Set("draft", "")
			if page := r.gets(422, "m0", "POST", at(field), form).body; !strings.Contains(page, want) {
				t.Errorf("%s %v is not answered with %q", field, form, want)
			}
		}
		says("marriage.married_on", "Enter a real date", url.Values{"claimed": {"19 September 2017"}})
		says("marriage.married_on", `value="31"`, url.Values{"claimed-day": {"31"}, "claimed-month": {"2"}, "claimed-year": {"2017"}})
		says("household.monthly_income_cents", "in ringgit, such as", url.Values{"claimed": {"banyak"}})
		says("household.members", "as a whole number", url.Values{"claimed": {"empat"}})
		says("applicant.postcode", "99999 is not on the list", url.Values{"claimed": {"99999"}})
		says("applicant.postcode", "Enter a five-digit postcode", url.Values{"claimed": {"kampung"}})
		r.gets(422, "m0", "POST", "/api/v1/me/disputes", map[string]any{"field": "applicant.postcode", "claimed": "99999"})
		r.gets(303, "m0", "POST", at("applicant.postcode"), url.Values{"draft": {""}, "claimed": {"99 999"}, "sure": {"yes"}})
		r.gets(303, "m0", "POST", at("marriage.married_on"), url.Values{"draft": {""}, "claimed-day": {"19"}, "claimed-month": {"9"}, "claimed-year": {"2017"}})
		ref := r.text(`select ref from service_dispute where field = 'marriage.married_on'`)
		for who, path := range map[string]string{"m0": "/me/held", "records/post": "/desk/" + ref} {
			if page := r.gets(200, who, "GET", path, nil).body; !strings.Contains(page, "September") || strings.Contains(page, "2017-09-19") {
				t.Errorf("%s shows no date", path)
			}
		}
		r.act(r.officer("records"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul."})
		r.wants("married on", r.facts("m0", "population.marriage")["marriage.married_on"], "2017-09-19")
		pay := r.gets(201, "m0", "POST", "/api/v1/me/disputes", map[string]any{"field": "household.monthly_income_cents", "claimed": "RM 4,500.50"}).json(t)["ref"].(string)
		r.act(r.officer("means"), pay, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Slip gaji disemak."})
		r.wants("cents", r.count(`select monthly_income_cents from register_household where id = (select household from register_person where id = 'm0')`), 450050)
	})
}
