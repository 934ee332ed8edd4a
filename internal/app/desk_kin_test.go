package app

import (
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// kin has an officer, f9, at the registration desk of Kelantan who is the
// father of m1.
func (r *rig) kin() (who string) {
	r.write(func(tx *db.Tx) error {
		if _, err := tx.Exec(`update directory_holding set person='f9' where person='dad-officer'`); err != nil {
			return err
		}
		_, err := tx.Exec(`update register_person set father='f9' where id='m1'`)
		return err
	})
	r.write(func(tx *db.Tx) (err error) {
		r.jars["f9/f9-post"], err = r.sessions.StartTx(tx, actor.Start{Person: "f9", Name: "f9", Post: "dad-officer-post", Method: "test", AAL: 2})
		return err
	})
	return "f9/f9"
}

// An officer whose kin a case concerns sees nothing of it and does nothing in
// it, by any route that names a case: new ones are tried as they come.
func TestKinSeesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		who := r.kin()
		ref, other := r.born("m1").Ref, r.born("m2").Ref
		act := ""
		r.read(func(tx *db.Tx) error {
			acts, err := r.cases.Acts(tx, ref)
			act = acts[0].ID
			return err
		})
		was := r.get(ref).Version
		tried := 0
		for _, route := range r.router.Routes() {
			if !strings.Contains(route.Pattern, "{ref}") {
				continue
			}
			tried++
			path := strings.NewReplacer("{ref}", ref, "{file}", "proof_of_birth.0").Replace(route.Pattern)
			got := r.ask(who, route.Method, path+"?act="+act, map[string]any{"version": was, "finding": "in_order", "verdict": "approve",
				"reasons": "x", "text": "x", "question": "x", "due_in_days": 3, "reason": "x", "grounds": "x", "receipt": "x", "cents": 5000,
				"to": "rahman", "note": "x", "correction": map[string]any{"child_name": "X"}, "level": 1})
			for _, secret := range []string{"Imani", "Ibu sakit", "Ramli", "940312"} {
				if strings.Contains(got.body, secret) {
					t.Errorf("%s %s tells %q to the applicant's kin", route.Method, route.Pattern, secret)
				}
			}
			if route.Method != "GET" && got.StatusCode < 400 {
				t.Errorf("%s %s: %d for the applicant's kin", route.Method, route.Pattern, got.StatusCode)
			}
		}
		if tried < 30 || r.get(ref).Version != was {
			t.Errorf("%d routes tried, version %d was %d", tried, r.get(ref).Version, was)
		}
		page := r.gets(200, who, "GET", "/desk/"+ref, nil).body
		for _, has := range []string{"You are related to a person in this case", "Who can take it", "salmah"} {
			if !strings.Contains(page, has) {
				t.Errorf("the page lacks %q", has)
			}
		}
		if n := r.count(`select count(*) from journal_look where person = 'f9' and case_ref = $1`, ref); n != 0 {
			t.Errorf("%d looks of what was not shown", n)
		}
		r.gets(200, who, "GET", "/api/v1/cases/"+other, nil) // a stranger's case is their work
		a := r.officer("salmah")
		a.Person, a.Post = "f9", "dad-officer-post"
		_, err := r.try(a, ref, casework.Check, map[string]any{"finding": "in_order"})
		if e := r.code(err, fault.Denied); e.Key != "casework.fault.related" {
			t.Errorf("refused for %s", e.Key)
		}
	})
}

// Who says that they know somebody in a case is out of it, and of its appeal;
// the others go on, and the applicant can read that it happened.
func TestDeclaredConflict(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		r.gets(200, "salmah/x", "GET", "/desk/"+ref, nil)
		r.gets(200, "salmah/x", "POST", "/api/v1/cases/"+ref+"/recuse", map[string]any{"version": r.get(ref).Version})
		r.gets(403, "salmah/x", "GET", "/api/v1/cases/"+ref, nil)
		r.gets(403, "salmah/x", "GET", "/case/"+ref+"/receipt.json", nil)
		page := r.gets(200, "salmah/x", "GET", "/desk/"+ref, nil).body
		if strings.Contains(page, "Imani") || !strings.Contains(page, "You have declared a conflict") || !strings.Contains(page, "dad-officer") {
			t.Error("the page shows the case, or not why it does not")
		}
		r.act(r.officer("dad-officer"), ref, casework.Check, map[string]any{"finding": "in_order"})
		r.act(r.officer("rahman"), ref, casework.Decide, map[string]any{"verdict": "refuse", "reasons": "x"})
		c := r.act(citizen("m1"), ref, casework.Appeal, map[string]any{"grounds": "x"})
		r.read(func(tx *db.Tx) error {
			appeal, err := r.cases.Get(tx, c.Appeal)
			if err != nil {
				return err
			}
			why, err := r.cases.Interest(tx, "salmah", appeal)
			r.wants("interest in the appeal", why, casework.Declared)
			return err
		})
		if s := r.gets(200, "m1", "GET", "/case/"+ref, nil).body; !strings.Contains(s, "because of a conflict of interest") {
			t.Error("the applicant is not told")
		}
	})
}

// Who declared a conflict by mistake takes their own declaration back, with a
// reason that the applicant reads; nobody takes back another's.
func TestConflictTakenBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		asks := func(who, act, reason string) int {
			t.Helper()
			return r.ask(who, "POST", "/api/v1/cases/"+ref+"/"+act, map[string]any{"version": r.get(ref).Version, "reason": reason}).StatusCode
		}
		r.wants("nothing was declared", asks("salmah/x", "rejoin", "x"), 403)
		r.wants("declares", asks("salmah/x", "recuse", "Jiran saya."), 200)
		r.wants("another's declaration", asks("dad-officer/x", "rejoin", "x"), 403)
		r.wants("the applicant", asks("m1", "rejoin", "x"), 403)
		r.wants("without a reason", asks("salmah/x", "rejoin", " "), 422)
		page := r.gets(200, "salmah/x", "GET", "/desk/"+ref, nil).body
		if strings.Contains(page, "Imani") || !strings.Contains(page, `action="/desk/`+ref+`/rejoin"`) {
			t.Error("the page shows the case, or no way back")
		}
		r.wants("with a reason", asks("salmah/x", "rejoin", "Saya membuka kes yang salah."), 200)
		if s := r.gets(200, "salmah/x", "GET", "/desk/"+ref, nil).body; !strings.Contains(s, "Imani") || strings.Contains(s, "/rejoin") {
			t.Error("the case is not hers again")
		}
		s := r.gets(200, "m1", "GET", "/case/"+ref, nil).body
		for _, has := range []string{"Jiran saya.", "made by mistake", "Saya membuka kes yang salah."} {
			if !strings.Contains(s, has) {
				t.Errorf("the applicant does not read %q", has)
			}
		}
		r.wants("twice", asks("salmah/x", "rejoin", "x"), 403)
		r.act(r.officer("salmah"), ref, casework.Check, map[string]any{"finding": "in_order"})
	})
}
