package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/register"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const (
	kidNumber = "150203-00-0001"
	kidName   = "Nur Imani binti Mohd Hafiz"
	oku       = "jkm/disability-card"
)

// child gives a couple of the rig a child of eleven.
func (r *rig) child(id, number, mother, father, home string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		return r.register.LoadTx(tx, journal.By{Agency: "jpn"}, register.Population{AsOf: clock.Micro(morning.AddDate(-1, 0, 0)),
			People: []register.Person{{ID: id, IDNumber: number, Name: kidName, Sex: "female", BornOn: "2015-02-03", Citizenship: register.Citizen,
				Address: "No. 1, Jalan Melur", Postcode: "15400", City: "Kota Bharu", State: "MY-03", Mother: mother, Father: father, Household: home}},
			Books: []register.BookEntry{{Entry: "assessed-" + id, Path: "health.disability_assessment", Key: id, Number: "A-" + id, Values: map[string]any{
				"category": "learning", "assessed_on": "2026-10-12", "hospital": "Hospital Contoh", "meets": false, "permanent": true}}}})
	})
}

// A parent applies for the child without typing whose child it is: the form has
// the child's facts, the case is the child's, and both names are told to the
// agency, in the journal and, when the child is of age, to the child.
func TestParentAppliesForTheChild(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.child("kid", kidNumber, "m0", "f0", "home0")
		for who, sees := range map[string]bool{"m0": true, "f0": true, "m4": false} {
			if got := strings.Contains(r.gets(http.StatusOK, who, "GET", "/acting", nil).body, kidName); got != sees {
				t.Errorf("%s is offered the child: %t", who, got)
			}
		}
		use := url.Values{"mandate": {"child:kid"}}
		r.gets(http.StatusNotFound, "m4", "POST", "/acting/start", use)
		r.gets(http.StatusSeeOther, "m0", "POST", "/acting/start", use)
		path := "/service/" + oku + "/apply"
		r.gets(http.StatusSeeOther, "m0", "GET", path, nil)
		held := r.gets(http.StatusOK, "m0", "GET", path+"/held", nil).body
		if !strings.Contains(held, "Hospital Contoh") || strings.Contains(held, fullName(0)) && !strings.Contains(held, kidName) {
			t.Error("the form does not have the child's facts alone")
		}
		for _, other := range []string{"/acting", "/me/mandates", "/me/looks", "/me/held"} { // nobody passes it on
			r.gets(http.StatusForbidden, "m0", "GET", other, nil)
		}

		ref, act := r.card("m0", "kid")
		c := r.get(ref)
		r.wants("whose case", c.Applicant+" by "+c.ActedBy, "kid by m0")
		record := r.gets(http.StatusOK, "m0", "GET", "/case/"+ref+"/receipt.json?act="+act, nil).body
		for _, says := range []string{`"as":"guardian"`, `"name":"m0"`, `"name":"` + kidName + `"`} {
			if !strings.Contains(record, says) {
				t.Errorf("the record lacks %s: %s", says, record)
			}
		}
		r.drain()
		r.gets(http.StatusSeeOther, "m0", "POST", "/acting/end", nil)
		r.gets(http.StatusNotFound, "m0", "GET", "/case/"+ref, nil)
		r.gets(http.StatusSeeOther, "f0", "POST", "/acting/start", use) // the other parent, as well
		r.gets(http.StatusOK, "f0", "GET", "/case/"+ref, nil)

		r.now.Set(time.Date(2033, 2, 3, 0, 0, 0, 0, clock.Zone))
		r.jars = map[string]string{}
		r.gets(http.StatusNotFound, "m0", "POST", "/acting/start", use)
		if strings.Contains(r.gets(http.StatusOK, "m0", "GET", "/acting", nil).body, kidName) {
			t.Error("the parent of somebody who is of age is offered to act")
		}
		looks := r.gets(http.StatusOK, "kid", "GET", "/me/looks", nil).body
		if !strings.Contains(looks, "m0 (a parent)") && !strings.Contains(looks, "m0 (ibu atau bapa)") {
			t.Errorf("who is of age does not read who acted: %s", looks)
		}
		if page := r.gets(http.StatusOK, "kid", "GET", "/me/mandates", nil).body; !strings.Contains(page, "Began to act for you") {
			t.Error("nor what was done")
		}
		r.gets(http.StatusOK, "kid", "GET", "/case/"+ref, nil)
	})
}

// card sends an application for a child's disability card, by a parent's
// session. An officer decides it.
func (r *rig) card(parent, child string) (ref, act string) {
	r.t.Helper()
	a, err := r.sessions.Resolve(r.t.Context(), r.as(parent, ""))
	r.must(err)
	s := r.submission(child, oku, "card-"+child, map[string]any{"has_carer": false})
	s.By = a
	rec, err := r.Hall.service.Submit(r.t.Context(), s)
	r.must(err)
	return rec.Ref, rec.Act
}

// The agency reads on the case who sent it for whom, and whoever sent it for a
// child is told when the office asks.
func TestAgencySeesWhoActs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.child("kid", kidNumber, "m0", "f0", "home0")
		r.seat("welfare", "jkm", "jkm/welfare-officer")
		r.gets(http.StatusSeeOther, "m0", "POST", "/acting/start", url.Values{"mandate": {"child:kid"}})
		ref, _ := r.card("m0", "kid")
		page := r.gets(http.StatusOK, "welfare/post", "GET", "/desk/"+ref, nil).body
		for _, says := range []string{"m0, the applicant", kidName} {
			if !strings.Contains(strings.ReplaceAll(page, "&#39;", "'"), says) {
				t.Errorf("the desk does not say %q", says)
			}
		}
		r.act(r.officer("welfare"), ref, casework.Ask, map[string]any{"question": "Sila nyatakan nama sekolah.", "due_in_days": 5})
		r.drain()
		if got := r.inbox("m0"); !slices.Contains(got, "child") {
			t.Errorf("the parent is not told that the office asks: %v", got)
		}
		r.wants("the other parent, who did not send it", len(r.inbox("f0")), 0)
		r.gets(http.StatusSeeOther, "m0", "POST", "/case/"+ref+"/reply", url.Values{"text": {"Sekolah Kebangsaan Contoh."}, "version": {strconv.Itoa(r.get(ref).Version)}})
		r.state(ref, casework.Checking)
	})
}

// A program is told of a company what stands in a public register, and nothing
// of the person who has it, whatever it may ask.
func TestCompanyIsToldOf(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`insert into register_book (entry, path, key, once, number, content, case_ref, status, version, as_of_at)
				values ('b1', 'business.business', 'm1', '', '202601000001', '{"name":"Kedai Sdn Bhd","status":"active"}', '', 'valid', 1, 1)`)
			return err
		})
		r.read(func(tx *db.Tx) error {
			list, err := r.delegation.Choices(tx, "m1", clock.Micro(r.now.Now()))
			r.must(err)
			for _, c := range list {
				if c.Kind != "director" {
					continue
				}
				for scopes, want := range map[string]string{"profile": "map[company_number:202601000001 name:Kedai Sdn Bhd]", "mykad": "map[]", "address": "map[]", "email": "map[]"} {
					claims, err := persons{r.Hall}.Claims(tx, c.Principal, []string{scopes})
					r.must(err)
					r.wants(scopes, fmt.Sprint(claims), want)
				}
				return nil
			}
			t.Errorf("nobody has the company: %v", list)
			return nil
		})
	})
}

// An order of protection against a parent ends their guardianship at once, for
// the children of whom it protects as well, and tells them nothing: no name, no
// page, no program.
func TestOrderEndsGuardianship(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.child("kid", kidNumber, "m1", "f1", "home1")
		use := url.Values{"mandate": {"child:kid"}}
		r.gets(http.StatusSeeOther, "f1", "POST", "/acting/start", use)
		r.gets(http.StatusOK, "f1", "GET", "/me", nil)
		order := r.protect() // for the mother, against the father
		r.gets(http.StatusForbidden, "f1", "GET", "/me", nil)
		r.gets(http.StatusForbidden, "f1", "GET", "/service/"+oku+"/apply/held", nil)
		r.gets(http.StatusSeeOther, "f1", "POST", "/acting/end", nil)
		r.gets(http.StatusNotFound, "f1", "POST", "/acting/start", use)
		for _, page := range []string{"/acting", "/me/mandates", "/me", "/me/held"} {
			if strings.Contains(r.gets(http.StatusOK, "f1", "GET", page, nil).body, kidName) {
				t.Errorf("%s tells him of the child", page)
			}
		}
		send := r.ask("f1", "POST", "/api/v1/services/"+oku+"/applications", map[string]any{"for": "kid", "answers": map[string]any{}}, "Idempotency-Key", "x")
		nobody := r.ask("f1", "POST", "/api/v1/services/"+oku+"/applications", map[string]any{"for": "no-such-person", "answers": map[string]any{}}, "Idempotency-Key", "y")
		r.wants("by a program", send.StatusCode, http.StatusForbidden)
		r.wants("as for nobody", nobody.StatusCode, send.StatusCode)
		r.read(func(tx *db.Tx) error {
			list, err := r.delegation.Choices(tx, "f1", clock.Micro(r.now.Now()))
			r.wants("for a token", len(list), 0)
			return err
		})
		if !strings.Contains(r.gets(http.StatusOK, "m1", "GET", "/acting", nil).body, kidName) {
			t.Error("the mother lost it too")
		}
		r.must(r.protection.Lift(t.Context(), r.officer("shield"), order.ID, "Perintah dibatalkan oleh mahkamah."))
		r.gets(http.StatusSeeOther, "f1", "POST", "/acting/start", use)
	})
}

// A court's order is entered at a counter, holds when a second officer has seen
// it, and is read by whom it concerns.
func TestCourtOrder(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.seat("second", "jpn-03", "jpn/counter-officer")
		form := url.Values{"name": {fullName(0)}, "number": {number(0)}, "delegate": {fullName(5)}, "delegate_number": {number(5)},
			"court": {"Mahkamah Tinggi Kota Bharu"}, "order": {"24NCvC-9-2026"}, "date": {"2026-10-01"}, "matter": {"incapacity"}, "until": {"2028-06-30"}}
		r.gets(http.StatusForbidden, "m0", "POST", "/delegation/orders", form)
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set("until", "2099-01-01")
		r.gets(http.StatusUnprocessableEntity, kaunter, "POST", "/delegation/orders", wrong)
		r.gets(http.StatusSeeOther, kaunter, "POST", "/delegation/orders", form)
		id := r.mandate("m0")
		use, yes := url.Values{"mandate": {id}}, url.Values{"answer": {"yes"}}
		r.gets(http.StatusNotFound, "m5", "POST", "/acting/start", use)
		r.gets(http.StatusForbidden, kaunter, "POST", "/delegation/orders/"+id, yes)
		r.seat("elsewhere", "jkm", "jkm/counter-officer")
		if page := r.gets(http.StatusOK, "elsewhere/post", "GET", "/delegation/orders", nil).body; strings.Contains(page, "24NCvC-9-2026") {
			t.Error("another agency's officer reads of it")
		}
		r.gets(http.StatusNotFound, "elsewhere/post", "POST", "/delegation/orders/"+id, yes)
		if page := r.gets(http.StatusOK, "second/second-post", "GET", "/delegation/orders", nil).body; !strings.Contains(page, "24NCvC-9-2026") {
			t.Error("the second officer does not see it")
		}
		r.gets(http.StatusSeeOther, "second/second-post", "POST", "/delegation/orders/"+id, yes)
		r.gets(http.StatusSeeOther, "m5", "POST", "/acting/start", use)
		r.gets(http.StatusSeeOther, "m5", "POST", "/acting/end", nil)
		r.gets(http.StatusNotFound, "m0", "POST", "/me/mandates/"+id+"/end", nil) // a court ordered it
		if page := r.gets(http.StatusOK, "m0", "GET", "/me/mandates", nil).body; !strings.Contains(page, fullName(5)) {
			t.Error("whom it is about does not read of it")
		}
		r.drain()
		for who, key := range map[string]string{"m0": "delegation.notice.court", "m5": "delegation.notice.appointed"} {
			if !slices.Contains(r.inbox(who), key) {
				t.Errorf("%s is not told: %v", who, r.inbox(who))
			}
		}
		r.gets(http.StatusSeeOther, "m5", "POST", "/me/mandates/"+id+"/end", nil)
		r.gets(http.StatusNotFound, "m5", "POST", "/acting/start", use)
	})
}

// Who may act for somebody is offered it where they arrive and where they
// apply, and goes on to what they came for. Nobody else meets a screen or a
// line about it.
func TestWhoMayActIsOfferedIt(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.child("kid", kidNumber, "m0", "f0", "home0")
		apply := "/service/" + oku + "/apply"
		choose := "/acting?next=" + url.QueryEscape(apply)
		for who, offered := range map[string]bool{"m0": true, "m4": false} {
			if got := strings.Contains(r.gets(http.StatusOK, who, "GET", "/me", nil).body, `value="child:kid"`); got != offered {
				t.Errorf("%s is offered it on arriving: %t", who, got)
			}
			r.gets(http.StatusSeeOther, who, "GET", apply, nil)
			for _, page := range []string{"/service/" + oku, apply + "/held"} {
				if got := strings.Contains(r.gets(http.StatusOK, who, "GET", page, nil).body, choose); got != offered {
					t.Errorf("%s is offered it at %s: %t", who, page, got)
				}
			}
		}
		if page := r.gets(http.StatusOK, "m0", "GET", choose, nil).body; !strings.Contains(page, kidName) || !strings.Contains(page, `name="next" value="`+apply+`"`) {
			t.Error("the choice forgets what she came for")
		}
		to := r.gets(http.StatusSeeOther, "m0", "POST", "/acting/start", url.Values{"mandate": {"child:kid"}, "next": {apply}}).Header.Get("Location")
		r.wants("on to", to, apply)
		r.gets(http.StatusSeeOther, "f0", "POST", "/acting/start", url.Values{"mandate": {"child:kid"}, "next": {"//elsewhere.example"}})
		r.gets(http.StatusSeeOther, "m0", "POST", "/acting/end", nil)

		give := url.Values{"to": {"person"}, "days": {"30"}, "services": {aid}, "name": {fullName(4)}, "number": {number(4)}}
		r.gets(http.StatusSeeOther, "m0", "POST", "/me/mandates", give)
		if page := r.gets(http.StatusOK, "m4", "GET", "/me", nil).body; !strings.Contains(page, "You were asked to act for somebody") {
			t.Error("who is asked to act does not read of it where they arrive")
		}
		id := r.mandate("m0")
		r.gets(http.StatusSeeOther, "m4", "POST", "/me/mandates/"+id+"/answer", url.Values{"answer": {"yes"}})
		for of, offered := range map[string]bool{aid: true, oku: false} { // the mandate is for one of them
			if got := strings.Contains(r.gets(http.StatusOK, "m4", "GET", "/service/"+of, nil).body, "/acting?next="); got != offered {
				t.Errorf("the carer is offered %s: %t", of, got)
			}
			if got := strings.Contains(r.gets(http.StatusOK, "m4", "GET", "/acting?next=/service/"+of+"/apply", nil).body, id); got != offered {
				t.Errorf("and can choose it for %s: %t", of, got)
			}
		}
	})
}

// Who acted reads of their own act as theirs, and not as done for them.
func TestDelegateReadsTheirOwnAct(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.child("kid", kidNumber, "m0", "f0", "home0")
		r.write(func(tx *db.Tx) error {
			_, err := r.Hall.journal.Append(tx, journal.Record{Kind: "claims.released", Subjects: []string{"kid", "m0"}, Why: locale.Same("Sign-in to a program."),
				By: journal.By{Person: "m0", Name: fullName(0), Post: "program", Agency: "jpn", For: journal.For{Person: "kid", Name: kidName, As: "guardian", Right: "child:kid"}}})
			return err
		})
		if page := r.gets(http.StatusOK, "m0", "GET", "/me/looks", nil).body; !strings.Contains(page, "You, for "+kidName) || strings.Contains(page, "As your parent") {
			t.Error("she reads that somebody acted for her")
		}
	})
}
