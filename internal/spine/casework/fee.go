package casework

import (
	"context"
	"encoding/json"
	"fmt"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/outbox"
)

// Rules is a hook whose rules say yes by themselves once the fee is paid.
type Rules interface {
	// Paid gives the yes that follows from the payment; nil where the rules do not
	// say it any more, such as after a correction of what they looked at.
	Paid(tx *db.Tx, c Case) (*Decision, error)
}

// AwaitsFee tells whether nothing stands between the case and its yes but a fee.
func (c Case) AwaitsFee() bool { return c.State == Received && c.unpaid() }

// unpaid tells whether a fee is due and not on record.
func (c Case) unpaid() bool { return c.FeeCents > 0 && c.FeeReceipt == "" }

// Owes is what is still to be paid on a case, in cents.
func (c Case) Owes() int64 {
	if !c.unpaid() || !c.State.Open() {
		return 0
	}
	return c.FeeCents
}

// PaidTx records that a case's fee was paid to the hall itself, by its receipt;
// false where nothing is owed: it was paid before, or the case is over. Where
// only the fee was in the way, the yes follows in the same commit.
func (e *Engine) PaidTx(tx *db.Tx, ref, receipt string) (owed bool, err error) {
	return e.paidTx(tx, ref, receipt, false)
}

// PaidToPersonTx is PaidTx where the yes could not be carried out: the money is
// kept, and an officer looks at the case.
func (e *Engine) PaidToPersonTx(tx *db.Tx, ref, receipt string) (owed bool, err error) {
	return e.paidTx(tx, ref, receipt, true)
}

func (e *Engine) paidTx(tx *db.Tx, ref, receipt string, person bool) (owed bool, err error) {
	c, err := e.Get(tx, ref)
	if err != nil {
		return false, err
	}
	if c.Owes() == 0 {
		return false, nil
	}
	awaited := c.AwaitsFee()
	a := Act{Kind: Fee, Data: map[string]any{"receipt": receipt, "cents": c.FeeCents, "online": true}}
	if a.At, err = e.moment(tx, c); err != nil {
		return false, err
	}
	if awaited {
		if err := e.start(tx, &c, &a); err != nil {
			return false, err
		}
	}
	c.FeeReceipt = receipt
	if c, err = e.system(tx, c, a); err != nil || !awaited {
		return true, err
	}
	hook, err := e.hook(c.Kind)
	if err != nil {
		return false, err
	}
	return true, e.afterFee(tx, hook, c, person)
}

// afterFee is what follows from the payment of a fee that alone was in the way:
// the yes of the rules, or an officer's work where they do not say it any more.
func (e *Engine) afterFee(tx *db.Tx, h Hook, c Case, person bool) error {
	var yes *Decision
	if rules, ok := h.(Rules); ok && !person {
		var err error
		if yes, err = rules.Paid(tx, c); err != nil {
			return err
		}
	}
	if yes == nil {
		c.Step, c.Role, c.State = c.Plan[0].Name, c.Plan[0].Role, stateOf(c.Plan[0].Name)
		_, err := e.system(tx, c, Act{Kind: Assign, Data: map[string]any{"unit": c.Unit, "role": c.Role}})
		return err
	}
	at, err := e.moment(tx, c)
	if err != nil {
		return err
	}
	a, err := e.automatic(&c, *yes, at)
	if err != nil {
		return err
	}
	if c.Automatic = true; c.Audit != "" {
		c.AuditFrom = at
	}
	if c, err = e.finish(tx, c, actor.System(c.Agency), &a); err != nil {
		return err
	}
	return h.Approved(tx, c, a)
}

// fee is what a counter received. Where only the fee was in the way, the yes
// follows.
func (t *turn) fee() error {
	receipt := t.in.text("receipt", true)
	if len(receipt) > 64 {
		t.in.wrong("receipt", "casework.fault.long", "max", 64)
	}
	t.act.Data["receipt"] = receipt
	t.act.Data["cents"] = t.in.whole("cents", t.c.FeeCents, t.c.FeeCents)
	if err := t.in.err(); err != nil {
		return err
	}
	if t.c.AwaitsFee() {
		if err := t.e.start(t.tx, &t.c, &t.act); err != nil {
			return err
		}
		t.then = func(h Hook, c Case, _ Act) error { return t.e.afterFee(t.tx, h, c, false) }
	}
	t.c.FeeReceipt = receipt
	return nil
}

const (
	jobRemindFee = "casework.remind_fee"
	jobUnpaid    = "casework.unpaid"
)

type unpaidJob struct {
	Ref string `json:"ref"`
}

// schedulePay plans the reminder of a fee, and the end of a case whose fee is not
// paid.
func (e *Engine) schedulePay(tx *db.Tx, c Case) error {
	if c.PayBy == 0 || !c.unpaid() {
		return nil
	}
	end := clock.FromMicro(c.PayBy)
	if at := calendar.RemindAt(clock.FromMicro(c.ReceivedAt), end); !at.IsZero() {
		if err := e.outbox.Enqueue(tx, jobRemindFee, unpaidJob{c.Ref}, at); err != nil {
			return fmt.Errorf("casework: plan reminder of %s: %w", c.Ref, err)
		}
	}
	if err := e.outbox.Enqueue(tx, jobUnpaid, unpaidJob{c.Ref}, end); err != nil {
		return fmt.Errorf("casework: plan end of %s: %w", c.Ref, err)
	}
	return nil
}

// feeHandler runs do where a case's fee is owed still and its time is over, or is
// not, and finishes the job in the same transaction.
func (e *Engine) feeHandler(over bool, do func(*db.Tx, Case) error) func(context.Context, outbox.Job) error {
	return func(ctx context.Context, j outbox.Job) error {
		var args unpaidJob
		if err := json.Unmarshal(j.Args, &args); err != nil {
			return fmt.Errorf("casework: %s: %w", j.Kind, err)
		}
		return e.db.Write(ctx, func(tx *db.Tx) error {
			c, err := e.Get(tx, args.Ref)
			if err != nil {
				return err
			}
			if c.Owes() > 0 && c.PayBy > 0 && (e.now() >= c.PayBy) == over {
				if err := do(tx, c); err != nil {
					return err
				}
			}
			return e.outbox.DoneTx(tx, j)
		})
	}
}

func (e *Engine) remindFee(tx *db.Tx, c Case) error {
	_, err := e.system(tx, c, Act{Kind: Remind, Data: map[string]any{"cents": c.FeeCents, "pay_by_at": c.PayBy}})
	return err
}

// lapseUnpaid ends a case whose fee was not paid in time, and frees what it was
// about. Money that comes later goes back.
func (e *Engine) lapseUnpaid(tx *db.Tx, c Case) error {
	at, err := e.moment(tx, c)
	if err != nil {
		return err
	}
	c.State, c.Outcome = Withdrawn, OutcomeLapsed
	c.Step, c.Role, c.AnswerDueAt = "", "", 0
	c.DecidedAt, c.ClosedAt = at, at
	c.Assignee, c.AssigneePost = "", ""
	a := Act{Kind: Unpaid, At: at, Data: map[string]any{"cents": c.FeeCents, "pay_by_at": c.PayBy}}
	if c, err = e.finish(tx, c, actor.System(c.Agency), &a); err != nil {
		return err
	}
	hook, err := e.hook(c.Kind)
	if err != nil {
		return err
	}
	return hook.Withdrawn(tx, c, a)
}
