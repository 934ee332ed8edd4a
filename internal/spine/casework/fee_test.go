package casework_test

import (
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// ruler is a recorder whose rules say yes, or not any more.
type ruler struct {
	*recorder
	no bool
}

func (h ruler) Paid(_ *db.Tx, c casework.Case) (*casework.Decision, error) {
	if h.no {
		return nil, nil
	}
	return &casework.Decision{Approve: true, Reasons: locale.Text{MS: "Dibayar.", EN: "It is paid."}}, nil
}

func (r *rig) pay(ref string) (owed bool) {
	r.t.Helper()
	if err := r.write(func(tx *db.Tx) (err error) { owed, err = r.engine.PaidTx(tx, ref, "R-1"); return err }); err != nil {
		r.t.Fatal(err)
	}
	return owed
}

// afterFee is an opening in which nothing but a fee is in the way, for ten days.
func (r *rig) afterFee() casework.Opening {
	o := opening()
	o.FeeCents, o.AfterFee, o.PayBy = 9000, true, clock.Micro(r.clock.Now().AddDate(0, 0, 10))
	return o
}

// The yes of the rules follows from the payment in its commit; until then the
// case is with no officer, and its clock stands.
func TestPaidYes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.engine.Handle("jpn/", ruler{recorder: r.hook})
		c := r.open(r.afterFee())
		if c.State != casework.Received || !c.AwaitsFee() || c.Owes() != 9000 || c.Turn() != "" || c.Work() != "" || c.DueAt != 0 || c.Automatic {
			t.Fatalf("%+v", c)
		}
		r.clock.Advance(5 * 24 * time.Hour) // to a Saturday
		r.sound()
		if !r.pay(c.Ref) {
			t.Fatal("nothing was owed")
		}
		c = r.get(c.Ref)
		if c.State != casework.Approved || !c.Automatic || c.FeeReceipt != "R-1" || c.DecidedAt != clock.Micro(r.clock.Now()) || c.DueAt < c.DecidedAt {
			t.Errorf("%+v", c)
		}
		if got := r.story(c.Ref); len(got) != 3 || got[0] != "receive>received" || got[1] != "fee>received" || got[2] != "decide>approved" {
			t.Error(got)
		}
		if calls := r.hook.calls; len(calls) != 1 || calls[0] != "approved "+c.Ref+" decide approved" {
			t.Error(calls)
		}
		if r.pay(c.Ref) {
			t.Error("it is owed twice")
		}
		r.clock.Advance(30 * 24 * time.Hour)
		r.drain()
		if got := r.get(c.Ref); got.State != casework.Approved {
			t.Errorf("what is paid lapsed: %+v", got)
		}
		r.sound()
	})
}

// A counter that takes the money brings about the same.
func TestPaidYesAtACounter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.engine.Handle("jpn/", ruler{recorder: r.hook})
		c := r.open(r.afterFee())
		r.refused(citizen("aisyah"), c.Ref, casework.Fee, data{"receipt": "K-1", "cents": 9000}, fault.Denied, "casework.fault.role")
		r.refused(checks(), c.Ref, casework.Check, data{"finding": "in_order"}, fault.Conflict, "casework.fault.state")
		if c = r.do(checks(), c.Ref, casework.Fee, data{"receipt": "K-1", "cents": 9000}); c.State != casework.Approved || !c.Automatic {
			t.Errorf("%+v", c)
		}
		r.sound()
	})
}

// Where the rules do not say yes any more, or it could not be carried out, the
// money is kept and an officer looks.
func TestPaidToAnOfficer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.engine.Handle("jpn/", ruler{recorder: r.hook, no: true})
		c := r.open(r.afterFee())
		r.pay(c.Ref)
		c = r.get(c.Ref)
		if c.State != casework.Checking || c.Role != checker || c.Automatic || c.FeeReceipt == "" || c.DueAt == 0 {
			t.Errorf("%+v", c)
		}
		r.engine.Handle("jpn/", ruler{recorder: r.hook})
		r.hook.fail = fault.New(fault.Conflict, "casework.fault.kind")
		c = r.open(r.afterFee())
		if err := r.write(func(tx *db.Tx) error { _, err := r.engine.PaidTx(tx, c.Ref, "R-1"); return err }); fault.CodeOf(err) != fault.Conflict {
			t.Fatal(err)
		}
		if c = r.get(c.Ref); c.FeeReceipt != "" || !c.AwaitsFee() {
			t.Errorf("half of a payment: %+v", c)
		}
		if err := r.write(func(tx *db.Tx) error { _, err := r.engine.PaidToPersonTx(tx, c.Ref, "R-1"); return err }); err != nil {
			t.Fatal(err)
		}
		if c = r.get(c.Ref); c.State != casework.Checking || c.FeeReceipt != "R-1" {
			t.Errorf("%+v", c)
		}
		r.sound()
	})
}

// Who owes a fee is reminded of it once, on the morning two days before its last
// day, and nobody is who has paid, gone or been late.
func TestUnpaidIsRemindedOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.engine.Handle("jpn/", ruler{recorder: r.hook})
		worked := r.afterFee()
		worked.AfterFee = false
		owing := []string{r.open(r.afterFee()).Ref, r.open(worked).Ref}
		paid, gone := r.open(r.afterFee()).Ref, r.open(r.afterFee()).Ref
		r.pay(paid)
		r.do(citizen("aisyah"), gone, casework.Withdraw, data{})
		reminded := func(ref string) (n int) {
			for _, a := range r.acts(ref) {
				if a.Kind == casework.Remind {
					n++
				}
			}
			return n
		}
		all := func(when string, want int) {
			t.Helper()
			r.drain()
			for _, ref := range owing {
				if got := reminded(ref); got != want {
					t.Errorf("%s: %d reminders", when, got)
				}
			}
			if reminded(paid)+reminded(gone) > 0 {
				t.Errorf("%s: who owes nothing is reminded", when)
			}
		}
		r.clock.Set(time.Date(2026, 12, 1, 7, 59, 59, 0, clock.Zone)) // it can be paid until 10 o'clock of the 3rd
		all("before the morning", 0)
		r.clock.Advance(time.Second)
		all("in the morning", 1)
		r.clock.Advance(time.Hour)
		all("later", 1)
		acts := r.acts(owing[0])
		if a := acts[len(acts)-1]; a.State != casework.Received || a.By.Person != actor.System("jpn").Person || a.Data["cents"] != int64(9000) {
			t.Errorf("%+v", a)
		}
		late := r.open(r.afterFee()).Ref // and nothing runs until it has lapsed
		r.clock.Advance(20 * 24 * time.Hour)
		all("at the end", 1)
		if reminded(late) > 0 || r.get(late).State != casework.Withdrawn {
			t.Error("what has lapsed is reminded of")
		}
		if !r.pay(r.open(r.afterFee()).Ref) {
			t.Error("nothing is owed")
		}
		r.sound()
	})
}

// What is not paid in time lapses, whoever has it; money that comes later is
// owed to nobody.
func TestUnpaidLapses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		alone := r.open(r.afterFee())
		worked := r.afterFee()
		worked.AfterFee = false
		with := r.open(worked)
		r.do(checks(), with.Ref, casework.Take, data{})
		withdrawn := r.do(citizen("aisyah"), r.open(r.afterFee()).Ref, casework.Withdraw, data{})
		r.clock.Advance(10*24*time.Hour - time.Second)
		r.drain()
		for _, ref := range []string{alone.Ref, with.Ref} {
			if c := r.get(ref); !c.State.Open() {
				t.Errorf("before its time: %+v", c)
			}
		}
		r.clock.Advance(time.Second)
		r.drain()
		for _, ref := range []string{alone.Ref, with.Ref} {
			c, acts := r.get(ref), r.acts(ref)
			last := acts[len(acts)-1]
			if c.State != casework.Withdrawn || c.Outcome != casework.OutcomeLapsed || c.Assignee != "" || c.Owes() != 0 || last.Kind != casework.Unpaid || last.By.Person != actor.System("jpn").Person {
				t.Errorf("%+v %+v", c, last)
			}
			if r.pay(ref) {
				t.Error("a case that lapsed is owed money")
			}
		}
		if got := r.get(withdrawn.Ref); got.Outcome != casework.OutcomeWithdrawn {
			t.Errorf("%+v", got)
		}
		if n := len(r.hook.calls); n != 3 { // each frees what it was about, once
			t.Error(r.hook.calls)
		}
		r.sound()
	})
}
