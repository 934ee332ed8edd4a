package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/fault"
)

// A mandate is for what was chosen: not for a draft of another service that the
// helper knows, and for everything only where that was said.
func TestMandateIsForWhatWasChosen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		draft := r.fill("m0")
		give := url.Values{"to": {"nadi"}, "days": {"30"}}
		for _, chosen := range [][]string{nil, {""}, {"jpn/no-such-or-retired"}, {aid, "jpn/no-such-or-retired"}} {
			give["services"] = chosen
			page := r.gets(http.StatusUnprocessableEntity, "m0", "POST", "/me/mandates", give)
			if !strings.Contains(page.body, `href="#services"`) {
				t.Errorf("%q: the page does not lead to what is wrong", chosen)
			}
		}
		r.wants("mandates", r.count(`select count(*) from delegation_grant`), 0)
		give["services"] = []string{aid}
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		r.gets(http.StatusNotFound, helper, "POST", aidForm+"/review", url.Values{"draft": {draft}})
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)

		give["services"] = []string{"all"}
		r.gets(http.StatusSeeOther, "m4", "POST", "/me/mandates", give)
		r.wants("for all", r.count(`select count(*) from delegation_grant where principal = 'm4' and services = 'null'`), 1)
	})
}

// Who acts for somebody reads a case as that person would, not from the desk,
// and a mandate for some services prints no certificate.
func TestHelperReadsNoDesk(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m0").Ref
		r.drain()
		code := r.paper(ref).Code
		give := url.Values{"to": {"nadi"}, "days": {"30"}, "services": {birth}}
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", url.Values{"mandate": {r.mandate("m0")}})
		r.wants("the desk leads to", r.gets(http.StatusSeeOther, helper, "GET", "/desk/"+ref, nil).Header.Get("Location"), "/case/"+ref)
		to := r.gets(http.StatusSeeOther, helper, "GET", "/letters/case/"+ref+"/certificate/"+code, nil).Header.Get("Location")
		r.wants("the print leads to", to, "/certificate/"+code+".pdf")
		r.gets(http.StatusNotFound, helper, "GET", to, nil)
	})
}

// Nobody finds a number by trying: five misses in a quarter of an hour, however
// many are sent at once, and each is kept.
func TestNumbersAreNotTried(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		give := func(who, number string) int {
			return r.ask(who, "POST", "/me/mandates", url.Values{"to": {"person"}, "days": {"30"}, "services": {"all"},
				"name": {fullName(5)}, "number": {number}}).StatusCode
		}
		r.as("m0", "")
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() { give("m0", fmt.Sprintf("111111-11-%04d", i)) })
		}
		all.Wait()
		r.wants("misses kept", r.count(`select count(*) from delegation_miss where person = 'm0'`), 5)
		page := r.gets(http.StatusUnprocessableEntity, "m0", "POST", "/me/mandates", url.Values{"to": {"person"}, "days": {"30"}, "services": {"all"},
			"name": {fullName(5)}, "number": {number(5)}})
		if !strings.Contains(page.body, "Too many") {
			t.Error("the page does not say why")
		}
		r.wants("somebody else", give("m1", number(5)), http.StatusSeeOther)
		r.now.Advance(16 * time.Minute)
		r.wants("later", give("m0", number(5)), http.StatusSeeOther)
	})
}

// A program that names whom it applies for is bounded as a counter is, and says
// what it is.
func TestProgramsVisitsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		a := r.officer("kaunter")
		ask := func(person string) (actor.For, error) { return r.counter.For(t.Context(), a, person) }
		for i := range 40 {
			_, err := ask(fmt.Sprintf("m%d", i))
			r.must(err)
		}
		_, err := ask("m41")
		r.code(err, fault.Denied)
		_, err = ask("m3") // whose visit runs
		r.must(err)
		byNumber, err := ask(number(3)) // m3 by the number on the card: the same visit
		r.must(err)
		r.wants("found by number", byNumber.Person, "m3")
		r.wants("finds with a reason", r.count(`select count(*) from counter_find where reason <> '' and seen = 'program'`), 40)
		r.now.Advance(61 * time.Minute)
		for range 5 {
			_, err = ask("no-such-person")
			r.code(err, fault.Invalid)
		}
		_, err = ask("m41")
		r.code(err, fault.Denied)
		r.now.Advance(16 * time.Minute)
		_, err = ask("m41")
		r.must(err)
	})
}
