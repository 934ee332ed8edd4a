package app

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

const applyPath = "/service/" + birth + "/apply"

// filled is a draft that only waits to be sent.
func (r *rig) filled(person, name string) service.Filling {
	r.t.Helper()
	ctx := context.Background()
	f, err := r.service().Start(ctx, citizen(person), birth)
	r.must(err)
	f, err = r.service().SawHeld(ctx, f)
	r.must(err)
	page, _ := f.Release.Def.Form.Page("child-name")
	f, err = r.service().Save(ctx, f, page, map[string]any{"child_name": name}, nil, time.Second)
	r.must(err)
	return f
}

func (r *rig) service() *service.Part { return r.Hall.service }

func TestOneDraftMakesOneCase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.filled("m0", "Nur Imani")
		receipts := make([]service.Receipt, 50)
		var wg sync.WaitGroup
		for i := range receipts {
			wg.Go(func() {
				var err error
				if receipts[i], err = r.service().Send(context.Background(), citizen("m0"), f.Draft.ID); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, rec := range receipts {
			if rec.Ref == "" || rec.Ref != receipts[0].Ref || rec.Act != receipts[0].Act {
				t.Fatalf("receipts differ: %+v and %+v", rec, receipts[0])
			}
		}
		r.wants("cases", r.count(`select count(*) from casework_case`), 1)
		r.wants("births", r.count(`select count(*) from register_birth`), 1)
		r.wants("certificates", r.count(`select count(*) from certificate_certificate`), 1)
	})
}

func TestOneKeyMakesOneCase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		name := map[string]any{"child_name": "Nur Imani"}
		first, err := r.apply("m0", birth, "k", name)
		r.must(err)
		again, err := r.apply("m0", birth, "k", name)
		r.must(err)
		if again.Ref != first.Ref || again.Act != first.Act {
			t.Fatalf("%+v and %+v", first, again)
		}
		_, err = r.apply("m0", birth, "k", map[string]any{"child_name": "Another"})
		if e := r.code(err, fault.Conflict); e.Key != "service.error.key_reused" {
			t.Fatal(e)
		}
		other, err := r.apply("m4", birth, "k", name)
		r.must(err)
		if other.Ref == first.Ref {
			t.Fatal("another person's key gave away a case")
		}
	})
}

// A program's key may spell what the hall calls a draft or an offer.
func TestKeysOfProgramsAreTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.filled("m0", "Nur Imani")
		path := "/api/v1/services/" + birth + "/applications"
		body := map[string]any{"answers": map[string]any{"child_name": "Nur Imani"}}
		ref := r.gets(201, "m0", "POST", path, body, "Idempotency-Key", "draft:"+f.Draft.ID).json(t)["ref"]
		_, err := r.service().Send(context.Background(), citizen("m0"), f.Draft.ID)
		if e := r.code(err, fault.Conflict); e.Key != "service.error.already_sent" {
			t.Fatalf("the draft answered with the case %v of a program", ref)
		}
	})
}

func TestTwoTabs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.gets(303, "m3", "GET", applyPath, nil)
		r.gets(303, "m3", "POST", applyPath+"/held", url.Values{})
		r.gets(303, "m3", "POST", applyPath+"/child-name", url.Values{"child_name": {"Nur Imani"}})
		date := url.Values{"born_on-day": {"18"}, "born_on-month": {"11"}, "born_on-year": {"2026"}}
		// The first page is still open in one window while the other goes on.
		r.gets(303, "m3", "POST", applyPath+"/birth-date", date)
		r.gets(303, "m3", "POST", applyPath+"/child-name", url.Values{"child_name": {"Nur Iman"}})
		f, err := r.service().Open(context.Background(), citizen("m3"), birth)
		r.must(err)
		r.wants("answers", f.Draft.Answers, map[string]any{"born_on": "2026-11-18", "child_name": "Nur Iman"})
		// What one window saved is not undone by the other's older copy.
		stale := f
		page, _ := f.Release.Def.Form.Page("child-name")
		_, err = r.service().Save(context.Background(), f, page, map[string]any{"child_name": "Alya"}, nil, 0)
		r.must(err)
		_, err = r.service().Save(context.Background(), stale, page, map[string]any{"child_name": "Old"}, nil, 0)
		r.code(err, fault.Conflict)
	})
}

func TestDraftGoesOnElsewhere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.filled("m0", "Nur Imani")
		delete(r.jars, "m0/") // another device: another session
		page := r.gets(200, "m0", "GET", applyPath+"/child-name", nil)
		if !strings.Contains(page.body, `value="Nur Imani"`) {
			t.Fatal("what was typed elsewhere is not there")
		}
		again, err := r.service().Start(context.Background(), citizen("m0"), birth)
		r.must(err)
		r.wants("draft", again.Draft.ID, f.Draft.ID)
	})
}

func TestAnswersOfUnreachedPagesDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rec, err := r.apply("m0", birth, "k", map[string]any{"child_name": "Nur Imani", "late_reason": "Ibu sakit tenat.", "name_father": "joint",
			"father_name": "A Stranger", "child_sex": "male", "__proto__": map[string]any{"admin": true}, "mother.name": "Somebody Else",
			"facts": map[string]any{"mother.citizenship": "citizen"}, "state": "issued", "unknown": 1.5})
		r.must(err)
		want := []string{"__proto__", "child_sex", "facts", "father_name", "late_reason", "mother.name", "name_father", "state", "unknown"}
		r.wants("ignored", rec.Ignored, want)
		var answers string
		r.read(func(tx *db.Tx) error {
			return tx.QueryRow(`select answers from service_application where ref=$1`, rec.Ref).Scan(&answers)
		})
		r.wants("answers kept", answers, `{"child_name":"Nur Imani"}`)
		r.wants("sex in the register", r.count(`select count(*) from register_person where name='Nur Imani' and sex='female'`), 1)
	})
}

// Before an officer has decided, too, only what the route reached is there.
func TestAnOfficerSeesOnlyWhatCounts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rec, err := r.apply("m2", birth, "k", map[string]any{"child_name": "Nur Imani", "child_sex": "male"})
		r.must(err)
		r.wants("state", rec.State, casework.Checking)
		r.wants("answers kept", r.text(`select answers from service_application where ref=$1`, rec.Ref), `{"child_name":"Nur Imani"}`)
	})
}

func TestNoPageIsSkippedByItsAddress(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.gets(303, "m3", "GET", applyPath, nil)
		held := applyPath + "/held"
		for _, page := range []string{"child-name", "birth-date", "birth-sex", "review"} {
			got := r.gets(303, "m3", "GET", applyPath+"/"+page, nil)
			r.wants("shown "+page, got.Header.Get("Location"), held)
		}
		got := r.gets(303, "m3", "POST", applyPath+"/child-name", url.Values{"child_name": {"Nur Imani"}})
		r.wants("saved before the facts were seen", got.Header.Get("Location"), held)
		r.gets(303, "m3", "POST", held, url.Values{})
		got = r.gets(303, "m3", "POST", applyPath+"/birth-sex", url.Values{"child_sex": {"male"}})
		r.wants("saved before it was reached", got.Header.Get("Location"), applyPath+"/child-name")
		f, err := r.service().Open(context.Background(), citizen("m3"), birth)
		r.must(err)
		r.wants("answers", f.Draft.Answers, map[string]any{})
		got = r.gets(303, "m3", "POST", applyPath+"/review", url.Values{"draft": {f.Draft.ID}})
		r.wants("sent before it was filled in", got.Header.Get("Location"), applyPath+"/child-name")
		r.gets(404, "m3", "GET", applyPath+"/no-such-page", nil)
		// An address of the form also cannot bring another page's answers.
		r.gets(303, "m3", "POST", applyPath+"/child-name", url.Values{"child_name": {"Nur Imani"}, "child_sex": {"male"}, "held_seen": {"true"}})
		f, err = r.service().Open(context.Background(), citizen("m3"), birth)
		r.must(err)
		r.wants("answers", f.Draft.Answers, map[string]any{"child_name": "Nur Imani"})
	})
}

// Who has not been shown what the state holds has confirmed nothing.
func TestNothingIsSentUnseen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		f, err := r.service().Start(ctx, citizen("m0"), birth)
		r.must(err)
		page, _ := f.Release.Def.Form.Page("child-name")
		f, err = r.service().Save(ctx, f, page, map[string]any{"child_name": "Nur Imani"}, nil, 0)
		r.must(err)
		got := r.gets(303, "m0", "POST", applyPath+"/review", url.Values{"draft": {f.Draft.ID}})
		r.wants("leads to", got.Header.Get("Location"), applyPath+"/held")
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)
	})
}

func (r *rig) correct(person, field string, value any) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		_, err := r.register.Correct(tx, register.Correction{Person: person, Field: field, Value: value, By: journal.By{Agency: "jpn"},
			Case: "BLH-TEST", Why: locale.Same("test")})
		return err
	})
}

func TestFactsAreReadAgainWhenSent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.filled("m0", "Nur Imani")
		r.correct("m0", "birth_notice.weight_g", int64(3333))
		rec, err := r.service().Send(context.Background(), citizen("m0"), f.Draft.ID)
		r.must(err)
		r.wants("weight", r.count(`select weight_g from register_birth where case_ref=$1`, rec.Ref), 3333)
		r.wants("use of the new version", r.count(`select count(*) from register_use where case_ref=$1 and field='birth_notice.weight_g' and version=2`, rec.Ref), 1)
	})
}

func TestOneAtATime(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		name := map[string]any{"child_name": "Nur Imani", "late_reason": "Ibu sakit."}
		rec := r.born("m1")
		_, err := r.apply("m1", birth, "second", name)
		if e := r.code(err, fault.Conflict); e.Key != "service.error.already_sent" || !slices.Contains(e.Args, any(rec.Ref)) {
			t.Fatal(e)
		}
		_, err = r.apply("f1", birth, "father", name)
		if e := r.code(err, fault.Conflict); e.Key != "service.error.already_open" || strings.Contains(fmt.Sprint(e.Args), rec.Ref) {
			t.Fatal(e, "the husband is told no reference of hers")
		}
		r.act(citizen("m1"), rec.Ref, casework.Withdraw, map[string]any{"reason": "Silap."})
		second, err := r.apply("m1", birth, "third", name)
		r.must(err)
		r.refuse(second.Ref)
		third, err := r.apply("m1", birth, "fourth", name)
		r.must(err)
		r.approve(third.Ref)
		_, err = r.apply("m1", birth, "fifth", name)
		r.code(err, fault.Invalid) // the notice is used: this would be another birth, of which nothing is told
	})
}

// Two births at home are two things to apply for; the same one is one.
func TestBirthsAtHomeAreEachTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		home := func(name, day string) error {
			s := r.submission("m3", birth, "home"+name+day, map[string]any{"child_name": name, "born_on": day, "birth_state": "MY-03",
				"birth_place": "Kampung Laut", "child_sex": "male"})
			s.Files = map[string][]service.File{"birth_statement": {{Name: "a.pdf", Type: "application/pdf", SHA: "00", Size: 1}}}
			_, err := r.service().Submit(context.Background(), s)
			return err
		}
		r.must(home("Adam", "2026-11-18"))
		r.code(home("ADAM", "2026-11-18"), fault.Conflict)
		r.must(home("Hawa", "2026-11-18")) // a twin
		r.must(home("Nuh", "2026-10-30"))
	})
}

func TestStopsAreSaidInWords(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		path := "/api/v1/services/" + aid + "/applications"
		got := r.gets(422, "m0", "POST", path, map[string]any{"answers": map[string]any{"pay_to": "held"}}, "Idempotency-Key", "k")
		if out := got.json(t); out["code"] != "invalid" || !strings.Contains(out["detail"].(string), "no child of yours without this aid") {
			t.Fatal(got.body)
		}
		r.wants("cases", r.count(`select count(*) from casework_case`), 0)
		got = r.gets(422, "m3", "POST", "/api/v1/services/"+birth+"/applications", map[string]any{"answers": map[string]any{}}, "Idempotency-Key", "k")
		if out := got.json(t); !strings.Contains(fmt.Sprint(out["errors"]), "answers.child_name") {
			t.Fatal(got.body)
		}
		got = r.gets(422, "m3", "POST", "/api/v1/services/"+birth+"/applications", map[string]any{"answers": map[string]any{"child_name": "N"}})
		if !strings.Contains(got.body, "Idempotency-Key") {
			t.Fatal(got.body)
		}
	})
}
