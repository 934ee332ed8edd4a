package app

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
)

const taxFile = "lhdn/tax-file"

// A sole proprietor is taxed in their own name, a company in its own, each with
// a number of its kind, decided at once; who employs gets an employer's number
// too, and the number of employees is not asked again.
func TestABusinessHasATaxFile(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		_, shopNumber := r.registered("m0", "Nasi Lemak Aisyah", nil)
		_, number := r.registered("m2", "Buku Sdn. Bhd.", inTown(map[string]any{"kind": "company", "started_on": nil, "division": "47", "activity": "Menjual buku"}))
		company := actor.Company(number)
		file := func(by actor.Actor, key string, answers map[string]any) (casework.Case, error) {
			rec, err := r.service().Submit(context.Background(), service.Submission{By: by, Service: taxFile, Key: key, Answers: answers})
			if err != nil {
				return casework.Case{}, err
			}
			return r.get(rec.Ref), nil
		}

		own, err := file(citizen("m0"), "own", map[string]any{"refund_to": "later", "employees": int64(2)})
		r.must(err)
		r.wants("outcome", own.Outcome, casework.OutcomeApproved)
		r.wants("decided by the rules", own.Automatic, true)
		got := r.facts("m0", "tax.file")
		tin, _ := got["tax_file.tax_number"].(string)
		e, _ := got["tax_file.employer_number"].(string)
		if !strings.HasPrefix(tin, "IG") || !register.ChecksFileNumber(tin) || !strings.HasPrefix(e, "E") || !register.ChecksFileNumber(e) {
			t.Errorf("the numbers of an owner with employees: %q and %q", tin, e)
		}
		r.wants("by the calendar year", got["tax_file.year_end"], "12-31")
		r.wants("of which business", got["tax_file.business_number"], shopNumber)
		r.drain()
		page := r.gets(200, "m0", "GET", "/case/"+own.Ref, nil)
		paper := r.gets(200, "m0", "GET", regexp.MustCompile(`/certificate/[A-Z0-9-]+`).FindString(page.body), nil).body
		for _, word := range []string{tin, e, "Nasi Lemak Aisyah"} {
			if !strings.Contains(paper, word) {
				t.Errorf("the letter does not say %s", word)
			}
		}
		rec, err := r.apply("m0", employer, "hires", map[string]any{"first_hired_on": "2026-11-22"})
		r.must(err)
		r.wants("as an employer, by the tax file", r.facts("m0", "insurance.employer")["employer.employees"], int64(2))
		r.wants("at once", r.get(rec.Ref).Outcome, casework.OutcomeApproved)
		_, err = file(citizen("m0"), "twice", map[string]any{"refund_to": "later", "employees": int64(2)})
		r.wants("a second file", r.code(err, fault.Invalid).Key, "service.error.not_here")
		r.gets(303, "m0", "GET", "/service/"+taxFile+"/apply", nil)
		held := r.gets(200, "m0", "GET", "/service/"+taxFile+"/apply/held", nil).body
		if !strings.Contains(held, "A tax file is open already. Its number is "+tin) || strings.Contains(held, `action="/service/`+taxFile+`/apply/held"`) {
			t.Errorf("who has a file is not told so at once: %.3000s", held)
		}

		_, err = file(citizen("m2"), "not mine", map[string]any{"refund_to": "later", "year_end": "06-30", "employees": int64(0)})
		r.wants("a company's file in its director's name", r.code(err, fault.Invalid).Key, "service.error.not_here")
		_, err = file(r.forCompany("m0", shopNumber), "not its", map[string]any{"refund_to": "later", "employees": int64(0)})
		r.wants("a sole proprietorship's own file", r.code(err, fault.Invalid).Key, "service.error.not_here")
		c, err := file(r.forCompany("m2", number), "company", map[string]any{"refund_to": "later", "year_end": "06-30", "employees": int64(0)})
		r.must(err)
		r.wants("whose, who acted, how", c.Applicant+" "+c.ActedBy+" "+c.Outcome, company+" m2 approved")
		got = r.facts(company, "tax.file")
		if tin, _ := got["tax_file.tax_number"].(string); !strings.HasPrefix(tin, "C") || !register.ChecksFileNumber(tin) {
			t.Errorf("the company's number is %q", tin)
		}
		r.wants("an employer's number of nobody", got["tax_file.employer_number"], nil)
		r.wants("its year", got["tax_file.year_end"], "06-30")
		r.wants("its address", got["tax_file.address"], "Lot 3, Jalan Contoh 52/4")
	})
}

// Who pays tax on a wage already has a number, and keeps it for the business.
func TestATaxNumberIsKept(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		r.registered("m0", "Nasi Lemak Aisyah", nil)
		r.write(func(tx *db.Tx) error {
			return r.register.LoadTx(tx, journal.By{Agency: "lhdn"}, register.Population{Books: []register.BookEntry{{Entry: "t0", Path: "tax.taxpayer", Key: "m0", Number: "T0",
				Values: map[string]any{"number": "SG-0071-2290"}}}})
		})
		rec, err := r.apply("m0", taxFile, "own", map[string]any{"refund_to": "later", "employees": int64(0)})
		r.must(err)
		r.wants("outcome", r.get(rec.Ref).Outcome, casework.OutcomeApproved)
		r.wants("the number", r.facts("m0", "tax.file")["tax_file.tax_number"], "SG-0071-2290")
	})
}

// The page of the moment tells who is signed in how far they have come, with the
// number that each register gave, and which step is next; acting for a business
// it tells of that business.
func TestTheWayShowsHowFarOneHasCome(t *testing.T) {
	eachTrade(t, func(t *testing.T, r *rig) {
		const way = "/life/starting-a-business?place=MY-10"
		see := func(person string, shows, hides []string) {
			t.Helper()
			body := r.gets(200, person, "GET", way, nil).body
			for _, want := range shows {
				if !strings.Contains(body, want) {
					t.Errorf("%s does not see %s", person, want)
				}
			}
			for _, not := range hides {
				if strings.Contains(body, not) {
					t.Errorf("%s sees %s", person, not)
				}
			}
		}
		next := func(service string) string {
			return `Next: <a class="govuk-link" href="#` + strings.ReplaceAll(service, "/", ".") + `"`
		}
		see("m0", nil, []string{`id="progress"`})
		ssm, shopNumber := r.registered("m0", "Nasi Lemak Aisyah", nil)
		see("m0", []string{"You have done 1 of the 4 online steps.", next(taxFile), shopNumber, "/case/" + ssm}, nil)
		see("m1", nil, []string{`id="progress"`, shopNumber})
		see("", nil, []string{`id="progress"`, shopNumber})
		r.gets(303, "m0", "GET", "/service/"+taxFile+"/apply", nil)
		see("m0", []string{"Not sent yet", `href="/service/` + taxFile + `/apply"`}, []string{next(taxFile)})
		rec, err := r.apply("m0", taxFile, "own", map[string]any{"refund_to": "later", "employees": int64(2)})
		r.must(err)
		tin, _ := r.facts("m0", "tax.file")["tax_file.tax_number"].(string)
		see("m0", []string{"You have done 2 of the 4 online steps.", next(premises), tin, "/case/" + rec.Ref}, nil)

		r.acts("m0", "company:"+shopNumber, 303) // a sole proprietorship: its owner's steps are its own
		see("m0", []string{"You have done 2 of the 4 online steps.", next(premises), shopNumber, tin}, []string{"/case/" + rec.Ref})
		r.gets(303, "m0", "POST", "/acting/end", nil)

		_, number := r.registered("m0", "Buku Sdn. Bhd.", inTown(map[string]any{"kind": "company", "started_on": nil, "division": "47"}))
		r.acts("m0", "company:"+number, 303)
		see("m0", []string{"You have done 1 of the 4 online steps.", next(taxFile), number}, []string{tin})
		mine, err := r.service().Submit(context.Background(), service.Submission{By: r.forCompany("m0", number), Service: taxFile, Key: "company",
			Answers: map[string]any{"refund_to": "later", "year_end": "06-30", "employees": int64(0)}})
		r.must(err)
		see("m0", []string{"You have done 2 of the 4 online steps.", "/case/" + mine.Ref}, nil)
		r.gets(303, "m0", "POST", "/acting/end", nil)
		r.drain()
		r.act(r.officer("registrar2"), ssm, casework.Revoke, map[string]any{"reason": "Didaftarkan dengan butiran palsu."})
		see("m0", nil, []string{"/case/" + ssm}) // what has come to nothing is no step done
	})
}
