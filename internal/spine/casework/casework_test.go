package casework_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

func TestOfficersCase(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		if c.State != casework.Checking || c.Version != 2 || c.DueAt != local(11, 25, 17) || c.Role != checker {
			t.Fatalf("%+v", c)
		}
		r.clock.Advance(time.Hour)
		c = r.do(checks(), c.Ref, casework.Ask, data{"question": "Di manakah bayi lahir?", "due_in_days": 5})
		if c.State != casework.Waiting || c.DueAt != 0 || c.AnswerDueAt != local(11, 30, 17) {
			t.Fatalf("%+v", c)
		}
		r.clock.Advance(48 * time.Hour) // Wednesday 25th, 11 o'clock
		c = r.do(citizen("aisyah"), c.Ref, casework.Reply, data{"text": "Di rumah."})
		if c.State != casework.Checking || c.DueAt != local(11, 29, 17) || c.AnswerDueAt != 0 {
			t.Fatalf("%+v", c) // Thursday 26th, Sunday 29th: Friday and Saturday are Kelantan's weekend
		}
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order", "note": ""})
		c = r.do(decides(), c.Ref, casework.Decide, data{"verdict": "approve", "reasons": "Bukti mencukupi."})
		if c.State != casework.Approved || c.DecidedBy != "rahman" || c.Role != "" {
			t.Fatalf("%+v", c)
		}
		if err := r.write(func(tx *db.Tx) (err error) { c, err = r.engine.IssueTx(tx, c.Ref, "CERT-1"); return err }); err != nil {
			t.Fatal(err)
		}
		want := []string{"receive>received", "assign>checking", "ask>waiting", "reply>checking", "check>deciding",
			"decide>approved", "issue>issued"}
		if got := r.story(c.Ref); !slices.Equal(got, want) {
			t.Errorf("story %v", got)
		}
		if got := r.hook.calls; !slices.Equal(got, []string{"replied " + c.Ref + " reply checking", "approved " + c.Ref + " decide approved"}) {
			t.Errorf("hook %v", got)
		}
		r.drain()
		if got := len(r.events[c.Ref]); got != len(want) {
			t.Errorf("%d events, %d acts", got, len(want))
		}
		r.checkJournal(c.Ref)
		r.sound()
	})
}

// checkJournal expects each act's leaf to tell the same act, to its subjects.
func (r *rig) checkJournal(ref string) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		acts, err := r.engine.Acts(tx, ref)
		if err != nil {
			return err
		}
		leaves := map[string]bool{}
		for _, a := range acts {
			entry, err := r.journal.Entry(tx, a.Leaf)
			if err != nil {
				return err
			}
			rec := entry.Record
			if rec.Kind != "case."+a.Kind || rec.Case != ref || rec.Act != a.N || rec.At != a.At || rec.By != a.By {
				r.t.Errorf("act %d: leaf says %+v", a.N, rec)
			}
			if rec.Why.MS == "" || rec.Why.EN == "" || strings.Contains(rec.Why.MS+rec.Why.EN, "⟦") {
				r.t.Errorf("act %d: why %+v", a.N, rec.Why)
			}
			leaves[a.Leaf] = true
		}
		for _, person := range []string{"aisyah", "hafiz"} {
			entries, err := r.journal.ForSubject(tx, person, "", 100)
			if err != nil {
				return err
			}
			n := 0
			for _, e := range entries {
				if leaves[e.Leaf] {
					n++
				}
			}
			if n != len(acts) {
				r.t.Errorf("%s finds %d of %d acts", person, n, len(acts))
			}
		}
		return nil
	})
}

func TestAutomatic(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(automatic(opening()))
		if c.State != casework.Approved || !c.Automatic || c.Outcome != casework.OutcomeApproved || c.Version != 2 {
			t.Fatalf("%+v", c)
		}
		acts := r.acts(c.Ref)
		if got := r.story(c.Ref); !slices.Equal(got, []string{"receive>received", "decide>approved"}) {
			t.Fatal(got)
		}
		by := acts[1].By
		if by.Post != "system" || casework.Reasons(acts[1]) != (locale.Text{MS: "Semua syarat dipenuhi.", EN: "All conditions hold."}) ||
			acts[1].Data["trace"] == nil {
			t.Errorf("%+v", acts[1])
		}
		if len(r.hook.calls) != 1 || !strings.HasPrefix(r.hook.calls[0], "approved") {
			t.Error(r.hook.calls)
		}
		r.sound()
	})
}

// A hook that fails leaves nothing behind: no case, no act, no leaf.
func TestHookFailureUndoes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.hook.fail = errors.New("the register says no")
		o := automatic(opening())
		o.Ref = "BLH-TEST"
		err := r.write(func(tx *db.Tx) error { _, err := r.engine.OpenTx(tx, o); return err })
		if !errors.Is(err, r.hook.fail) {
			t.Fatal(err)
		}
		r.read(func(tx *db.Tx) error {
			if _, err := r.engine.Get(tx, "BLH-TEST"); fault.CodeOf(err) != fault.Missing {
				t.Error(err)
			}
			if acts, _ := r.engine.Acts(tx, "BLH-TEST"); len(acts) != 0 {
				t.Error(acts)
			}
			if entries, err := r.journal.ForSubject(tx, "aisyah", "", 10); err != nil || len(entries) != 0 {
				t.Errorf("%v %v", entries, err)
			}
			return nil
		})
	})
}

func TestOpeningIsWhole(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		tests := map[string]func(*casework.Opening){
			"only ever a yes":    func(o *casework.Opening) { o.Automatic = &casework.Decision{Reasons: locale.Same("x")} },
			"reasons in both":    func(o *casework.Opening) { o.Automatic = &casework.Decision{Approve: true} },
			"a fee to pay":       func(o *casework.Opening) { *o = automatic(*o); o.FeeCents = 5000 },
			"waits for a fee":    func(o *casework.Opening) { o.AfterFee = true },
			"ends with the step": func(o *casework.Opening) { o.Plan = o.Plan[:1] },
			"check and decide":   func(o *casework.Opening) { o.Plan = []casework.Step{o.Plan[1], o.Plan[1]} },
			"nothing handles":    func(o *casework.Opening) { o.Kind = "xyz/unknown" },
			"both languages":     func(o *casework.Opening) { o.Title.MS = "" },
			"needs kind":         func(o *casework.Opening) { o.By = actor.Actor{} },
			"calendar":           func(o *casework.Opening) { o.Calendar = "MY-99" },
		}
		for want, damage := range tests {
			o := opening()
			damage(&o)
			err := r.write(func(tx *db.Tx) error { _, err := r.engine.OpenTx(tx, o); return err })
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", want, err)
			}
		}
	})
}

func TestWhoMay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		ok := data{"finding": "in_order"}
		r.refused(actor.Actor{}, c.Ref, casework.Check, ok, fault.SignedOut, "casework.fault.signed_out")
		r.refused(citizen("aisyah"), c.Ref, casework.Check, ok, fault.Denied, "casework.fault.role")
		r.refused(decides(), c.Ref, casework.Check, ok, fault.Denied, "casework.fault.role")
		r.refused(officer("ahmad", checker, "MY-01"), c.Ref, casework.Check, ok, fault.Denied, "casework.fault.role")
		r.refused(actor.System("jpn"), c.Ref, casework.Check, ok, fault.Denied, "casework.fault.role")
		r.refused(officer("aisyah", checker, "MY-03"), c.Ref, casework.Check, ok, fault.Denied, "casework.fault.interest")
		r.refused(officer("hafiz", checker, "MY-03"), c.Ref, casework.Check, ok, fault.Denied, "casework.fault.interest")
		r.refused(citizen("hafiz"), c.Ref, casework.Withdraw, data{}, fault.Denied, "casework.fault.applicant")
		r.refused(checks(), c.Ref, casework.Withdraw, data{}, fault.Denied, "casework.fault.applicant")
		r.refused(checks(), c.Ref, casework.Issue, data{}, fault.Invalid, "casework.fault.kind")
		r.refused(checks(), c.Ref, casework.Lapse, data{}, fault.Invalid, "casework.fault.kind")
		r.do(checks(), c.Ref, casework.Check, ok)
		// The same person in the other post: four eyes see persons, not posts.
		r.refused(officer("salmah", decider, "MY-03"), c.Ref, casework.Decide,
			data{"verdict": "approve", "reasons": "Ya."}, fault.Denied, "casework.fault.four_eyes")
		r.refused(checks(), c.Ref, casework.Check, ok, fault.Conflict, "casework.fault.state")
		r.refused(citizen("aisyah"), c.Ref, casework.Reply, data{"text": "?"}, fault.Conflict, "casework.fault.state")
		r.do(decides(), c.Ref, casework.Decide, data{"verdict": "approve", "reasons": "Ya."})
		if _, err := r.tryAt(decides(), c.Ref, c.Version, casework.Message, data{"text": "x"}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("stale: %v", err)
		}
	})
}

func TestDataOfActs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		tests := []struct {
			kind  string
			data  data
			field string
		}{
			{casework.Check, data{"finding": "fine"}, "finding"},
			{casework.Check, data{"finding": "not_in_order"}, "note"},
			{casework.Check, data{"finding": "in_order", "note": 7}, "note"},
			{casework.Check, data{"finding": "in_order", "note": strings.Repeat("a", 4001)}, "note"},
			{casework.Check, data{"finding": "in_order", "note": "a\x00b"}, "note"},
			{casework.Check, data{"finding": "in_order", "note": "a\x1b[2Jb"}, "note"},
			{casework.Ask, data{"question": " \r\n ", "due_in_days": 3}, "question"},
			{casework.Ask, data{"question": "Apa?", "due_in_days": 0}, "due_in_days"},
			{casework.Ask, data{"question": "Apa?", "due_in_days": 61}, "due_in_days"},
			{casework.Ask, data{"question": "Apa?", "due_in_days": 2.5}, "due_in_days"},
			{casework.Ask, data{"question": "Apa?", "due_in_days": "lima"}, "due_in_days"},
			{casework.Message, nil, "text"},
		}
		for _, tt := range tests {
			_, err := r.try(checks(), c.Ref, tt.kind, tt.data)
			f, _ := fault.As(err)
			if f == nil || f.Code != fault.Invalid || len(f.Fields) == 0 || f.Fields[0].Location != tt.field {
				t.Errorf("%s %v: %v", tt.kind, tt.data, err)
			}
		}
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		for _, reasons := range []any{nil, "", "  ", 7, data{"ms": "Ya."}, data{"ms": "Ya.", "en": " "}, casework.General,
			"  syarat perkhidmatan ini TIDAK dipenuhi ", data{"ms": "Umur tidak cukup.", "en": casework.General.EN + "\n" + casework.General.EN}} {
			_, err := r.try(decides(), c.Ref, casework.Decide, data{"verdict": "refuse", "reasons": reasons})
			if f, _ := fault.As(err); f == nil || f.Code != fault.Invalid || f.Fields[0].Location != "reasons" {
				t.Errorf("reasons %v: %v", reasons, err)
			}
		}
		if got := len(r.acts(c.Ref)); got != 3 {
			t.Errorf("%d acts", got)
		}
		r.do(decides(), c.Ref, casework.Decide, data{"verdict": "refuse", "reasons": data{"ms": casework.General.MS + " Umur.", "en": casework.General.EN + " Age."}})
	})
}

func TestFee(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		o := opening()
		o.FeeCents = 5000
		c := r.open(o)
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		yes := data{"verdict": "approve", "reasons": "Ya."}
		r.refused(decides(), c.Ref, casework.Decide, yes, fault.Conflict, "casework.fault.fee")
		r.refused(decides(), c.Ref, casework.Fee, data{"receipt": "K-1", "cents": 4900}, fault.Invalid, "casework.fault.data")
		c = r.do(checks(), c.Ref, casework.Fee, data{"receipt": "K-1", "cents": 5000})
		if c.FeeReceipt != "K-1" {
			t.Error(c.FeeReceipt)
		}
		r.refused(checks(), c.Ref, casework.Fee, data{"receipt": "K-2", "cents": 5000}, fault.Conflict, "casework.fault.state")
		r.do(decides(), c.Ref, casework.Decide, yes)
	})
}

func TestAppeal(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.do(checks(), c.Ref, casework.Check, data{"finding": "not_in_order", "note": "Tiada bukti."})
		c = r.do(decides(), c.Ref, casework.Decide, data{"verdict": "refuse", "reasons": "Tiada bukti."})
		if c.State != casework.Refused {
			t.Fatal(c.State)
		}
		r.refused(citizen("hafiz"), c.Ref, casework.Appeal, data{"grounds": "x"}, fault.Denied, "casework.fault.applicant")
		r.refused(citizen("aisyah"), c.Ref, casework.Appeal, data{}, fault.Invalid, "casework.fault.data")
		c = r.do(citizen("aisyah"), c.Ref, casework.Appeal, data{"grounds": "Bukti baharu."})
		r.refused(citizen("aisyah"), c.Ref, casework.Appeal, data{"grounds": "Lagi."}, fault.Conflict, "casework.fault.state")
		a := r.get(c.Appeal)
		if a.Parent != c.Ref || a.State != casework.Deciding || a.Role != appeals || a.BudgetDays != 10 || a.DueAt != local(12, 7, 17) {
			t.Fatalf("%+v", a)
		}
		yes := data{"verdict": "approve", "reasons": "Bukti baharu mencukupi."}
		r.refused(officer("rahman", appeals, "MY-16"), a.Ref, casework.Decide, yes, fault.Denied, "casework.fault.four_eyes")
		r.refused(officer("salmah", appeals, "MY-16"), a.Ref, casework.Decide, yes, fault.Denied, "casework.fault.four_eyes")
		a = r.do(officer("noor", appeals, "MY-16"), a.Ref, casework.Decide, yes)
		c = r.get(c.Ref)
		if a.State != casework.Closed || a.Outcome != casework.OutcomeApproved || c.State != casework.Approved || c.DecidedBy != "noor" {
			t.Fatalf("appeal %+v\ncase %+v", a, c)
		}
		if got := r.story(c.Ref); got[len(got)-1] != "overturn>approved" {
			t.Error(got)
		}
		last := r.acts(c.Ref)
		overturn, decided := last[len(last)-1], last[3]
		if overturn.Data["of"] != decided.ID || overturn.Data["appeal"] != a.Ref || casework.Reasons(overturn).MS == "" {
			t.Errorf("%+v", overturn)
		}
		want := []string{"refused " + c.Ref + " decide refused", "approved " + c.Ref + " overturn approved"}
		if !slices.Equal(r.hook.calls, want) {
			t.Error(r.hook.calls)
		}
		r.sound()
	})
}

func TestRefusedAppealEnds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		r.do(decides(), c.Ref, casework.Decide, data{"verdict": "refuse", "reasons": "Tidak."})
		c = r.do(citizen("aisyah"), c.Ref, casework.Appeal, data{"grounds": "Mohon."})
		noor := officer("noor", appeals, "MY-16")
		r.do(noor, c.Appeal, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		r.do(citizen("aisyah"), c.Appeal, casework.Reply, data{"text": "Ini."})
		a := r.do(noor, c.Appeal, casework.Decide, data{"verdict": "refuse", "reasons": "Tidak juga."})
		r.refused(citizen("aisyah"), a.Ref, casework.Appeal, data{"grounds": "Lagi."}, fault.Conflict, "casework.fault.state")
		if got := r.get(c.Ref); got.State != casework.Refused {
			t.Error(got.State)
		}
		// The service has heard of one case only.
		if want := []string{"refused " + c.Ref + " decide refused", "replied " + c.Ref + " reply refused"}; !slices.Equal(r.hook.calls, want) {
			t.Error(r.hook.calls)
		}
	})
}

// sampled opens automatic cases until one is drawn for audit.
func (r *rig) sampled() casework.Case {
	r.t.Helper()
	for range 2000 {
		if c := r.open(automatic(opening())); c.Audit == casework.AuditOpen {
			return c
		}
	}
	r.t.Fatal("nothing was sampled")
	return casework.Case{}
}

func TestAuditCorrects(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.sampled()
		if !casework.Sampled(c.Ref) || c.AuditDueAt != local(11, 30, 17) || c.AuditRole != checker {
			t.Fatalf("%+v", c)
		}
		if err := r.write(func(tx *db.Tx) error { _, err := r.engine.IssueTx(tx, c.Ref, "CERT-1"); return err }); err != nil {
			t.Fatal(err)
		}
		r.hook.calls = nil
		r.refused(decides(), c.Ref, casework.AuditFind, data{"finding": "in_order"}, fault.Denied, "casework.fault.role")
		fix := data{"child_name": "Nur Aisyah"}
		c = r.do(checks(), c.Ref, casework.AuditFind, data{"finding": "wrong", "note": "Nama tersalah.", "correction": fix})
		if c.Audit != casework.AuditWrong || c.AuditRole != decider || c.State != casework.Issued {
			t.Fatalf("%+v", c)
		}
		r.refused(officer("salmah", decider, "MY-03"), c.Ref, casework.Correct, data{"reasons": "x", "correction": fix},
			fault.Denied, "casework.fault.four_eyes")
		r.refused(decides(), c.Ref, casework.Correct, data{"reasons": "x"}, fault.Invalid, "casework.fault.data")
		c = r.do(decides(), c.Ref, casework.Correct, data{"reasons": "Nama dibetulkan.", "correction": fix})
		acts := r.acts(c.Ref)
		last := acts[len(acts)-1]
		if c.State != casework.Approved || c.Audit != casework.AuditCorrected || c.AuditRole != "" || last.Data["of"] != acts[1].ID ||
			last.Data["certificate"] != "CERT-1" {
			t.Fatalf("%+v\n%+v", c, last)
		}
		if !slices.Equal(r.hook.calls, []string{"corrected " + c.Ref + " correct approved"}) {
			t.Error(r.hook.calls)
		}
		for range 2 { // the paper's job runs at least once
			if err := r.write(func(tx *db.Tx) (err error) { c, err = r.engine.IssueTx(tx, c.Ref, "CERT-2"); return err }); err != nil {
				t.Fatal(err)
			}
		}
		if c.State != casework.Issued || c.Certificate != "CERT-2" || c.Version != len(acts)+1 {
			t.Fatalf("%+v", c)
		}
		r.sound()
	})
}

// Over many references one in twenty is drawn, and the rule is the published
// one.
func TestSampled(t *testing.T) {
	n := 0
	for i := range 20000 {
		if casework.Sampled(fmt.Sprintf("BLH-%d", i)) {
			n++
		}
	}
	if n < 900 || n > 1100 {
		t.Errorf("%d of 20000", n)
	}
}

func TestRevoke(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		r.do(decides(), c.Ref, casework.Decide, data{"verdict": "approve", "reasons": "Ya."})
		r.refused(officer("lim", decider, "MY-03"), c.Ref, casework.Revoke, data{"reason": "Palsu."}, fault.Conflict, "casework.fault.state")
		if err := r.write(func(tx *db.Tx) error { _, err := r.engine.IssueTx(tx, c.Ref, "CERT-1"); return err }); err != nil {
			t.Fatal(err)
		}
		r.refused(decides(), c.Ref, casework.Revoke, data{"reason": "Palsu."}, fault.Denied, "casework.fault.four_eyes")
		r.refused(officer("lim", decider, "MY-03"), c.Ref, casework.Revoke, data{}, fault.Invalid, "casework.fault.data")
		c = r.do(officer("lim", decider, "MY-03"), c.Ref, casework.Revoke, data{"reason": "Palsu."})
		if c.State != casework.Closed || c.Outcome != casework.OutcomeRevoked {
			t.Fatalf("%+v", c)
		}
		if got := r.hook.calls[len(r.hook.calls)-1]; got != "revoked "+c.Ref+" revoke closed" {
			t.Error(got)
		}
		// A paper that is ready only now must not bring it back.
		if err := r.write(func(tx *db.Tx) (err error) { c, err = r.engine.IssueTx(tx, c.Ref, "CERT-9"); return err }); err != nil {
			t.Fatal(err)
		}
		if c.State != casework.Closed {
			t.Error(c.State)
		}
	})
}

func TestNoAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		c = r.do(decides(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": "5"})
		r.clock.Set(time.Date(2026, 11, 29, 8, 0, 0, 0, clock.Zone)) // the working day before Monday 30th
		r.drain()
		if got := r.story(c.Ref); got[len(got)-1] != "remind>waiting" {
			t.Fatal(got)
		}
		r.clock.Set(time.Date(2026, 11, 30, 17, 0, 0, 0, clock.Zone))
		r.drain()
		if got := r.get(c.Ref); got.State != casework.Waiting {
			t.Fatal("the answer may come until five o'clock")
		}
		r.clock.Advance(2 * time.Second)
		r.drain()
		c = r.get(c.Ref)
		if c.State != casework.Deciding || c.DueAt != local(12, 3, 17) || c.AnswerDueAt != 0 {
			t.Fatalf("%+v", c) // as of Tuesday 1st; Wednesday 2nd and Thursday 3rd count
		}
		r.drain()
		if got := r.story(c.Ref); strings.Join(got[3:], " ") != "ask>waiting remind>waiting lapse>deciding" {
			t.Error(got)
		}
		r.sound()
	})
}

// An answered question neither reminds nor lapses, also when another has been
// asked since.
func TestAnsweredInTime(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		r.do(citizen("aisyah"), c.Ref, casework.Reply, data{"text": "Ini."})
		r.do(checks(), c.Ref, casework.Ask, data{"question": "Bila?", "due_in_days": 20})
		r.clock.Set(time.Date(2026, 12, 2, 12, 0, 0, 0, clock.Zone))
		r.drain()
		if got := r.story(c.Ref); strings.Join(got[2:], " ") != "ask>waiting reply>checking ask>waiting" {
			t.Error(got)
		}
	})
}

// A clock that is set back does not turn the order of what was done: no act is
// earlier than the one before it, no pause ends before it began.
func TestClockSetBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.clock.Advance(time.Hour)
		r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		r.clock.Advance(-48 * time.Hour)
		r.do(citizen("aisyah"), c.Ref, casework.Reply, data{"text": "Ini."})
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		r.do(decides(), c.Ref, casework.Decide, data{"verdict": "approve", "reasons": "Semua syarat dipenuhi."})
		acts := r.acts(c.Ref)
		for i, a := range acts[1:] {
			if a.At < acts[i].At {
				t.Errorf("act %d, %s, is %d us before the one before it", a.N, a.Kind, acts[i].At-a.At)
			}
		}
	})
}

func TestTwoTabs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			wg.Go(func() { _, errs[i] = r.tryAt(checks(), c.Ref, c.Version, casework.Check, data{"finding": "in_order"}) })
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if fault.CodeOf(err) != fault.Conflict {
				t.Error(err)
			}
		}
		if done != 1 || len(r.acts(c.Ref)) != 3 {
			t.Errorf("%d of 20 did it, %d acts", done, len(r.acts(c.Ref)))
		}
	})
}

func TestSomebodyElseSends(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		o := opening()
		o.By = officer("kaunter", "jpn/counter", "MY-03")
		c := r.open(o)
		if c.ActedBy != "kaunter" || c.Applicant != "aisyah" {
			t.Fatalf("%+v", c)
		}
		r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		// Having sent it gives no right for later: that takes a visit or a mandate of the moment.
		r.refused(o.By, c.Ref, casework.Reply, data{"text": "Ini."}, fault.Denied, "casework.fault.applicant")
		o.By.For = actor.For{Person: "aisyah"}
		r.do(o.By, c.Ref, casework.Reply, data{"text": "Ini.", "answers": data{"weight": 3100}, "files": []any{data{"name": "a.pdf", "sha256": "00"}}})
		acts := r.acts(c.Ref)
		if got := acts[len(acts)-1].Data["answers"].(map[string]any)["weight"]; got != int64(3100) {
			t.Errorf("%T %v", got, got)
		}
		r.refused(officer("kaunter", checker, "MY-03"), c.Ref, casework.Check, data{"finding": "in_order"}, fault.Denied, "casework.fault.interest")
	})
}
