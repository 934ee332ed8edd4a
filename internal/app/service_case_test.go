package app

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

func itoa(n int) string { return strconv.Itoa(n) }

// check has the fee paid and brings the case before who decides.
func (r *rig) check(ref string) {
	r.t.Helper()
	if c := r.get(ref); c.FeeCents > 0 && c.FeeReceipt == "" {
		r.act(r.officer("salmah"), ref, casework.Fee, map[string]any{"receipt": "R-1", "cents": c.FeeCents})
	}
	r.act(r.officer("salmah"), ref, casework.Check, map[string]any{"finding": "in_order"})
}

func (r *rig) approve(ref string) casework.Case {
	r.t.Helper()
	r.check(ref)
	return r.act(r.officer("rahman"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
}

func (r *rig) refuse(ref string) casework.Case {
	r.t.Helper()
	r.check(ref)
	return r.act(r.officer("rahman"), ref, casework.Decide, map[string]any{"verdict": "refuse", "reasons": "Tidak lengkap."})
}

// paper is the certificate of a case.
func (r *rig) paper(ref string) (p service.Issued) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { p, _, err = papers{r.Hall}.OfCase(tx, ref); return err })
	return p
}

func (r *rig) kinds(ref string) (out []string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		acts, err := r.cases.Acts(tx, ref)
		for _, a := range acts {
			out = append(out, a.Kind)
		}
		return err
	})
	return out
}

func TestAutomaticYes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rec := r.born("m0")
		if rec.State != casework.Approved {
			t.Fatal(rec)
		}
		r.drain()
		r.state(rec.Ref, casework.Issued)
		r.wants("acts", r.kinds(rec.Ref), []string{"receive", "decide", "issue"})
		r.wants("notices", r.inbox("m0"), []string{"issue", "offer", "receive"})
		// Whatever runs once more, nothing is made twice.
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update outbox_job set state='available', attempt=0 where state='completed' and (kind='certificate.render' or event='service.granted')`)
			return err
		})
		r.drain()
		r.wants("births", r.count(`select count(*) from register_birth where status='registered'`), 1)
		r.wants("children", r.count(`select count(*) from register_person where name='Nur Imani'`), 1)
		r.wants("certificates", r.count(`select count(*) from certificate_certificate`), 1)
		r.wants("offers", r.count(`select count(*) from service_offer`), 1)
		r.wants("acts again", r.kinds(rec.Ref), []string{"receive", "decide", "issue"})
		r.wants("notices again", r.inbox("m0"), []string{"issue", "offer", "receive"})
	})
}

// A program that confirms nothing gets an officer, and reads why.
func TestUnconfirmedFactsGoToAnOfficer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		s := r.submission("m0", birth, "k", map[string]any{"child_name": "Nur Imani"})
		s.Accepted = []string{}
		rec, err := r.service().Submit(context.Background(), s)
		r.must(err)
		r.wants("state", rec.State, casework.Checking)
		r.read(func(tx *db.Tx) error {
			content, err := r.service().Content(tx, actor.System("jpn"), r.get(rec.Ref))
			held := true
			for _, rule := range content.Trace {
				held = held && (rule.Held || rule.Step)
			}
			if held {
				t.Error("the trace says nothing of what was not confirmed")
			}
			return err
		})
	})
}

func TestLateBirth(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		c := r.state(ref, casework.Checking)
		if c.FeeCents != 5000 || c.DueAt == 0 || c.Automatic {
			t.Fatalf("%+v", c)
		}
		r.act(r.officer("salmah"), ref, casework.Check, map[string]any{"finding": "in_order"})
		_, err := r.try(r.officer("rahman"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
		r.code(err, fault.Conflict) // not paid
		_, err = r.try(r.officer("salmah"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
		r.code(err, fault.Denied)
		r.act(r.officer("salmah"), ref, casework.Fee, map[string]any{"receipt": "R-1", "cents": 5000})
		r.act(r.officer("rahman"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Lengkap."})
		r.drain()
		r.state(ref, casework.Issued)
		if p := r.paper(ref); !p.Ready || p.State != "issued" {
			t.Fatalf("%+v", p)
		}
		r.wants("notices", r.inbox("m1"), []string{"approved", "issue", "offer", "receive"})
	})
}

func TestAppeal(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		r.refuse(ref)
		appeal := r.gets(201, "m1", "POST", "/api/v1/cases/"+ref+"/appeal", obj{"grounds": "Surat hospital ada.", "version": r.get(ref).Version}).json(t)["ref"].(string)
		got := r.gets(200, "m1", "GET", "/case/"+appeal, nil)
		if !strings.Contains(got.body, "Nur Imani") {
			t.Error("the appeal does not show what it is about")
		}
		r.act(r.officer("ruhana"), appeal, casework.Ask, map[string]any{"question": "Bila?", "due_in_days": 5})
		r.gets(303, "m1", "POST", "/case/"+appeal+"/reply", &post{values: url.Values{"text": {"Semalam."}, "version": {itoa(r.get(appeal).Version)}},
			files: []upload{{"birth_statement", "surat.pdf", []byte("%PDF-1.4\n%%EOF")}}})
		r.act(r.officer("ruhana"), appeal, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Terbukti."})
		r.drain()
		r.state(ref, casework.Issued)
		r.state(appeal, casework.Closed)
		r.wants("births", r.count(`select count(*) from register_birth where case_ref=$1`, ref), 1)
		keys := r.inbox("m1")
		if !slices.Contains(keys, "overturn") || !slices.Contains(keys, "issue") {
			t.Error(keys)
		}
	})
}

// After a refusal the person may have applied anew and have been registered:
// then the appeal cannot make a second birth, and says why.
func TestAppealAfterAnotherYes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		r.refuse(ref)
		appeal := r.act(citizen("m1"), ref, casework.Appeal, map[string]any{"grounds": "Surat hospital ada."}).Appeal
		r.approve(r.born("m1").Ref)
		_, err := r.try(r.officer("ruhana"), appeal, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Terbukti."})
		if e := r.code(err, fault.Conflict); e.Key != "service.error.already_open" {
			t.Fatal(e)
		}
		r.state(ref, casework.Refused)
	})
}

func TestRevoked(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m0").Ref
		r.drain()
		code := r.paper(ref).Code
		r.act(r.officer("rahman"), ref, casework.Revoke, map[string]any{"reason": "Bukan ibu kanak-kanak ini."})
		r.drain()
		r.wants("certificate", r.paper(ref).State, "revoked")
		r.wants("entry", r.count(`select count(*) from register_birth where case_ref=$1 and status='void'`, ref), 1)
		if got := r.gets(200, "", "GET", "/api/v1/verify/"+code, nil).json(t); got["state"] != "revoked" {
			t.Error(got)
		}
		r.wants("offers still open", r.count(`select count(*) from service_offer where state='open'`), 0)
		if keys := r.inbox("m0"); !slices.Contains(keys, "revoke") {
			t.Error(keys)
		}
		again := r.born("m0")
		r.drain()
		r.state(again.Ref, casework.Issued)
		r.wants("offers open again", r.count(`select count(*) from service_offer where state='open'`), 1)
	})
}

// sampled registers births until one is drawn for the audit.
func (r *rig) sampled() (ref, person string) {
	r.t.Helper()
	for i := 4; i < mothers; i++ {
		person = "m" + itoa(i)
		ref = r.born(person).Ref
		if c := r.get(ref); c.Audit == casework.AuditOpen {
			r.drain()
			return ref, person
		}
	}
	r.t.Fatal("none of the decisions was sampled")
	return "", ""
}

func TestSampledAuditInOrder(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref, person := r.sampled()
		if got := r.gets(200, "salmah/post", "GET", "/api/v1/cases/"+ref, nil).json(t); got["audit"] != "open" {
			t.Fatal(got)
		}
		before := r.inbox(person)
		r.act(r.officer("salmah"), ref, casework.AuditFind, map[string]any{"finding": "in_order"})
		r.drain()
		r.wants("audit", r.get(ref).Audit, casework.AuditInOrder)
		r.wants("state", r.get(ref).State, casework.Issued)
		r.wants("notices", r.inbox(person), before)
	})
}

func TestSampledAuditWrong(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref, person := r.sampled()
		old := r.paper(ref)
		born := r.facts(person, register.PathBirth)
		number := r.text(`select number from register_birth where case_ref=$1 and status='registered'`, ref)
		r.act(r.officer("salmah"), ref, casework.AuditFind, map[string]any{"finding": "wrong", "note": "Nama.", "correction": map[string]any{"child_name": "Nur Iman"}})
		_, err := r.try(r.officer("rahman"), ref, casework.Correct, map[string]any{"reasons": "Salah.", "correction": map[string]any{"chidl_name": "Nur Iman"}})
		r.code(err, fault.Invalid) // a correction of nothing corrects nothing
		r.act(r.officer("rahman"), ref, casework.Correct, map[string]any{"reasons": "Nama salah eja.", "correction": map[string]any{"child_name": "Nur Iman"}})
		r.drain()
		r.state(ref, casework.Issued)
		now := r.paper(ref)
		if now.Code == old.Code || now.State != "issued" || !now.Ready {
			t.Fatalf("%+v after %+v", now, old)
		}
		if got := r.gets(200, "", "GET", "/api/v1/verify/"+old.Code, nil).json(t); got["state"] != "revoked" && got["state"] != "replaced" {
			t.Error(got)
		}
		after := r.facts(person, register.PathBirth)
		r.wants("name", after["child.name"], "Nur Iman")
		// The child keeps the number that was given at birth, and the entry its own.
		r.wants("child's number", after["child.id_number"], born["child.id_number"])
		r.wants("entry's number", r.text(`select number from register_birth where case_ref=$1 and status='registered'`, ref), number)
		r.wants("births", r.count(`select count(*) from register_birth where status='registered' and case_ref=$1`, ref), 1)
		r.wants("notice", r.count(`select count(*) from register_birth_notice where mother=$1 and status='open'`, person), 0)
		r.wants("household", r.count(`select members from register_household where id=$1`, "home"+person[1:]), 3)
		if keys := r.inbox(person); !slices.Contains(keys, "correct") {
			t.Error(keys)
		}
	})
}

func (r *rig) text(query string, args ...any) (s string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error { return tx.QueryRow(query, args...).Scan(&s) })
	return s
}

func TestReply(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		r.act(r.officer("salmah"), ref, casework.Ask, map[string]any{"question": "Nama penuh?", "due_in_days": 5})
		r.drain()
		path := "/api/v1/cases/" + ref + "/reply"
		version := r.get(ref).Version
		pdf := map[string]any{"birth_statement": []any{map[string]any{"name": "../../etc/surat.pdf", "base64": []byte("%PDF-1.4\n%%EOF")}}}
		r.gets(409, "m1", "POST", path, map[string]any{"version": version - 1, "text": "x"})
		r.gets(422, "m1", "POST", path, map[string]any{"version": version, "answers": map[string]any{"child_name": 7}})
		r.gets(200, "m1", "POST", path, map[string]any{"version": version, "text": "Ini.", "files": pdf,
			"answers": map[string]any{"child_name": "Nur Imani Sofea", "father_name": "A Stranger", "__proto__": "x"}})
		r.state(ref, casework.Checking)
		r.read(func(tx *db.Tx) error {
			content, err := r.service().Content(tx, actor.System("jpn"), r.get(ref))
			answers := content.Sections[0].Rows
			r.wants("answers", len(answers), 2)
			r.wants("name", answers[0].Answer.EN, "Nur Imani Sofea")
			r.wants("files", len(content.Files), 1)
			r.wants("file's name", content.Files[0].Name, "surat.pdf")
			return err
		})
		got := r.gets(200, "salmah/post", "GET", "/case/"+ref+"/file/birth_statement.0", nil)
		if got.Header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
			t.Error(got.Header)
		}
		r.gets(404, "m1", "GET", "/case/"+ref+"/file/birth_statement.1", nil)
		r.gets(404, "m1", "GET", "/case/"+ref+"/file/birth_statement.-1", nil)
		r.approve(ref)
		r.wants("in the register", r.count(`select count(*) from register_person where name='Nur Imani Sofea'`), 1)
	})
}

// disputed opens the case about a held value.
func (r *rig) disputed(f service.Filling, field, claimed string) (service.Filling, string) {
	r.t.Helper()
	f, err := r.service().Dispute(context.Background(), citizen(f.Draft.Person), f, field, claimed, "Salah.")
	r.must(err)
	return f, f.Draft.Disputed[len(f.Draft.Disputed)-1].Ref
}

func TestDispute(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.filled("m0", "Nur Imani")
		ctx := context.Background()
		_, err := r.service().Dispute(ctx, citizen("m0"), f, "birth_notice.weight_g", "banyak", "")
		r.code(err, fault.Invalid)
		_, err = r.service().Dispute(ctx, citizen("m0"), f, "birth_notice.sex", "robot", "")
		r.code(err, fault.Invalid)
		_, err = r.service().Dispute(ctx, citizen("m0"), f, "birth_notice.number", "HN-m1", "")
		r.code(err, fault.Missing) // it is not for the person to say
		f, err = r.service().Dispute(ctx, citizen("m0"), f, "birth_notice.weight_g", "3 333", "")
		r.must(err)
		_, err = r.service().Dispute(ctx, citizen("m0"), f, "birth_notice.weight_g", "3444", "")
		r.code(err, fault.Conflict) // once
		weight := f.Draft.Disputed[0].Ref
		f, err = r.service().Dispute(ctx, citizen("m0"), f, "birth_notice.sex", "male", "")
		r.must(err)
		sex := f.Draft.Disputed[1].Ref
		r.act(r.officer("ward"), weight, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul."})
		r.wants("weight in the register", r.count(`select weight_g from register_birth_notice where number='HN-m0' and version=2`), 3333)
		r.state(weight, casework.Closed)

		rec, err := r.service().Send(ctx, citizen("m0"), f.Draft.ID)
		r.must(err)
		r.wants("a material dispute goes to an officer", rec.State, casework.Checking)
		// The owner finds for her after it was sent: the decision is about the
		// value that is right now, not the one that she said was wrong.
		r.act(r.officer("ward"), sex, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul."})
		r.approve(rec.Ref)
		r.drain()
		r.wants("sex of the child", r.text(`select sex from register_person where name='Nur Imani'`), "male")
		r.wants("a later look at the case", r.get(rec.Ref).State, casework.Issued)
	})
}

// A dispute that was settled before sending stands in nobody's way.
func TestSettledDispute(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f, ref := r.disputed(r.filled("m0", "Nur Imani"), "birth_notice.sex", "male")
		r.act(r.officer("ward"), ref, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul."})
		rec, err := r.service().Send(context.Background(), citizen("m0"), f.Draft.ID)
		r.must(err)
		r.wants("state", rec.State, casework.Approved)
		r.wants("sex of the child", r.text(`select sex from register_person where name='Nur Imani'`), "male")
	})
}

// A register that was wrong tells whoever used it: a yes goes to an officer
// again, who may leave it or correct it.
func TestCorrectedRegisterTellsWhoUsedIt(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.born("m0")
		r.drain()
		offer := r.gets(200, "m0", "GET", "/api/v1/me/offers", nil).json(t)["offers"].([]any)[0].(map[string]any)["id"].(string)
		aided := r.gets(201, "m0", "POST", "/api/v1/me/offers/"+offer+"/accept", map[string]any{"answers": map[string]any{"pay_to": "held"}}).json(t)["ref"].(string)
		r.drain()
		before := r.get(aided)
		claim := map[string]any{"field": "household.monthly_income_cents", "claimed": "9000", "reason": "Gaji saya naik."}
		r.gets(422, "m0", "POST", "/api/v1/me/disputes", map[string]any{"field": "household.monthly_income_cents", "claimed": "banyak"})
		r.gets(404, "m0", "POST", "/api/v1/me/disputes", map[string]any{"field": "mother.name", "claimed": "Lain"})
		dispute := r.gets(201, "m0", "POST", "/api/v1/me/disputes", claim).json(t)["ref"].(string)
		r.gets(409, "m0", "POST", "/api/v1/me/disputes", claim)
		page := r.gets(200, "m0", "GET", "/me/held", nil).body
		if !strings.Contains(page, "Kept under: National Registration Act 1959 (Act 78)") || strings.Contains(page, "Kept under: .") {
			t.Error("a register does not say under which law it is kept")
		}
		if !strings.Contains(page, dispute) || strings.Contains(page, "/me/held/wrong/household.monthly_income_cents") {
			t.Error("the open dispute does not stand beside the value")
		}
		r.wants("due", r.get(dispute).BudgetDays, 5)
		r.act(r.officer("means"), dispute, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Slip gaji disemak."})
		r.drain()
		c := r.get(aided)
		r.wants("audit", c.Audit, casework.AuditOpen)
		r.wants("whose audit", c.AuditRole, before.Plan[0].Role)
		r.wants("acts", c.Version, before.Version+1)
		if told := r.lastAct(aided); told.Kind != casework.Told || told.Data["dispute"] != dispute {
			t.Errorf("last act %+v", told)
		}
		r.wants("messages", r.count(`select count(*) from notify_message where text_key='service.notice.told' and case_ref=$1`, aided), 1)
		_, wrong, err := r.cases.VerifyDeadlines(context.Background())
		r.must(err)
		if len(wrong) > 0 {
			t.Errorf("deadlines that do not follow from the acts: %+v", wrong)
		}
	})
}

// An application that nobody has decided goes on with the right value.
func TestCorrectedRegisterInAnOpenCase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref // an officer's case
		dispute := r.gets(201, "m1", "POST", "/api/v1/me/disputes", map[string]any{"field": "applicant.name", "claimed": "Ibu Satu binti Betul"}).json(t)["ref"].(string)
		r.act(r.officer("records"), dispute, casework.Decide, map[string]any{"verdict": "approve", "reasons": "Betul."})
		r.read(func(tx *db.Tx) error {
			content, err := r.service().Content(tx, actor.System("jpn"), r.get(ref))
			found := false
			for _, s := range content.Sections {
				for _, row := range s.Rows {
					found = found || row.Field == "mother.name" && row.Fact.MS == "Ibu Satu binti Betul"
				}
			}
			if !found {
				t.Error("the case still shows the old name")
			}
			return err
		})
		c := r.get(ref)
		r.wants("audit", c.Audit, "")
		r.wants("state", c.State, casework.Checking)
	})
}

func TestOffer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.born("m0")
		r.drain()
		list := r.gets(200, "m0", "GET", "/api/v1/me/offers", nil).json(t)["offers"].([]any)
		if len(list) != 1 {
			t.Fatal(list)
		}
		offer := list[0].(map[string]any)["id"].(string)
		path := "/api/v1/me/offers/" + offer + "/accept"
		r.gets(404, "m4", "POST", path, map[string]any{})
		r.gets(404, "m4", "GET", "/offer/"+offer, nil)
		r.gets(404, "m4", "POST", "/offer/"+offer, url.Values{"pay_to": {"held"}})
		r.gets(404, "m0", "GET", "/offer/no-such-offer", nil)
		r.gets(200, "m0", "GET", "/offer/"+offer, nil)
		first := r.gets(201, "m0", "POST", path, map[string]any{"answers": map[string]any{"pay_to": "held"}}).json(t)
		r.wants("state", first["state"], "approved")
		again := r.gets(201, "m0", "POST", path, map[string]any{"answers": map[string]any{"pay_to": "held"}}).json(t)
		r.wants("accepted twice", again["ref"], first["ref"])
		r.wants("aids", r.count(`select count(*) from register_aid`), 1)
		r.wants("offers left", r.count(`select count(*) from service_offer where state='open'`), 0)
		got := r.gets(303, "m0", "GET", "/offer/"+offer, nil)
		r.wants("an accepted offer leads to", got.Header.Get("Location"), "/case/"+first["ref"].(string))
	})
}

// What the offered service's own rules stop is not offered.
func TestNoOfferWhereTheRulesStopIt(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			return r.outbox.Emit(tx, "service.granted", map[string]string{"ref": "BLH-X", "person": "m0", "service": aid})
		})
		r.drain() // m0 has no child yet
		r.wants("offers", r.count(`select count(*) from service_offer`), 0)
	})
}

func TestRating(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m0").Ref
		path := "/api/v1/cases/" + ref + "/rating"
		for _, level := range []any{0, 6, -1, "5", 2.5} {
			r.gets(422, "m0", "POST", path, map[string]any{"level": level})
		}
		r.gets(422, "m0", "POST", "/case/"+ref+"/rate", url.Values{"level": {"9"}})
		r.gets(404, "m4", "POST", path, map[string]any{"level": 5})
		r.gets(200, "m0", "POST", path, map[string]any{"level": 2, "text": " \u0000\n\t "})
		r.wants("an empty comment", r.text(`select text from service_rating where ref=$1`, ref), "")
		r.gets(200, "m0", "POST", path, map[string]any{"level": 5, "text": "  Cepat.\u0007 "})
		r.wants("ratings", r.count(`select count(*) from service_rating`), 1)
		r.wants("comment", r.text(`select text from service_rating where level=5`), "Cepat.")
	})
}

func TestStalePageSaysWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		version := r.get(ref).Version
		r.act(r.officer("salmah"), ref, casework.Check, map[string]any{"finding": "in_order"})
		got := r.gets(409, "m1", "POST", "/api/v1/cases/"+ref+"/withdraw", map[string]any{"version": version})
		say := casework.Say(r.texts.For("en"), r.lastAct(ref))
		if out := got.json(t); out["code"] != "conflict" || !strings.Contains(out["detail"].(string), say) {
			t.Fatalf("%s does not say %q", got.body, say)
		}
		page := r.gets(409, "m1", "POST", "/case/"+ref+"/withdraw", url.Values{"version": {itoa(version)}, "text": {"Silap."}})
		if !strings.Contains(page.body, "Silap.") || !strings.Contains(page.body, say) {
			t.Error("the page lost what was typed, or says nothing of what changed")
		}
	})
}

func (r *rig) lastAct(ref string) (a casework.Act) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		acts, err := r.cases.Acts(tx, ref)
		a = acts[len(acts)-1]
		return err
	})
	return a
}

func TestLooks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		looks := func(person string) int {
			n := 0
			for _, l := range r.gets(200, person, "GET", "/api/v1/me/looks?limit=200", nil).json(t)["looks"].([]any) {
				if l.(map[string]any)["kind"] == "look" {
					n++
				}
			}
			return n
		}
		for range 3 {
			r.gets(200, "m1", "GET", "/api/v1/cases/"+ref, nil)
		}
		r.wants("her own", looks("m1"), 0)
		for range 3 {
			r.gets(200, "salmah/post", "GET", "/api/v1/cases/"+ref, nil)
			r.gets(200, "salmah/post", "GET", "/case/"+ref+"/receipt.json", nil)
		}
		r.wants("an officer's", looks("m1"), 1)
		r.wants("the husband's list", looks("f1"), 1) // the case is about him too
		// A receipt alone is a look as well.
		r.gets(200, "rahman/post", "GET", "/case/"+ref+"/receipt.json", nil)
		r.wants("another officer's", looks("m1"), 2)
		r.wants("a stranger's list", looks("m4"), 0)
	})
}

func TestReceipts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m0").Ref
		proof := "/case/" + ref + "/receipt.tlog-proof"
		got := r.gets(503, "m0", "GET", proof, nil)
		r.wants("Retry-After", got.Header.Get("Retry-After"), "1")
		_, err := r.journal.Sequence(context.Background())
		r.must(err)
		if got := r.gets(200, "m0", "GET", proof, nil); !strings.HasPrefix(got.body, "c2sp.org/tlog-proof") {
			t.Errorf("%.80s", got.body)
		}
		r.gets(404, "m0", "GET", proof+"?act=no-such-act", nil)
		other := r.born("m4").Ref
		r.gets(404, "m0", "GET", proof+"?act="+r.lastAct(other).ID, nil)
		record := "/case/" + ref + "/receipt.json"
		if got := r.gets(200, "m0", "GET", record, nil); !strings.Contains(got.body, "salt") {
			t.Error(got.body)
		}
		r.gets(404, "m4", "GET", record, nil)
		r.gets(200, "salmah/post", "GET", record, nil)
		r.gets(404, "ward/post", "GET", record, nil)
		if got := r.ask("", "GET", record, nil); got.StatusCode == 200 {
			t.Error("anybody reads the record")
		}
	})
}

// To somebody who may not know of it, what is there is not there.
func TestNothingOfAnotherPerson(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ref := r.born("m1").Ref
		f := r.filled("m0", "Nur Imani")
		r.drain()
		var message, leaf string
		r.read(func(tx *db.Tx) error {
			items, err := r.notify.Inbox(tx, "m1", 10)
			message, leaf = items[0].ID, r.lastAct(ref).Leaf
			return err
		})
		r.gets(200, "m1", "GET", "/me/messages/"+message, nil)
		r.gets(404, "m0", "GET", "/me/messages/"+message, nil)
		r.gets(503, "m1", "GET", "/me/looks/"+leaf+".tlog-proof", nil)
		r.gets(404, "m0", "GET", "/me/looks/"+leaf+".tlog-proof", nil)
		r.gets(404, "m4", "POST", applyPath+"/review", url.Values{"draft": {f.Draft.ID}})
		r.gets(404, "m0", "POST", applyPath+"/review", url.Values{"draft": {"no-such-draft"}})
		for _, path := range []string{"", "/receipt.tlog-proof", "/receipt.json", "/message", "/withdraw", "/appeal", "/rate"} {
			absent := r.gets(404, "m0", "GET", "/case/BLH-0000-0000-0000-0000-0"+path, nil)
			theirs := r.gets(404, "m0", "GET", "/case/"+ref+path, nil)
			if strings.ReplaceAll(absent.body, "BLH-0000-0000-0000-0000-0", ref) != theirs.body {
				t.Errorf("%s: an absent case and a forbidden one look different: %s %s", path, absent.body, theirs.body)
			}
		}
		for _, kind := range []string{"withdraw", "reply", "message", "appeal", "rating", "decide", "check"} {
			r.gets(404, "m0", "POST", "/api/v1/cases/"+ref+"/"+kind, map[string]any{"version": 1, "level": 1, "text": "x", "grounds": "x",
				"verdict": "approve", "reasons": "x", "finding": "in_order"})
		}
	})
}

// Nobody decides about themselves: the father, who is an officer, does not.
func TestOwnCase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`update directory_holding set person='f1' where person='dad-officer'`)
			return err
		})
		ref := r.born("m1").Ref
		father := r.officer("salmah")
		father.Person, father.Name, father.Post = "f1", "f1", "dad-officer-post"
		_, err := r.try(father, ref, casework.Check, map[string]any{"finding": "in_order"})
		r.code(err, fault.Denied)
	})
}
