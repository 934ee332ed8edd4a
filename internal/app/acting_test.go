package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/counter"
	"balai/internal/domain/service"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/locale"
)

const (
	kaunter  = "kaunter/post"
	helper   = "aini/post"
	applying = "/service/" + birth + "/apply"
	aidForm  = "/service/" + aid + "/apply"
)

// number and fullName are those of the mother mN.
func number(n int) string   { return fmt.Sprintf("940312-00-%04d", 2*n) }
func fullName(n int) string { return "Aisyah binti Ramli " + letters(n) }

// find looks for somebody at the counter.
func (r *rig) find(number string) reply { return r.findAs(kaunter, number) }

func (r *rig) findAs(who, number string) reply {
	return r.ask(who, "POST", "/counter/find", url.Values{"number": {number}, "seen": {"mykad"}, "reason": {"daftar kelahiran"}})
}

// visit begins to serve a person at the counter.
func (r *rig) visit(number string) {
	r.t.Helper()
	r.serve(kaunter, number)
}

func (r *rig) serve(who, number string) {
	r.t.Helper()
	found := r.findAs(who, number)
	id := strings.TrimPrefix(found.Header.Get("Location"), "/counter/found/")
	r.gets(http.StatusOK, who, "GET", "/counter/found/"+id, nil)
	r.gets(http.StatusSeeOther, who, "POST", "/counter/visits", url.Values{"find": {id}})
}

// serving is a late birth, sent by the officer of the counter for person.
func (r *rig) serving(person string) service.Submission {
	r.t.Helper()
	s := r.submission(person, birth, "serving-"+person, map[string]any{"child_name": "Nur Imani", "late_reason": "Ibu sakit."})
	a, err := r.sessions.Resolve(r.t.Context(), r.as("kaunter", "kaunter-post"))
	r.must(err)
	s.By = a
	return s
}

// named answers the first page of a birth registration.
func named() url.Values { return url.Values{"child_name": {"Nur Imani"}} }

// fill walks a birth registration as far as its review.
func (r *rig) fill(who string) (draft string) {
	r.t.Helper()
	r.gets(http.StatusSeeOther, who, "GET", applying, nil)
	r.gets(http.StatusSeeOther, who, "POST", applying+"/held", url.Values{})
	to := r.gets(http.StatusSeeOther, who, "POST", applying+"/child-name", named()).Header.Get("Location")
	review := r.gets(http.StatusOK, who, "GET", to, nil)
	_, rest, _ := strings.Cut(review.body, `name="draft" value="`)
	draft, _, _ = strings.Cut(rest, `"`)
	return draft
}

// An officer of a counter serves who stands there: the case is the person's,
// both names are on record, the person is told, and nobody decides what they
// took in themselves.
func TestCounterServes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.gets(http.StatusForbidden, kaunter, "GET", applying, nil) // not before a visit
		r.visit(number(1))
		if me := r.gets(http.StatusOK, kaunter, "GET", "/me", nil); !strings.Contains(me.body, fullName(1)) {
			t.Error("no page says whom the officer serves")
		}
		for _, path := range []string{"/me/held", "/me/looks", "/desk", "/counter", "/me/posts"} {
			r.gets(http.StatusForbidden, kaunter, "GET", path, nil)
		}
		other := r.born("m0").Ref
		r.gets(http.StatusNotFound, kaunter, "GET", "/case/"+other, nil)
		if page := r.gets(http.StatusOK, kaunter, "GET", "/service/"+birth, nil); !strings.Contains(page.body, "Start for "+fullName(1)) {
			t.Error("no button begins an application for whom the officer serves")
		}
		if page := r.gets(http.StatusOK, "salmah/post", "GET", "/service/"+birth, nil); strings.Contains(page.body, "/apply") || !strings.Contains(page.body, `href="/me/posts"`) {
			t.Error("an officer in a post is offered an application, or no way to their posts")
		}
		to := r.gets(http.StatusSeeOther, kaunter, "GET", applying, nil).Header.Get("Location")
		if !strings.HasSuffix(to, "/held") {
			t.Fatalf("the form begins at %s", to)
		}
		rec, err := r.Hall.service.Submit(t.Context(), r.serving("m1"))
		r.must(err)
		c := r.state(rec.Ref, casework.Checking)
		r.wants("the applicant and who acted", c.Applicant+" "+c.ActedBy, "m1 kaunter")
		r.drain()
		r.wants("m1 is told", r.inbox("m1"), []string{"receive_for"})
		r.wants("nobody else is", len(r.inbox("kaunter")), 0)
		if page := r.gets(http.StatusOK, kaunter, "GET", "/case/"+rec.Ref, nil); !strings.Contains(page.body, "kaunter (") {
			t.Error("the case does not name who acted")
		}
		looks := r.gets(http.StatusOK, "m1", "GET", "/me/looks", nil).body
		if n := strings.Count(looks, `b-look__who">kaunter, `); n < 2 {
			t.Errorf("the find and the visit do not name the officer: %d of them in %s", n, looks)
		}
		if strings.Contains(looks, "/case/me") || !strings.Contains(looks, "request at a counter") && !strings.Contains(looks, "permintaan anda di kaunter") {
			t.Errorf("a list of matters is called a case, or the basis is not told: %s", looks)
		}
		record := r.gets(http.StatusOK, "m1", "GET", "/case/"+rec.Ref+"/receipt.json?act="+rec.Act, nil)
		for _, name := range []string{`"name":"kaunter"`, `"name":"` + fullName(1) + `"`, `"as":"counter"`} {
			if !strings.Contains(record.body, name) {
				t.Errorf("the record lacks %s: %s", name, record.body)
			}
		}
		if looks := r.gets(http.StatusOK, "m1", "GET", "/me/looks", nil); !strings.Contains(looks.body, "daftar kelahiran") {
			t.Error("m1 cannot read that she was looked up")
		}
		by := r.officer("salmah") // a checker who served the applicant in another post
		by.Person = "kaunter"
		if _, err := r.try(by, rec.Ref, casework.Check, map[string]any{"finding": casework.InOrder}); err == nil {
			t.Error("who acted for the applicant checked the case")
		}
		r.gets(http.StatusSeeOther, kaunter, "POST", "/acting/end", nil)
		r.gets(http.StatusNotFound, kaunter, "GET", "/case/"+rec.Ref, nil)
	})
}

// seat gives a person a post of their own.
func (r *rig) seat(person, unit, role string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.directory.LoadTx(tx, directory.Set{
			Posts:    []directory.Post{{ID: person + "-post", Unit: unit, Role: role, Title: locale.Same("Post " + role)}},
			People:   []directory.Person{{ID: person, Name: person}},
			Holdings: []directory.Holding{{Post: person + "-post", Person: person, From: 1}}})
	})
}

// A visit of half an hour never becomes a mandate of the officer's own, of
// their family's or of a body that they are of.
func TestCounterGivesItselfNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.seat("f7", "jpn-03", "jpn/counter-officer")
		r.write(func(tx *db.Tx) error {
			return r.directory.LoadTx(tx, directory.Set{Holdings: []directory.Holding{{Post: "aini-post", Person: "f7", From: 1}}})
		})
		const clerk = "f7/post"
		r.serve(clerk, number(1))
		give := func(v url.Values) int { return r.ask(clerk, "POST", "/me/mandates", v).StatusCode }
		to := func(number, name string) url.Values {
			return url.Values{"to": {"person"}, "number": {number}, "name": {name}, "days": {"365"}, "services": {"all"}}
		}
		r.wants("to the officer", give(to("920817-00-0015", "Mohd Hafiz bin Abdullah "+letters(7))), http.StatusForbidden)
		r.wants("to the officer's wife", give(to(number(7), fullName(7))), http.StatusForbidden)
		r.wants("to the officer's organisation", give(url.Values{"to": {"nadi"}, "days": {"365"}, "services": {"all"}}), http.StatusForbidden)
		r.wants("mandates", r.count(`select count(*) from delegation_grant`), 0)
		r.wants("to somebody else", give(to(number(8), fullName(8))), http.StatusSeeOther)
	})
}

// A visit ends by itself: what is posted afterwards is refused and lands with
// nobody, and the person's draft is theirs, as far as it went.
func TestVisitEndsInTheMiddle(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.visit(number(0))
		r.gets(http.StatusSeeOther, kaunter, "GET", applying, nil)
		r.gets(http.StatusSeeOther, kaunter, "POST", applying+"/held", url.Values{})
		r.now.Advance(counter.VisitLife)
		late := r.gets(http.StatusForbidden, kaunter, "POST", applying+"/child-name", named())
		if !strings.Contains(late.body, "/acting/end") || !strings.Contains(late.body, "Nothing was sent") {
			t.Errorf("the page does not say what became of it: %.400s", late.body)
		}
		r.gets(http.StatusForbidden, kaunter, "GET", "/me", nil)
		r.wants("drafts of m0, with nothing of the late page", r.count(`select count(*) from service_draft where person = 'm0' and state = 'open' and answers = '{}'`), 1)
		r.wants("drafts of the officer", r.count(`select count(*) from service_draft where person = 'kaunter'`), 0)
		r.gets(http.StatusOK, "m0", "GET", applying+"/child-name", nil)
		r.gets(http.StatusSeeOther, kaunter, "POST", "/acting/end", nil)
		r.gets(http.StatusOK, kaunter, "GET", "/counter", nil)
	})
}

// A counter is no search for people: each find is on record, and misses are
// few. Nobody serves somebody whom another officer found.
func TestFindsAreFewAndRecorded(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range 5 {
			if got := r.find("111111-11-1111"); got.StatusCode != http.StatusUnprocessableEntity {
				t.Fatalf("a miss: %d", got.StatusCode)
			}
		}
		if got := r.find(number(0)); got.StatusCode != http.StatusForbidden {
			t.Errorf("after five misses: %d", got.StatusCode)
		}
		r.wants("finds", r.count(`select count(*) from counter_find`), 5)
		r.now.Advance(16 * time.Minute)
		found := r.find(number(0))
		id := strings.TrimPrefix(found.Header.Get("Location"), "/counter/found/")
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update counter_find set officer = 'other' where id = $1`, id)
			return err
		})
		r.gets(http.StatusNotFound, kaunter, "GET", "/counter/found/"+id, nil)
		r.gets(http.StatusNotFound, kaunter, "POST", "/counter/visits", url.Values{"find": {id}})
		for _, who := range []string{"salmah/post", helper, "m0"} {
			r.gets(http.StatusForbidden, who, "POST", "/counter/find", url.Values{})
		}
	})
}

// A program names whom it applies for. Who has no right gets one answer,
// whether or not the person is there.
func TestProgramAppliesForSomebody(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		send := func(who, person, key string) reply {
			return r.ask(who, "POST", "/api/v1/services/"+birth+"/applications", map[string]any{"for": person,
				"answers": map[string]any{"child_name": "Nur Imani"}}, "Idempotency-Key", key)
		}
		denied := send("m1", "m0", "a")
		r.wants("a citizen without a mandate", denied.StatusCode, http.StatusForbidden)
		r.wants("for nobody", send("m1", "no-such-person", "b").body, denied.body)
		r.wants("an officer of no counter", send("salmah/post", "m0", "c").StatusCode, http.StatusForbidden)
		r.wants("a counter for somebody who is not there", send(kaunter, "no-such-person", "d").StatusCode, http.StatusUnprocessableEntity)
		r.wants("a counter for itself", send(kaunter, "", "e").StatusCode, http.StatusForbidden)
		first := send(kaunter, "m0", "k")
		r.wants("a counter", first.StatusCode, http.StatusCreated)
		c := r.get(first.json(t)["ref"].(string))
		r.wants("whose case", c.Applicant+" by "+c.ActedBy, "m0 by kaunter")
		r.wants("again", send(kaunter, "m0", "k").body, first.body)
		r.wants("the same key for another", send(kaunter, "m5", "k").StatusCode, http.StatusConflict)
		r.wants("the key of another person", send("m5", "m5", "k").StatusCode, http.StatusCreated)
	})
}

// A helper works under a mandate that the citizen gives and ends, within the
// services that it is for, and sees nothing else.
func TestHelperUnderMandate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		own := r.born("m1").Ref
		r.gets(http.StatusUnprocessableEntity, "m1", "POST", "/me/mandates", url.Values{"to": {"jpn"}, "days": {"30"}, "services": {"all"}})
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"30"}, "services": {birth}})
		id := r.mandate("m0")
		use := url.Values{"mandate": {id}}
		for _, who := range []string{"m1", "salmah/post", kaunter} { // not theirs
			if got := r.ask(who, "POST", "/acting/start", use); got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusForbidden {
				t.Errorf("%s uses it: %d", who, got.StatusCode)
			}
		}
		if page := r.gets(http.StatusOK, helper, "GET", "/helper", nil); !strings.Contains(page.body, fullName(0)) {
			t.Error("the helper does not see who gave a mandate")
		}
		r.gets(http.StatusForbidden, helper, "GET", applying, nil)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/start", use)
		draft := r.fill(helper)
		r.gets(http.StatusForbidden, helper, "GET", aidForm, nil) // another service
		r.gets(http.StatusNotFound, helper, "GET", "/case/"+own, nil)
		for _, path := range []string{"/me/held", "/me/looks", "/me/mandates", "/me/sign-in", "/desk", "/helper"} {
			r.gets(http.StatusForbidden, helper, "GET", path, nil)
		}
		r.gets(http.StatusForbidden, helper, "POST", "/me/mandates", url.Values{"to": {"nadi"}, "days": {"365"}}) // nobody passes one on

		r.gets(http.StatusNotFound, "m1", "POST", "/me/mandates/"+id+"/end", nil)
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates/"+id+"/end", nil)
		r.gets(http.StatusForbidden, helper, "POST", applying+"/review", url.Values{"draft": {draft}})
		r.gets(http.StatusForbidden, helper, "GET", applying+"/child-name", nil)
		r.wants("cases of m0", r.count(`select count(*) from casework_case where applicant = 'm0'`), 0)
		r.gets(http.StatusSeeOther, helper, "POST", "/acting/end", nil)
		r.gets(http.StatusNotFound, helper, "POST", "/acting/start", use)
		if page := r.gets(http.StatusOK, helper, "GET", "/helper", nil); strings.Contains(page.body, fullName(0)) {
			t.Error("an ended mandate is still listed")
		}
		if page := r.gets(http.StatusOK, "m0", "GET", "/me/mandates", nil); !strings.Contains(page.body, "Began to act for you") {
			t.Error("the citizen does not see what was done under it")
		}
		r.gets(http.StatusOK, "m0", "GET", applying+"/review", nil) // what was typed is hers
	})
}

// A carer is named by number and whole name together, and answers first. A
// form opened for one person never lands with another.
func TestCarerUnderMandate(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		give := url.Values{"to": {"person"}, "number": {number(5)}, "name": {"Somebody Else"}, "days": {"7"}, "services": {"all"}}
		wrong := r.gets(http.StatusUnprocessableEntity, "m0", "POST", "/me/mandates", give)
		give.Set("number", "000000-00-0000")
		r.wants("an unknown number", strings.Contains(r.gets(http.StatusUnprocessableEntity, "m0", "POST", "/me/mandates", give).body, "do not belong to anybody"),
			strings.Contains(wrong.body, "do not belong to anybody"))
		give.Set("number", number(5))
		give.Set("name", strings.ToUpper(fullName(5)))
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		id := r.mandate("m0")
		use := url.Values{"mandate": {id}}
		r.gets(http.StatusNotFound, "m5", "POST", "/acting/start", use) // not before the answer
		r.gets(http.StatusNotFound, "m4", "POST", "/me/mandates/"+id+"/answer", url.Values{"answer": {"yes"}})
		r.gets(http.StatusSeeOther, "m5", "POST", "/me/mandates/"+id+"/answer", url.Values{"answer": {"yes"}})
		r.gets(http.StatusSeeOther, "m5", "POST", "/acting/start", use)
		r.gets(http.StatusSeeOther, "m5", "GET", applying, nil)
		held := r.gets(http.StatusOK, "m5", "GET", applying+"/held", nil)
		if !strings.Contains(held.body, number(0)) || strings.Contains(held.body, number(5)) {
			t.Error("the carer does not see the facts of whom she acts for alone")
		}
		draft := r.fill("m5")
		r.gets(http.StatusSeeOther, "m5", "POST", "/acting/end", nil)
		r.gets(http.StatusSeeOther, "m5", "GET", applying, nil) // her own draft now
		r.gets(http.StatusConflict, "m5", "POST", applying+"/held", url.Values{"draft": {draft}})
		r.gets(http.StatusNotFound, "m5", "POST", applying+"/review", url.Values{"draft": {draft}})
		r.gets(http.StatusSeeOther, "m5", "POST", "/acting/start", use)
		to := r.gets(http.StatusSeeOther, "m5", "POST", applying+"/review", url.Values{"draft": {draft}}).Header.Get("Location")
		c := r.get(strings.TrimSuffix(strings.TrimPrefix(to, "/case/"), "?sent=1"))
		r.wants("whose case", c.Applicant+" by "+c.ActedBy, "m0 by m5")
		r.now.Advance(7 * 24 * time.Hour)
		delete(r.jars, "m5/") // a week is a session's life too
		r.gets(http.StatusNotFound, "m5", "POST", "/acting/start", use)
		r.gets(http.StatusNotFound, "m5", "GET", "/case/"+c.Ref, nil)
	})
}

// mandate is the id of the one mandate that a person gave.
func (r *rig) mandate(principal string) (id string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		return tx.QueryRow(`select id from delegation_grant where principal = $1`, principal).Scan(&id)
	})
	return id
}
