package casework

import (
	"fmt"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// maxAnswerDays is the longest time, in working days, that an applicant can
// be given to answer.
const maxAnswerDays = 60

// turn is one act being done.
type turn struct {
	e    *Engine
	tx   *db.Tx
	by   actor.Actor
	c    Case // changes as the act goes on
	in   input
	act  Act
	then func(Hook, Case, Act) error // the service's part, once the act is written
}

// ActTx does an act of by on the case as by saw it: version is Case.Version
// of that sight, and another one is Conflict. Faults: SignedOut, Denied (not
// theirs to do, four eyes, own matter), Conflict (stale, or in no state for
// it), Invalid with the fields of Data, Missing.
//
// An appeal returns the refused case; its Appeal is the new case's reference.
func (e *Engine) ActTx(tx *db.Tx, by actor.Actor, ref string, version int, a Act) (Case, error) {
	c, err := e.Get(tx, ref)
	if err != nil {
		return Case{}, err
	}
	do, ok := doing(a.Kind)
	if !ok {
		return Case{}, fault.New(fault.Invalid, "casework.fault.kind", "act", a.Kind)
	}
	if err := e.may(tx, by, c, a.Kind); err != nil {
		return Case{}, err
	}
	if version != c.Version {
		return Case{}, stale(version)
	}
	if err := fits(c, a.Kind); err != nil {
		return Case{}, err
	}
	if err := e.held(tx, by, c, a.Kind); err != nil {
		return Case{}, err
	}
	at, err := e.moment(tx, c)
	if err != nil {
		return Case{}, err
	}
	t := &turn{e: e, tx: tx, by: by, c: c, in: input{data: a.Data},
		act: Act{Kind: a.Kind, At: at, Data: map[string]any{}}}
	if err := t.standIn(); err != nil {
		return Case{}, err
	}
	if err := do(t); err != nil {
		return Case{}, err
	}
	if err := t.in.err(); err != nil {
		return Case{}, err
	}
	if !sameWork(c, t.c) {
		t.assign("", "")
	}
	return t.commit()
}

func doing(kind string) (func(*turn) error, bool) {
	switch kind {
	case Check:
		return (*turn).check, true
	case Ask:
		return (*turn).ask, true
	case Reply:
		return (*turn).reply, true
	case Fee:
		return (*turn).fee, true
	case Decide:
		return (*turn).decide, true
	case Withdraw:
		return (*turn).withdraw, true
	case Decline:
		return (*turn).decline, true
	case Appeal:
		return (*turn).appeal, true
	case Revoke:
		return (*turn).revoke, true
	case AuditFind:
		return (*turn).auditFind, true
	case Correct:
		return (*turn).correct, true
	case Message:
		return (*turn).message, true
	case Take:
		return (*turn).take, true
	case HandOver:
		return (*turn).handOver, true
	case Recuse:
		return (*turn).recuse, true
	case Rejoin:
		return (*turn).rejoin, true
	}
	return nil, false
}

// commit writes the act and lets the service do its part.
func (t *turn) commit() (Case, error) {
	var err error
	if t.c, err = t.e.finish(t.tx, t.c, t.by, &t.act); err != nil {
		return Case{}, err
	}
	if t.then == nil {
		return t.c, nil
	}
	hook, err := t.e.hook(t.c.Kind)
	if err != nil {
		return Case{}, err
	}
	if err := t.then(hook, t.c, t.act); err != nil {
		return Case{}, err
	}
	return t.e.Get(t.tx, t.c.Ref)
}

// pause ends the running span.
func (t *turn) pause() error {
	if err := endSpan(t.tx, t.c.Ref, t.c.ReceivedAt, t.act.At); err != nil {
		return fmt.Errorf("casework: pause %s: %w", t.c.Ref, err)
	}
	return t.redue()
}

// redue derives the due date from the ledger as it now is.
func (t *turn) redue() error {
	var err error
	t.c.DueAt, err = t.e.ledgerDue(t.tx, t.c)
	t.act.Data["deadline"] = t.e.ledgerData(t.c)
	return err
}

func (e *Engine) ledgerDue(tx *db.Tx, c Case) (int64, error) {
	ledger, err := spans(tx, c.Ref)
	if err != nil {
		return 0, fmt.Errorf("casework: ledger of %s: %w", c.Ref, err)
	}
	return e.due(c.Calendar, c.BudgetDays, ledger)
}

// run starts the clock again as of the act.
func (e *Engine) run(tx *db.Tx, c *Case, a *Act) error {
	c.AnswerDueAt = 0
	c.State = stateOf(c.Step)
	return e.start(tx, c, a)
}

// start is run where the case stays in its state.
func (e *Engine) start(tx *db.Tx, c *Case, a *Act) error {
	ledger, err := spans(tx, c.Ref)
	if err != nil {
		return fmt.Errorf("casework: ledger of %s: %w", c.Ref, err)
	}
	if err := startSpan(tx, c.Ref, len(ledger)+1, a.At); err != nil {
		return fmt.Errorf("casework: run %s: %w", c.Ref, err)
	}
	c.DueAt, err = e.due(c.Calendar, c.BudgetDays, append(ledger, calendar.Span{Start: a.At}))
	a.Data["deadline"] = e.ledgerData(*c)
	return err
}

func (t *turn) check() error {
	t.act.Data["finding"] = t.in.oneOf("finding", InOrder, NotInOrder)
	note := t.in.text("note", t.act.Data["finding"] == NotInOrder)
	if note != "" {
		t.act.Data["note"] = note
	}
	s, _ := t.c.step(StepDecide)
	t.c.State, t.c.Step, t.c.Role, t.c.CheckedBy = Deciding, s.Name, s.Role, t.by.Person
	return nil
}

func (t *turn) ask() error {
	t.act.Data["question"] = t.in.question("question")
	days := t.in.whole("due_in_days", 1, maxAnswerDays)
	t.act.Data["due_in_days"] = days
	if err := t.in.err(); err != nil {
		return err
	}
	due, err := t.e.due(t.c.Calendar, int(days), []calendar.Span{{Start: t.act.At}})
	if err != nil {
		return err
	}
	t.c.State, t.c.AnswerDueAt = Waiting, due
	t.act.Data["answer_due_at"] = due
	if err := t.pause(); err != nil {
		return err
	}
	return t.e.scheduleAnswer(t.tx, t.c, t.c.Version+1, int(days), due)
}

func (t *turn) reply() error {
	answers := t.in.object("answers")
	files := t.in.data["files"]
	text := t.in.text("text", len(answers) == 0 && empty(files))
	if text != "" {
		t.act.Data["text"] = text
	}
	if len(answers) > 0 {
		t.act.Data["answers"] = answers
	}
	if !empty(files) {
		t.act.Data["files"] = files
	}
	t.then = t.replied
	if err := t.in.err(); err != nil {
		return err
	}
	return t.e.run(t.tx, &t.c, &t.act)
}

// replied hands an answer to the service; one that came in an appeal belongs
// to the case that is appealed.
func (t *turn) replied(h Hook, c Case, a Act) error {
	if c.Parent != "" {
		var err error
		if c, err = t.e.Get(t.tx, c.Parent); err != nil {
			return err
		}
	}
	return h.Replied(t.tx, c, a)
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func (t *turn) withdraw() error {
	if reason := t.in.text("reason", false); reason != "" {
		t.act.Data["reason"] = reason
	}
	t.c.State, t.c.Outcome = Withdrawn, OutcomeWithdrawn
	t.c.Step, t.c.Role, t.c.AnswerDueAt = "", "", 0
	t.c.DecidedAt, t.c.ClosedAt = t.act.At, t.act.At
	if t.c.Parent == "" {
		t.then = func(h Hook, c Case, a Act) error { return h.Withdrawn(t.tx, c, a) }
	}
	return nil
}

func (t *turn) message() error {
	t.act.Data["text"] = t.in.text("text", true)
	side := "officer"
	if t.by.Subject() == t.c.Applicant {
		side = "applicant"
	}
	t.act.Data["side"] = side
	return nil
}

// scheduleAnswer plans the reminder, on the morning of the last working day
// before the answer is due, and the end of the wait.
func (e *Engine) scheduleAnswer(tx *db.Tx, c Case, act, days int, due int64) error {
	args := answerJob{Ref: c.Ref, Ask: act}
	if days >= 3 {
		before, err := e.due(c.Calendar, days-1, []calendar.Span{{Start: e.now()}})
		if err != nil {
			return err
		}
		morning := clock.FromMicro(before).Add((calendar.OpenHour - calendar.CloseHour) * time.Hour)
		if err := e.outbox.Enqueue(tx, jobRemind, args, morning); err != nil {
			return fmt.Errorf("casework: plan reminder of %s: %w", c.Ref, err)
		}
	}
	if err := e.outbox.Enqueue(tx, jobLapse, args, clock.FromMicro(due).Add(time.Second)); err != nil {
		return fmt.Errorf("casework: plan end of wait of %s: %w", c.Ref, err)
	}
	return nil
}
