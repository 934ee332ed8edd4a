package app

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
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
	for agency, state := range map[string]string{"ssm": "MY-14", "perkeso": "MY-14", "mbpj": "MY-10", "lhdn": "MY-10"} {
		s.Agencies = append(s.Agencies, directory.Agency{ID: agency, Name: locale.Same("Agensi " + agency), Level: "federal"})
		s.Units = append(s.Units, directory.Unit{ID: agency, Agency: agency, Name: locale.Same("Ibu pejabat " + agency), State: state})
	}
	for person, at := range map[string][2]string{"namecheck": {"ssm", "registration-officer"}, "registrar": {"ssm", "registrar"}, "registrar2": {"ssm", "registrar"},
		"books": {"ssm", "records-officer"}, "licences": {"mbpj", "licensing-officer"}, "visits": {"mbpj", "premises-inspector"}, "decides": {"mbpj", "licensing-head"}} {
		role := at[0] + "/" + at[1]
		s.Posts = append(s.Posts, directory.Post{ID: person + "-post", Unit: at[0], Role: role, State: map[string]string{"mbpj": "MY-10"}[at[0]], Title: locale.Same("Post " + role)})
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
	if r.get(rec.Ref).State.Open() { // what the rules do not say yes to
		r.act(r.officer("namecheck"), rec.Ref, casework.Check, map[string]any{"finding": casework.InOrder})
		r.act(r.officer("registrar"), rec.Ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
	}
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
		r.wants("fee", r.state(rec.Ref, casework.Received).FeeCents, 6000)
		_, err = r.apply("m1", business, "k", shop("NASI LEMAK AISYAH"))
		r.wants("the name of an open application", r.code(err, fault.Conflict).Key, "service.error.already_open")
		r.wants("unpaid", r.facts("m0", "business.business")["business.name"], nil)
		r.paid(rec.Ref)
		r.wants("acts", r.kinds(rec.Ref), []string{"receive", "fee", "decide"})
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

const employer = "perkeso/employer-registration"

// acts begins to act by a right, as the pages do.
func (r *rig) acts(person, right string, want int) {
	r.t.Helper()
	r.gets(want, person, "POST", "/acting/start", url.Values{"mandate": {right}})
}

// forCompany is who has a company, acting for it.
func (r *rig) forCompany(person, number string) actor.Actor {
	r.t.Helper()
	a := citizen(person)
	f, err := r.delegation.For(context.Background(), a, actor.Company(number))
	r.must(err)
	a.For = f
	return a
}

// hires is the registration as an employer that a company sends through its
// director.
func (r *rig) hires(by actor.Actor, key string) (service.Receipt, error) {
	return r.service().Submit(context.Background(), service.Submission{By: by, Service: employer, Key: key,
		Answers: map[string]any{"employees": int64(2), "first_hired_on": "2026-11-22"}})
}

// A company applies through who has it: it is the applicant, its facts are the
// register's, who acted is on record, and the paper names it.
func TestACompanyActsThroughItsDirector(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m0", "Kedai Sdn. Bhd.", map[string]any{"kind": "company", "started_on": nil})
		me := r.gets(200, "m0", "GET", "/me", nil)
		if !strings.Contains(me.body, `value="company:`+number+`"`) {
			t.Fatal("the company is not offered on the page of the person's matters")
		}
		r.acts("m0", "company:"+number, 303)
		if me := r.gets(200, "m0", "GET", "/me", nil); !strings.Contains(me.body, "You are acting for your business") || !strings.Contains(me.body, "Kedai Sdn. Bhd.") {
			t.Errorf("%.3000s", me.body)
		}
		apply := "/service/" + employer + "/apply"
		r.gets(303, "m0", "GET", apply, nil)
		held := r.gets(200, "m0", "GET", apply+"/held", nil)
		if !strings.Contains(held.body, number) || !strings.Contains(held.body, "Kedai Sdn. Bhd.") || strings.Contains(held.body, "940312") {
			t.Errorf("%.4000s", held.body)
		}
		r.gets(303, "m0", "POST", apply+"/held", url.Values{})
		r.gets(303, "m0", "POST", apply+"/first-hired", url.Values{"first_hired_on-day": {"23"}, "first_hired_on-month": {"11"}, "first_hired_on-year": {"2026"}})
		r.gets(303, "m0", "POST", apply+"/employees", url.Values{"employees": {"2"}})
		var draft string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select id from service_draft where person = $1`, actor.Company(number)).Scan(&draft)
		})
		rec, err := r.service().Send(context.Background(), r.forCompany("m0", number), draft)
		r.must(err)
		c := r.get(rec.Ref)
		r.wants("applicant", c.Applicant, actor.Company(number))
		r.wants("who acted", c.ActedBy, "m0")
		r.wants("outcome", c.Outcome, casework.OutcomeApproved)
		r.wants("the entry", r.facts(actor.Company(number), "insurance.employer")["employer.business_name"], "Kedai Sdn. Bhd.")
		r.drain()
		page := r.gets(200, "m0", "GET", "/case/"+rec.Ref, nil)
		paper := regexp.MustCompile(`/certificate/[A-Z0-9-]+`).FindString(page.body)
		if body := r.gets(200, "m0", "GET", paper, nil).body; !strings.Contains(body, "Kedai Sdn. Bhd.") || strings.Contains(body, "Aisyah binti Ramli") {
			t.Errorf("%.4000s", body)
		}
		if me := r.gets(200, "m0", "GET", "/me", nil); !strings.Contains(me.body, rec.Ref) {
			t.Error("the company's case is not on its page")
		}
		r.gets(303, "m0", "POST", "/acting/end", url.Values{})
		if me := r.gets(200, "m0", "GET", "/me", nil); strings.Contains(me.body, `href="/case/`+rec.Ref) {
			t.Error("the company's case is among the person's own")
		}
		r.wants("as themself they are led on", r.gets(303, "m0", "GET", "/case/"+rec.Ref, nil).Header.Get("Location"), "/acting?next=/case/"+rec.Ref)
		if !slices.Contains(r.inbox("m0"), "receive") && len(r.inbox("m0")) == 0 {
			t.Errorf("who has the company is told nothing: %v", r.inbox("m0"))
		}
		r.read(func(tx *db.Tx) error {
			for person, want := range map[string]casework.Interest{"m0": casework.Own, "f0": casework.Related, "f1": casework.Disinterested} {
				got, err := r.cases.Interest(tx, person, c)
				r.must(err)
				r.wants("interest of "+person, got, want)
			}
			return nil
		})
	})
}

// Who does not have a company never acts for it, whatever they send; nor does a
// company for what only people apply for.
func TestNobodyElseActsForACompany(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m0", "Kedai Sdn. Bhd.", map[string]any{"kind": "company", "started_on": nil})
		_, other := r.registered("m1", "Kedai Lain", nil)
		for _, right := range []string{"company:" + number, actor.Company(number), "child:" + actor.Company(number), "company:", "company:" + number + "/" + other, "company:" + strings.ToUpper(number) + " "} {
			r.acts("m2", right, 404)
			r.acts("m1", right, 404)
		}
		r.acts("m0", "company:"+other, 404)
		_, err := r.delegation.For(context.Background(), citizen("m1"), actor.Company(number))
		r.code(err, fault.Denied)
		r.gets(403, "m1", "POST", "/api/v1/services/"+employer+"/applications", map[string]any{"for": actor.Company(number),
			"answers": map[string]any{"employees": 2, "first_hired_on": "2026-11-22"}}, "Idempotency-Key", "x")
		r.wants("a counter for a company", r.ask("kaunter/post", "POST", "/api/v1/services/"+employer+"/applications", map[string]any{"for": actor.Company(number),
			"answers": map[string]any{"employees": 2, "first_hired_on": "2026-11-22"}}, "Idempotency-Key", "z").StatusCode, 422)
		rec, err := r.hires(r.forCompany("m0", number), "k")
		r.must(err)
		r.gets(404, "m1", "GET", "/case/"+rec.Ref, nil)
		r.gets(404, "f0", "GET", "/case/"+rec.Ref, nil)
		r.acts("m0", "company:"+number, 303)
		for _, path := range []string{"/service/" + business + "/apply", "/service/jpn/change-of-address/apply", "/me/held", "/me/messages/x", "/me/mandates"} {
			if got := r.ask("m0", "GET", path, nil); got.StatusCode != 403 && got.StatusCode != 404 {
				t.Errorf("%s while acting for a company: %d", path, got.StatusCode)
			}
		}
		by := r.forCompany("m0", number)
		by.For.Services = nil // as if a right had not said for what
		_, err = r.service().Submit(context.Background(), service.Submission{By: by, Service: business, Key: "forged", Answers: shop("Kedai Ketiga")})
		r.wants("a company as the owner of a business", r.code(err, fault.Conflict).Key, "service.error.not_company")
	})
}

// The right ends with the company, and with having it: at once, in the middle of
// a form, and for a case that was sent before.
func TestTheRightEndsWithTheCompany(t *testing.T) {
	ends := map[string]func(r *rig, ref, number string){
		"it has ceased": func(r *rig, ref, number string) {
			r.write(func(tx *db.Tx) error {
				_, err := r.register.Correct(tx, register.Correction{Person: "m0", Field: "business.status", Value: "ceased", By: journal.By{Agency: "ssm"}, Basis: "law-777"})
				return err
			})
		},
		"its registration is revoked": func(r *rig, ref, number string) {
			r.drain()
			r.act(r.officer("registrar2"), ref, casework.Revoke, map[string]any{"reason": "Didaftarkan dengan butiran palsu."})
		},
		"another has it": func(r *rig, ref, number string) {
			r.write(func(tx *db.Tx) error {
				_, err := tx.Exec(`update register_book set key = 'm1' where path = 'business.business' and number = $1`, number)
				return err
			})
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			eachTrade(t, func(t *testing.T, r *rig) {
				ref, number := r.registered("m0", "Kedai Sdn. Bhd.", map[string]any{"kind": "company", "started_on": nil})
				r.acts("m0", "company:"+number, 303)
				apply := "/service/" + employer + "/apply"
				r.gets(303, "m0", "GET", apply, nil)
				r.gets(303, "m0", "POST", apply+"/held", url.Values{})
				held := r.forCompany("m0", number)
				end(r, ref, number)
				if got := r.ask("m0", "POST", apply+"/first-hired", url.Values{"first_hired_on-day": {"22"}, "first_hired_on-month": {"11"}, "first_hired_on-year": {"2026"}}); got.StatusCode < 400 {
					t.Errorf("a page of the form is saved: %d", got.StatusCode)
				}
				if me := r.ask("m0", "GET", "/me", nil); strings.Contains(me.body, "Kedai Sdn. Bhd.") {
					t.Errorf("still acting: %.2000s", me.body)
				}
				r.gets(303, "m0", "POST", "/acting/end", url.Values{})
				r.acts("m0", "company:"+number, 404)
				_, err := r.delegation.For(context.Background(), citizen("m0"), actor.Company(number))
				r.code(err, fault.Denied)
				_, err = r.hires(held, "late") // by a request that began before
				if code := fault.CodeOf(err); code != fault.Missing && code != fault.Denied {
					t.Errorf("a request that began before: %v", err)
				}
			})
		})
	}
}

const premises = "mbpj/premises-licence"

// inTown is the address of a shop in Petaling Jaya.
func inTown(with map[string]any) map[string]any {
	out := map[string]any{"at_home_address": false, "address": "Lot 3, Jalan Contoh 52/4", "postcode": "46200", "city": "Petaling Jaya", "state": "MY-10"}
	maps.Copy(out, with)
	return out
}

// A registration in the city offers the licence with the business filled in; a
// company takes one through who has it. What is no risk is licensed in the
// moment in which it is paid, food once somebody was there.
func TestABusinessIsLicensed(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		r.registered("m0", "Nasi Lemak Aisyah", inTown(nil))
		r.registered("m1", "Kedai di Kota Bharu", nil)
		_, number := r.registered("m2", "Buku Sdn. Bhd.", inTown(map[string]any{"kind": "company", "started_on": nil, "division": "47", "activity": "Menjual buku"}))
		r.drain()
		offered := func(person string) int {
			return r.count(`select count(*) from service_offer where person = $1 and service = $2`, person, premises)
		}
		r.wants("offered in the city", offered("m0"), 1)
		r.wants("offered elsewhere", offered("m1"), 0)

		books := r.forCompany("m2", number)
		rec, err := r.service().Submit(context.Background(), service.Submission{By: books, Service: premises, Key: "books",
			Answers: map[string]any{"at_business_address": true, "area_m2": int64(40)}})
		r.must(err)
		c := r.state(rec.Ref, casework.Received)
		r.wants("whose, and what it costs", fmt.Sprint(c.Applicant, " ", c.FeeCents), actor.Company(number)+" 12000")
		r.paid(rec.Ref)
		c = r.get(rec.Ref)
		r.wants("once it is paid", fmt.Sprint(c.Outcome, " ", c.Automatic), "approved true")
		got := r.facts(actor.Company(number), "local.premises")
		for field, want := range map[string]any{"premises.business_name": "Buku Sdn. Bhd.", "premises.valid_until": "2027-12-31", "premises.address": "Lot 3, Jalan Contoh 52/4"} {
			r.wants(field, got[field], want)
		}

		rec, err = r.apply("m0", premises, "food", map[string]any{"at_business_address": true, "area_m2": int64(60)})
		r.must(err)
		c = r.state(rec.Ref, casework.Checking)
		r.wants("food", fmt.Sprint(c.FeeCents, " ", c.Role, " ", c.BudgetDays), "34000 mbpj/premises-inspector 6")
		if _, err := r.try(r.officer("licences"), rec.Ref, casework.Check, map[string]any{"finding": casework.InOrder}); err == nil {
			t.Error("who looks at forms inspects a kitchen")
		}
		r.act(r.officer("visits"), rec.Ref, casework.Check, map[string]any{"finding": casework.InOrder})
		r.paid(rec.Ref)
		r.act(r.officer("decides"), rec.Ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Bersih."})
		r.wants("the licence", r.facts("m0", "local.premises")["premises.business_name"], "Nasi Lemak Aisyah")

		_, err = r.apply("m1", premises, "elsewhere", map[string]any{"at_business_address": true, "area_m2": int64(60)})
		r.wants("another council's", r.code(err, fault.Invalid).Key, "service.error.not_here")
	})
}

// Who has two businesses is asked first for which of them the licence is, and then it
// is that one's; who has one is asked nothing.
func TestWhichBusinessIsLicensed(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		const apply = "/service/" + premises + "/apply"
		_, older := r.registered("m0", "Kedai Lama", inTown(map[string]any{"division": "47"}))
		r.registered("m1", "Kedai Seorang", inTown(map[string]any{"division": "47"}))
		_, newer := r.registered("m0", "Kedai Baharu", inTown(map[string]any{"division": "47"}))
		r.gets(303, "m1", "GET", apply, nil)
		for lang, says := range map[string]string{"ms": "Bagi perniagaan yang mana?", "en": "For which business?"} {
			page := r.gets(200, "m0", "GET", apply+"?lang="+lang, nil).body
			for _, part := range []string{says, "Kedai Lama", "Kedai Baharu", `value="company:` + older, `value="company:` + newer, `name="next" value="` + apply} {
				if !strings.Contains(page, part) {
					t.Errorf("the choice in %s lacks %q: %s", lang, part, page)
				}
			}
		}
		at := r.gets(303, "m0", "POST", "/acting/start", url.Values{"mandate": {"company:" + older}, "next": {apply}}).Header.Get("Location")
		r.wants("after the choice", at, apply)
		r.gets(303, "m0", "GET", apply, nil)
		r.gets(303, "m0", "POST", apply+"/held", url.Values{})
		if page := r.gets(200, "m0", "GET", apply+"/where", nil).body; !strings.Contains(page, "Kedai Lama") || strings.Contains(page, "Kedai Baharu") {
			t.Errorf("the form is not the chosen one's: %s", page)
		}
		r.gets(303, "m0", "POST", "/acting/end", nil)
		_, err := r.service().Start(context.Background(), citizen("m0"), premises)
		r.must(err)
		r.gets(303, "m0", "GET", apply, nil) // who has begun as themself goes on
		r.gets(303, "m0", "POST", apply+"/held", url.Values{})
		page := r.gets(200, "m0", "GET", apply+"/where?lang=en", nil).body
		if !strings.Contains(page, "Kedai Baharu") || strings.Contains(page, "Kedai Lama") || !strings.Contains(page, "For another business of yours, act for it first, on the page of your matters.") {
			t.Errorf("the page does not say which business it is, and how to choose the other: %s", page)
		}
		rec, err := r.service().Submit(context.Background(), service.Submission{By: r.forCompany("m0", older), Service: premises, Key: "older",
			Answers: map[string]any{"at_business_address": true, "area_m2": int64(40)}})
		r.must(err)
		r.paid(rec.Ref)
		r.wants("whose licence it is", r.facts(actor.Company(older), "local.premises")["premises.business_name"], "Kedai Lama")
	})
}

// A business tells where who has it lives: its cases and papers are kept from
// others as theirs are.
func TestABusinessOfAProtectedPerson(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m1", "Buku Sdn. Bhd.", inTown(map[string]any{"kind": "company", "started_on": nil, "division": "47"}))
		rec, err := r.service().Submit(context.Background(), service.Submission{By: r.forCompany("m1", number), Service: premises, Key: "books",
			Answers: map[string]any{"at_business_address": true, "area_m2": int64(400)}})
		r.must(err)
		const officer, where = "licences/post", "Jalan Contoh 52/4"
		if page := r.gets(200, officer, "GET", "/desk/"+rec.Ref, nil); !strings.Contains(page.body, where) || !strings.Contains(page.body, "Buku Sdn. Bhd.") {
			t.Fatal("the desk shows no address at all: this test would prove nothing")
		}
		r.protect()
		if page := r.gets(200, officer, "GET", "/desk/"+rec.Ref, nil); strings.Contains(page.body, where) {
			t.Error("the desk tells where a protected person has her business")
		}
		c := r.get(rec.Ref)
		r.read(func(tx *db.Tx) error {
			sealed, err := r.protection.Sealed(tx, r.officer("decides"), c)
			r.wants("sealed from who decides", sealed, true)
			return err
		})
	})
}

// The code of a company's paper tells nothing of a protected person's address.
func TestAPaperOfAProtectedPersonsBusiness(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m1", "Buku Sdn. Bhd.", inTown(map[string]any{"kind": "company", "started_on": nil, "division": "47"}))
		rec, err := r.service().Submit(context.Background(), service.Submission{By: r.forCompany("m1", number), Service: premises, Key: "books",
			Answers: map[string]any{"at_business_address": true, "area_m2": int64(40)}})
		r.must(err)
		r.paid(rec.Ref)
		r.drain()
		var code string
		r.read(func(tx *db.Tx) error {
			list, err := r.certificate.ForCase(tx, rec.Ref)
			code = list[0].Code
			return err
		})
		const where = "Jalan Contoh 52/4"
		if page := r.gets(200, "", "GET", "/verify/"+code, nil); !strings.Contains(page.body, where) {
			t.Fatalf("the check shows no address at all: this test would prove nothing: %.3000s", page.body)
		}
		r.protect()
		if page := r.gets(200, "", "GET", "/verify/"+code, nil); strings.Contains(page.body, where) {
			t.Error("the check of a paper tells where a protected person has her business")
		}
	})
}

// A partner or another director acts for the business once who has it says so
// and they accept: no longer than that, and nobody whom they name.
func TestAPartnerActsByTheirOwnWord(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m0", "Kedai Sdn. Bhd.", map[string]any{"kind": "company", "started_on": nil})
		name := func(by string, status int, here string) {
			r.gets(status, by, "POST", "/acting/company/"+number, url.Values{"name": {"Aisyah binti Ramli Ae"}, "number": {"940312-00-0008"}, "days": {"30"}, "here": {here}})
		}
		name("m1", 404, "yes")
		name("m0", 303, "yes")
		var id string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select id from delegation_grant where person = 'm4'`).Scan(&id)
		})
		r.acts("m4", id, 404) // before the answer
		r.gets(303, "m4", "POST", "/me/mandates/"+id+"/answer", url.Values{"answer": {"yes"}})
		if me := r.gets(200, "m4", "GET", "/me", nil); !strings.Contains(me.body, `value="`+id+`"`) {
			t.Error("the business is not offered to its partner")
		}
		r.acts("m1", id, 404)
		r.acts("m4", id, 303)
		r.gets(200, "m4", "GET", "/me", nil)
		r.gets(303, "m4", "GET", "/service/"+employer+"/apply", nil)
		if got := r.ask("m4", "GET", "/acting/company/"+number, nil); got.StatusCode < 400 {
			t.Errorf("a partner names others: %d", got.StatusCode)
		}
		rec, err := r.hires(r.forCompany("m4", number), "k")
		r.must(err)
		c := r.get(rec.Ref)
		r.wants("whose, and who acted", c.Applicant+" "+c.ActedBy, actor.Company(number)+" m4")
		r.gets(200, "m4", "GET", "/case/"+rec.Ref, nil)
		r.write(func(tx *db.Tx) error { // its owner has it no more
			_, err := r.register.Correct(tx, register.Correction{Person: "m0", Field: "business.status", Value: "ceased", By: journal.By{Agency: "ssm"}, Basis: "law-777"})
			return err
		})
		if got := r.ask("m4", "GET", "/case/"+rec.Ref, nil); got.StatusCode < 400 {
			t.Errorf("still acting: %d", got.StatusCode)
		}
	})
}

// Who was named and is so no longer, or by somebody who has the business no more,
// begins, sends and does nothing for it, by a request that began before either.
func TestStaffWhoLeft(t *testing.T) {
	ends := map[string]func(r *rig, grant, number string){
		"who named them ended it": func(r *rig, grant, _ string) {
			r.gets(303, "m0", "POST", "/me/mandates/"+grant+"/end", url.Values{})
		},
		"another has it": func(r *rig, _, number string) {
			r.write(func(tx *db.Tx) error {
				_, err := tx.Exec(`update register_book set key = 'm1' where path = 'business.business' and number = $1`, number)
				return err
			})
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			eachTrade(t, func(t *testing.T, r *rig) {
				_, number := r.registered("m0", "Kedai Sdn. Bhd.", map[string]any{"kind": "company", "started_on": nil})
				r.gets(303, "m0", "POST", "/acting/company/"+number, url.Values{"name": {"Aisyah binti Ramli Ae"}, "number": {"940312-00-0008"}, "days": {"30"}, "here": {"yes"}})
				var grant string
				r.read(func(tx *db.Tx) error {
					return tx.QueryRow(`select id from delegation_grant where person = 'm4'`).Scan(&grant)
				})
				r.gets(303, "m4", "POST", "/me/mandates/"+grant+"/answer", url.Values{"answer": {"yes"}})
				held, ctx := r.forCompany("m4", number), context.Background()
				rec, err := r.service().Submit(ctx, service.Submission{By: held, Service: premises, Key: "before", // a case, which waits for its fee
					Answers: inTown(map[string]any{"at_business_address": false, "area_m2": int64(40)})})
				r.must(err)
				f, err := r.service().Start(ctx, held, employer)
				r.must(err)
				end(r, grant, number)
				for what, late := range map[string]func() error{
					"begins a draft": func() error { _, err := r.service().Start(ctx, held, employer); return err },
					"saves a page": func() error {
						_, err := r.service().SawHeld(web.With(ctx, held, locale.Printer{}), f)
						return err
					},
					"drops a draft": func() error { return r.service().Drop(web.With(ctx, held, locale.Printer{}), f) },
					"applies":       func() error { _, err := r.hires(held, "late"); return err },
					"withdraws a case": func() error {
						_, err := r.service().Act(ctx, held, rec.Ref, casework.Withdraw, r.get(rec.Ref).Version, map[string]any{"reason": "Tidak jadi."})
						return err
					},
				} {
					if err := late(); fault.CodeOf(err) != fault.Denied {
						t.Errorf("%s: %v", what, err)
					}
				}
			})
		})
	}
}

// The fee of a company's case is not taken at a counter by who has the company, nor by
// who sent it.
func TestFeeOfACompanyAtTheCounter(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m0", "Kedai Sdn. Bhd.", map[string]any{"kind": "company", "started_on": nil})
		rec, err := r.service().Submit(context.Background(), service.Submission{By: r.forCompany("m0", number), Service: premises, Key: "licence",
			Answers: inTown(map[string]any{"at_business_address": false, "area_m2": int64(40)})})
		r.must(err)
		c := r.get(rec.Ref)
		collector, err := r.payment.Enable(t.Context(), actor.System("mbpj"), "mbpj", "")
		r.must(err)
		var pay payment.Payment
		r.write(func(tx *db.Tx) (err error) {
			pay, err = r.payment.CreateTx(tx, payment.Payment{Agency: "mbpj", Amount: money.Amount(c.FeeCents), Currency: money.MYR, Reference: c.Ref, Description: "Lesen",
				Origin: payment.FromService, OriginRef: c.Ref, Person: c.Applicant, ExpiresAt: 3600_000_000})
			return err
		})
		take := func(person string, aal int) error {
			return r.db.Write(t.Context(), func(tx *db.Tx) error {
				by := actor.Actor{Person: person, Post: person, Role: "mbpj/treasurer", Agency: "mbpj", AAL: aal}
				_, err := r.payment.CounterTx(tx, by, payment.Desk{Collector: collector}, pay.ID, pay.Amount)
				return err
			})
		}
		r.code(take("m0", 2), fault.Denied)
		r.code(take("m1", 1), fault.SignedOut)
		r.must(take("m1", 2))
		r.drain()
		r.wants("owed", r.get(rec.Ref).Owes(), 0)
	})
}

// Staff who are named for agencies' own software act nowhere here.
func TestStaffElsewhereAreNotHere(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, number := r.registered("m0", "Kedai Sdn. Bhd.", nil)
		r.gets(303, "m0", "POST", "/acting/company/"+number, url.Values{"name": {"Aisyah binti Ramli Ae"}, "number": {"940312-00-0008"}, "days": {"30"}})
		var id string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select id from delegation_grant where person = 'm4'`).Scan(&id)
		})
		r.gets(303, "m4", "POST", "/me/mandates/"+id+"/answer", url.Values{"answer": {"yes"}})
		r.acts("m4", id, 404)
		if me := r.gets(200, "m4", "GET", "/me", nil); strings.Contains(me.body, `value="`+id+`"`) {
			t.Error("staff of agencies' own software are offered the business here")
		}
	})
}
