package app

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const business = "ssm/business-registration"

// shop is what a trader answers who is at home.
func shop(name string) map[string]any {
	return map[string]any{"kind": "sole", "business_name": name, "division": "56", "activity": "Menjual nasi lemak", "started_on": "2026-11-20", "at_home_address": true}
}

// trades are the bodies of the rig with the agencies of somebody who starts a
// business, and who sits there.
func trades() directory.Set {
	s := offices()
	for agency, state := range map[string]string{"ssm": "MY-14", "perkeso": "MY-14"} {
		s.Agencies = append(s.Agencies, directory.Agency{ID: agency, Name: locale.Same("Agensi " + agency), Level: "federal"})
		s.Units = append(s.Units, directory.Unit{ID: agency, Agency: agency, Name: locale.Same("Ibu pejabat " + agency), State: state})
	}
	for person, at := range map[string][2]string{"namecheck": {"ssm", "registration-officer"}, "registrar": {"ssm", "registrar"},
		"books": {"ssm", "records-officer"}} {
		role := at[0] + "/" + at[1]
		s.Posts = append(s.Posts, directory.Post{ID: person + "-post", Unit: at[0], Role: role, Title: locale.Same("Post " + role)})
		s.People = append(s.People, directory.Person{ID: person, Name: person})
		s.Holdings = append(s.Holdings, directory.Holding{Post: person + "-post", Person: person, From: clock.Micro(morning.AddDate(-1, 0, 0))})
	}
	return s
}

func eachTrade(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fn(t, newRigOf(t, d, func(h *Hall, tx *db.Tx) error {
			if err := h.directory.LoadTx(tx, trades()); err != nil {
				return err
			}
			return h.register.LoadTx(tx, journal.By{Agency: "jpn"}, families())
		}))
	}, migrations()...)
}

// registered is a business of a person that was applied for, paid and decided:
// its case and its number.
func (r *rig) registered(person, name string, with map[string]any) (ref, number string) {
	r.t.Helper()
	answers := shop(name)
	maps.Copy(answers, with)
	rec, err := r.apply(person, business, "biz-"+name, answers)
	r.must(err)
	r.paid(rec.Ref)
	r.act(r.officer("namecheck"), rec.Ref, casework.Check, map[string]any{"finding": casework.InOrder})
	r.act(r.officer("registrar"), rec.Ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
	r.wants("outcome", r.get(rec.Ref).Outcome, casework.OutcomeApproved)
	r.read(func(tx *db.Tx) error {
		e, err := r.register.EntryOf(tx, rec.Ref)
		number = e.Number
		return err
	})
	return rec.Ref, number
}

// paid is the fee of a case, as the cash desk tells of it.
func (r *rig) paid(ref string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		_, err := r.cases.PaidTx(tx, ref, "R-"+ref)
		return err
	})
}

// A business is registered once its fee is paid: not before, and under a name
// that is no other's.
func TestABusinessIsRegisteredAndPaid(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		rec, err := r.apply("m0", business, "k", shop("Nasi Lemak Aisyah"))
		r.must(err)
		r.wants("fee", r.state(rec.Ref, casework.Checking).FeeCents, 6000)
		_, err = r.apply("m1", business, "k", shop("NASI LEMAK AISYAH"))
		r.wants("the name of an open application", r.code(err, fault.Conflict).Key, "service.error.already_open")
		r.act(r.officer("namecheck"), rec.Ref, casework.Check, map[string]any{"finding": casework.InOrder})
		yes := map[string]any{"verdict": "approve", "reasons": "Lengkap."}
		_, err = r.try(r.officer("registrar"), rec.Ref, casework.Decide, yes)
		r.wants("unpaid", r.code(err, fault.Conflict).Key, "casework.fault.fee")
		r.paid(rec.Ref)
		r.act(r.officer("registrar"), rec.Ref, casework.Decide, yes)
		got := r.facts("m0", "business.business")
		for field, want := range map[string]any{"business.name": "Nasi Lemak Aisyah", "business.status": "active", "business.city": "Kota Bharu", "business.number": "2026-00000001"} {
			r.wants(field, got[field], want)
		}
		_, err = r.apply("m1", business, "k2", shop("nasi lemak  aisyah."))
		r.wants("the name of a business", r.code(err, fault.Invalid).Key, "service.error.taken")
	})
}

// Who types a name that is taken is told so on its page, and nothing of whose it
// is.
func TestATakenNameIsSaidAtOnce(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		r.registered("m0", "Kedai Roti", nil)
		r.gets(303, "m1", "GET", "/service/"+business+"/apply", nil)
		r.gets(303, "m1", "POST", "/service/"+business+"/apply/held", url.Values{})
		r.gets(303, "m1", "POST", "/service/"+business+"/apply/kind", url.Values{"kind": {"sole"}})
		page := r.gets(422, "m1", "POST", "/service/"+business+"/apply/name", url.Values{"business_name": {"kedai roti"}})
		if !strings.Contains(page.body, "is in the register already") || strings.Contains(page.body, "Aisyah binti Ramli Aa") {
			t.Errorf("%.2000s", page.body)
		}
		r.gets(303, "m1", "POST", "/service/"+business+"/apply/name", url.Values{"business_name": {"Kedai Kek"}})
	})
}
