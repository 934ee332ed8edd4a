package desk

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// office puts two checking officers, a deciding one and a head into the
// directory, and one of another branch.
func (r *rig) office() (salmah, lim, head actor.Actor) {
	r.t.Helper()
	r.Cases.StaffedBy(r.Directory)
	set := directory.Set{Agencies: []directory.Agency{{ID: "jpn", Name: locale.Same("JPN"), Level: directory.Federal}},
		Units: []directory.Unit{{ID: "u", Agency: "jpn", Name: locale.Same("Kelantan"), State: "MY-03"}, {ID: "v", Agency: "jpn", Name: locale.Same("Johor"), State: "MY-01"}}}
	for _, o := range [][3]string{{"salmah", "jpn/reg", "u"}, {"lim", "jpn/reg", "u"}, {"rahman", "jpn/asst", "u"}, {"zaki", "jpn/head-of-branch", "u"}, {"ahmad", "jpn/reg", "v"}} {
		set.People = append(set.People, directory.Person{ID: o[0], Name: "Officer " + o[0]})
		set.Posts = append(set.Posts, directory.Post{ID: "post-" + o[0], Unit: o[2], Role: o[1], Title: locale.Same("Post of " + o[0])})
		set.Holdings = append(set.Holdings, directory.Holding{Post: "post-" + o[0], Person: o[0], From: 1})
	}
	must(r.t, r.DB.Write(context.Background(), func(tx *db.Tx) error { return r.Directory.LoadTx(tx, set) }))
	return officer("salmah", "jpn/reg"), officer("lim", "jpn/reg"), officer("zaki", "jpn/head-of-branch")
}

func eachDesk(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) },
		casework.Migration(), journal.Migration(), outbox.Migration(), directory.Migration(), Migration())
}

func pick(c casework.Case) string { return c.Ref + "." + strconv.Itoa(c.Version) }

func (r *rig) holder(ref string) string {
	r.t.Helper()
	var c casework.Case
	must(r.t, r.DB.Read(context.Background(), func(tx *db.Tx) (err error) { c, err = r.Cases.Get(tx, ref); return err }))
	return c.Assignee
}

// Several cases at once: each is one act, what cannot be done is named with
// its reason, and the form sent again changes nothing.
func TestBulk(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, lim, head := r.office()
		a, b, gone := r.open(), r.open(), r.open()
		r.expect(r.do(lim, "POST", "/desk/"+gone.Ref+"/take", url.Values{"version": {strconv.Itoa(gone.Version)}}), 303)
		form := url.Values{"act": {"take"}, "case": {pick(a), pick(b), pick(gone), "BLH-0000.2", "rubbish", pick(a)}}
		w := r.do(salmah, "POST", "/desk/bulk", form)
		r.expect(w, 200, "2 cases taken", "Not done", gone.Ref)
		if r.holder(a.Ref) != "salmah" || r.holder(b.Ref) != "salmah" || r.holder(gone.Ref) != "lim" {
			t.Error("the wrong cases were taken")
		}
		acts := r.acts(a.Ref)
		r.expect(r.do(salmah, "POST", "/desk/bulk", form), 200, "2 cases taken")
		if n := len(r.acts(a.Ref)); n != len(acts) {
			t.Errorf("%d acts after the same form again, %d before", n, len(acts))
		}

		a.Version++
		over := url.Values{"act": {"hand_over"}, "to": {"post-lim"}, "case": {pick(a), pick(b)}} // b is stale
		r.expect(r.do(salmah, "POST", "/desk/bulk", over), 200, "1 case handed over", b.Ref)
		r.expect(r.do(salmah, "POST", "/desk/bulk", over), 200, "1 case handed over")
		if r.holder(a.Ref) != "lim" || r.holder(b.Ref) != "salmah" {
			t.Error(r.holder(a.Ref), r.holder(b.Ref))
		}
		gone.Version++
		r.expect(r.do(head, "POST", "/desk/bulk", url.Values{"act": {"hand_over"}, "to": {"post-salmah"}, "case": {pick(gone)}}), 200, "1 case handed over")
		b.Version++
		r.expect(r.do(salmah, "POST", "/desk/bulk", url.Values{"act": {"remind"}, "case": {pick(b)}}), 200, "no longer waits")
		r.expect(r.do(salmah, "POST", "/desk/bulk", url.Values{"act": {"decide"}, "case": {pick(b)}}), 422)
		// Another branch's case is as one that is not there.
		other := officer("ahmad", "jpn/reg")
		other.State, other.Unit = "MY-01", "v"
		r.expect(r.do(other, "POST", "/desk/bulk", url.Values{"act": {"take"}, "case": {pick(b)}}), 200, "Not done", b.Ref)
		remind := url.Values{"act": {"remind"}, "case": {pick(b), "BLH-0000.2"}}
		if w := r.do(other, "POST", "/desk/bulk", remind); strings.Contains(w.Body.String(), "no longer waits") {
			t.Error("a reminder tells another office in what state a case is")
		}
		for _, who := range []string{"audit/auditor", "jpn/service-team", "balai/administrator"} {
			r.expect(r.do(officer("x", who), "POST", "/desk/bulk", form), 403)
		}
	})
}

// Whoever has no case to work on has no desk: they search for nobody, and leave
// no looks in people's lists.
func TestNoDeskWithoutCases(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		for _, who := range []string{"nadi/helper", "balai/mail-room", "jkm/protection-officer"} {
			for _, path := range []string{"/desk", "/desk/find", "/desk/leave"} {
				r.expect(r.do(officer("x", who), "GET", path, nil), 403)
			}
			r.expect(r.do(officer("x", who), "POST", "/desk/find", url.Values{"q": {applicantName}, "why": {"duty"}}), 403)
		}
	})
}

func (r *rig) acts(ref string) (acts []casework.Act) {
	r.t.Helper()
	must(r.t, r.DB.Read(context.Background(), func(tx *db.Tx) (err error) { acts, err = r.Cases.Acts(tx, ref); return err }))
	return acts
}

// The page of a hand-over lists who may have the case, says why another may
// not, and takes a hand-over back.
func TestHandOverPage(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, lim, _ := r.office()
		c := r.open()
		path := "/desk/" + c.Ref + "/hand-over"
		at := func(n int) string { return strconv.Itoa(c.Version + n) }
		r.expect(r.do(salmah, "POST", "/desk/"+c.Ref+"/take", url.Values{"version": {at(0)}}), 303)
		page := r.do(salmah, "GET", path, nil)
		r.expect(page, 200, "post-lim", "You have this case.", "0 cases in hand")
		for _, not := range []string{"post-rahman", "post-ahmad", "post-salmah", secret, applicantName} {
			if strings.Contains(page.Body.String(), `value="`+not+`"`) || strings.Contains(page.Body.String(), secret) {
				t.Errorf("the page has %s", not)
			}
		}
		r.expect(r.do(salmah, "POST", path, url.Values{"version": {at(1)}, "to": {"post-rahman"}, "note": {"Cuti"}}), 422, "does not do this step", "Cuti")
		r.expect(r.do(salmah, "POST", path, url.Values{"version": {at(1)}, "to": {"post-lim"}}), 303)
		r.expect(r.do(lim, "GET", "/desk?view=mine", nil), 200, c.Ref)
		r.expect(r.do(salmah, "GET", path, nil), 200, "Undo", `name="to" value="post-salmah"`)
		r.expect(r.do(salmah, "POST", path, url.Values{"version": {at(1)}, "to": {"post-lim"}}), 409)
		r.expect(r.do(salmah, "POST", path, url.Values{"version": {at(2)}, "to": {"post-salmah"}}), 303)
		if got := r.holder(c.Ref); got != "salmah" {
			t.Error(got)
		}
	})
}

// A list names the applicants of cases that this officer has had open, and
// may still see.
func TestQueueNames(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, lim, _ := r.office()
		c := r.open()
		names := func(who actor.Actor) bool {
			w := r.do(who, "GET", "/desk", nil)
			r.expect(w, 200, c.Ref)
			return strings.Contains(w.Body.String(), applicantName)
		}
		if names(salmah) {
			t.Error("a case that was not opened names its applicant")
		}
		r.expect(r.do(salmah, "GET", "/desk/"+c.Ref, nil), 200, "Applicant: "+applicantName)
		if !names(salmah) {
			t.Error("a case that was opened does not name its applicant")
		}
		if names(lim) {
			t.Error("a colleague's look names the applicant")
		}
		r.sealed = []string{c.Ref}
		if names(salmah) {
			t.Error("a sealed case names its applicant")
		}
		r.sealed, r.unseen = nil, []string{c.Ref}
		if names(salmah) {
			t.Error("a case that the officer may no longer see names its applicant")
		}
	})
}

// A list names no applicant of a case that was not opened, whatever it is
// filtered by; a search by name is on record with its reason before anything
// is shown.
func TestFind(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, _, _ := r.office()
		c := r.open()
		for _, path := range []string{"/desk", "/desk?view=mine", "/desk?due=soon&who=nobody&fee=unpaid&from=counter&office=MY-03", "/desk?who=post-lim", "/desk?service=jpn%2Fbirth&order=new", "/api/v1/desk?view=todo"} {
			w := r.do(salmah, "GET", path, nil)
			r.expect(w, 200)
			if s := w.Body.String(); strings.Contains(s, secret) || strings.Contains(s, applicantName) || strings.Contains(s, `"aisyah"`) {
				t.Errorf("%s shows a person", path)
			}
		}
		if s := r.do(salmah, "GET", "/desk?q="+url.QueryEscape(applicantName), nil).Body.String(); strings.Contains(s, c.Ref) {
			t.Error("a name in an address finds a case")
		}
		r.expect(r.do(salmah, "POST", "/desk/find", url.Values{"q": {applicantName}}), 422, "Choose why")
		if n := r.looked("aisyah"); n != 0 {
			t.Errorf("%d looks by a search that was refused", n)
		}
		w := r.do(salmah, "POST", "/desk/find", url.Values{"q": {applicantName}, "why": {"counter"}})
		r.expect(w, 200, c.Ref)
		if n := r.looked("aisyah"); n != 1 {
			t.Errorf("%d looks on record", n)
		}
		r.expect(r.do(salmah, "POST", "/desk/find", url.Values{"q": {"Aisyah"}, "why": {"counter"}}), 200, "No case in your list")
		other := officer("ahmad", "jpn/reg")
		other.State = "MY-01"
		if s := r.do(other, "POST", "/desk/find", url.Values{"q": {applicantName}, "why": {"duty"}}).Body.String(); strings.Contains(s, c.Ref) {
			t.Error("another branch finds the case")
		}
		if n := r.looked("aisyah"); n != 2 {
			t.Errorf("%d looks on record, 2 searches found her", n)
		}
	})
}

// looked counts the searches that a person can read of themselves.
func (r *rig) looked(person string) (n int) {
	r.t.Helper()
	must(r.t, r.DB.Read(context.Background(), func(tx *db.Tx) error {
		entries, err := r.Desk.Journal.(*journal.Journal).ForSubject(tx, person, "", 100)
		for _, e := range entries {
			if e.Record.Data["search"] == true {
				n++
			}
		}
		return err
	}))
	return n
}

// An officer records their own leave, a head that of the office, and nobody
// another's; while it runs the stand-in has the cases, in their own name.
func TestLeave(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, lim, head := r.office()
		c := r.open()
		r.expect(r.do(salmah, "POST", "/desk/"+c.Ref+"/take", url.Values{"version": {strconv.Itoa(c.Version)}}), 303)
		leave := func(post, stand, from, to string) url.Values {
			return url.Values{"post": {post}, "stand_in": {stand}, "from": {from}, "to": {to}}
		}
		r.expect(r.do(lim, "POST", "/desk/leave", leave("post-salmah", "post-lim", "2026-11-23", "2026-11-27")), 403)
		r.expect(r.do(salmah, "POST", "/desk/leave", leave("post-salmah", "post-salmah", "2026-11-23", "2026-11-27")), 422, "own stand-in")
		r.expect(r.do(salmah, "POST", "/desk/leave", leave("post-salmah", "post-lim", "2026-11-27", "2026-11-23")), 422, "on or after", `value="2026-11-27"`)
		if s := r.do(lim, "GET", "/desk?view=mine", nil).Body.String(); strings.Contains(s, c.Ref) {
			t.Error("a colleague's case is mine")
		}
		r.expect(r.do(head, "POST", "/desk/leave", leave("post-salmah", "post-lim", "2026-11-23", "2026-11-27")), 303)
		r.expect(r.do(head, "POST", "/desk/leave", leave("post-rahman", "post-zaki", "2026-11-23", "2026-11-27")), 422, "cannot name yourself")
		standing := head
		standing.Person = "rahman" // who stands in for the head records nobody else's leave, and ends none
		r.expect(r.do(head, "POST", "/desk/leave", leave("post-zaki", "post-rahman", "2026-11-23", "2026-11-27")), 303)
		r.expect(r.do(standing, "POST", "/desk/leave", leave("post-lim", "post-rahman", "2026-11-23", "2027-11-22")), 403)
		r.expect(r.do(lim, "GET", "/desk?view=mine", nil), 200, c.Ref, "Officer salmah")
		r.expect(r.do(lim, "GET", "/desk/leave", nil), 200, "You stand in for Officer salmah")
		r.expect(r.do(head, "GET", "/desk/head", nil), 200, "Officer salmah", "On leave", `/desk?view=todo&amp;who=post-salmah`)
		r.expect(r.do(salmah, "GET", "/desk/head", nil), 403)
		page := r.do(salmah, "GET", "/desk/leave", nil).Body.String()
		_, rest, _ := strings.Cut(page, `action="/desk/leave/`)
		id, _, _ := strings.Cut(rest, "/end")
		r.expect(r.do(lim, "POST", "/desk/leave/"+id+"/end", nil), 404)
		r.expect(r.do(salmah, "POST", "/desk/leave/"+id+"/end", nil), 303)
		r.expect(r.do(salmah, "POST", "/desk/leave/"+id+"/end", nil), 409)
		if s := r.do(lim, "GET", "/desk?view=mine", nil).Body.String(); strings.Contains(s, c.Ref) {
			t.Error("the leave has ended and the case is still the stand-in's")
		}
	})
}

// Only its like stands in for a post that lets its holder act for people, or
// hide them.
func TestWhoFillsAPost(t *testing.T) {
	post := func(role string) directory.Post { return directory.Post{Role: role} }
	for _, c := range []struct {
		post, held string
		want       bool
	}{
		{"jpn/registration-officer", "jpn/assistant-registrar", true},
		{"jpn/counter-officer", "jpn/assistant-registrar", false},
		{"jpn/counter-officer", "jpn/head-of-branch", false},
		{"jpn/counter-officer", "jpn/counter-officer", true},
		{"jkm/protection-officer", "jkm/counter-officer", false},
	} {
		if got := fills(post(c.post), []directory.Post{post(c.held)}); got != c.want {
			t.Errorf("%s for %s: %v", c.held, c.post, got)
		}
	}
}

// The JSON has the page's lists, filters and cursors.
func TestQueueJSON(t *testing.T) {
	eachDesk(t, func(t *testing.T, r *rig) {
		salmah, _, _ := r.office()
		refs := map[string]bool{}
		for range 5 {
			refs[r.open().Ref] = true
		}
		mine := r.open()
		r.expect(r.do(salmah, "POST", "/desk/"+mine.Ref+"/take", url.Values{"version": {strconv.Itoa(mine.Version)}}), 303)
		var page struct {
			Cases  []QueueCase
			Counts QueueCounts
			Next   string
		}
		for after, pages := "", 0; ; after = page.Next {
			page.Next = ""
			w := r.do(salmah, "GET", "/api/v1/desk?view=todo&who=nobody&limit=2&after="+url.QueryEscape(after), nil)
			r.expect(w, 200)
			must(t, json.Unmarshal(w.Body.Bytes(), &page))
			for _, c := range page.Cases {
				if !refs[c.Ref] {
					t.Errorf("%s twice, or not asked for", c.Ref)
				}
				delete(refs, c.Ref)
			}
			if pages++; page.Next == "" || pages > 5 {
				break
			}
		}
		if len(refs) > 0 || page.Counts.Open != 6 || page.Counts.Mine != 1 {
			t.Errorf("left %v, counts %+v", refs, page.Counts)
		}
		r.expect(r.do(salmah, "GET", "/api/v1/desk?after=nonsense", nil), 422)
		w := r.do(salmah, "GET", "/api/v1/desk?view=mine", nil)
		must(t, json.Unmarshal(w.Body.Bytes(), &page))
		if len(page.Cases) != 1 || page.Cases[0].Post != "post-salmah" {
			t.Errorf("%+v", page.Cases)
		}
	})
}
