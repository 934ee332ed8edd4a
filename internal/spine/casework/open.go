package casework

import (
	"errors"
	"fmt"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// valid refuses what only wrong wiring can produce; none of it is a person's
// input.
func (o Opening) valid() error {
	switch {
	case o.Kind == "" || o.Applicant == "" || o.By.Person == "" || o.Agency == "":
		return errors.New("casework: an opening needs kind, applicant, sender and agency")
	case o.Title.MS == "" || o.Title.EN == "":
		return errors.New("casework: an opening needs a title in both languages")
	case len(o.Plan) == 0 || o.Plan[len(o.Plan)-1].Name != StepDecide:
		return errors.New("casework: a plan ends with the step decide")
	case len(o.Plan) > 2 || len(o.Plan) == 2 && o.Plan[0].Name != StepCheck:
		return errors.New("casework: a plan is check and decide, or decide alone")
	case o.FeeCents < 0:
		return errors.New("casework: a fee is not negative")
	case o.AfterFee && (o.FeeCents == 0 || o.Automatic != nil):
		return errors.New("casework: a yes that waits for a fee has one, and is not given yet")
	}
	for _, s := range o.Plan {
		if s.Role == "" || s.WithinDays < 0 {
			return fmt.Errorf("casework: step %s needs a role and a number of days", s.Name)
		}
	}
	if o.Automatic == nil {
		return nil
	}
	switch {
	case !o.Automatic.Approve:
		return errors.New("casework: an automatic decision is only ever a yes")
	case o.Automatic.Reasons.MS == "" || o.Automatic.Reasons.EN == "":
		return errors.New("casework: an automatic decision needs reasons in both languages")
	case o.FeeCents > 0:
		return errors.New("casework: a case with a fee to pay is not decided automatically")
	}
	return nil
}

// OpenTx puts a case on record: acts receive and assign, or receive and
// decide where the rules say yes by themselves; then Hook.Approved has run. A
// yes that waits for its fee is received, and no more.
func (e *Engine) OpenTx(tx *db.Tx, o Opening) (Case, error) {
	if err := o.valid(); err != nil {
		return Case{}, err
	}
	hook, err := e.hook(o.Kind)
	if err != nil {
		return Case{}, err
	}
	c, err := e.newCase(o)
	if err != nil {
		return Case{}, err
	}
	subjects := o.subjects()
	data := map[string]any{}
	for k, v := range o.Data {
		data[k] = v
	}
	if o.By.IsSystem() {
		data["unasked"] = true
	}
	if o.AfterFee { // the clock stands until it is paid
		data["after_fee"] = true
		if c.DueAt, err = e.due(c.Calendar, c.BudgetDays, []calendar.Span{{Start: c.ReceivedAt, End: c.ReceivedAt}}); err != nil {
			return Case{}, err
		}
	}
	data["deadline"] = e.ledgerData(c)
	receive := Act{Kind: Receive, At: c.ReceivedAt, Data: data}
	c.Version = 1
	if err := e.publish(tx, c, o.By, subjects, &receive); err != nil {
		return Case{}, err
	}
	if o.AfterFee {
		return c, e.awaitFee(tx, c, subjects, &receive)
	}
	var second Act
	if o.Automatic != nil {
		if second, err = e.automatic(&c, *o.Automatic, c.ReceivedAt); err != nil {
			return Case{}, err
		}
	} else {
		c.Step, c.Role, c.State = o.Plan[0].Name, o.Plan[0].Role, stateOf(o.Plan[0].Name)
		second = Act{Kind: Assign, At: c.ReceivedAt, Data: map[string]any{"unit": c.Unit, "role": c.Role}}
	}
	c.Version = 2
	if err := e.publish(tx, c, actor.System(c.Agency), subjects, &second); err != nil {
		return Case{}, err
	}
	if err := e.insertCase(tx, c, subjects); err != nil {
		return Case{}, err
	}
	if err := insertActs(tx, c.Ref, &receive, &second); err != nil {
		return Case{}, err
	}
	if err := startSpan(tx, c.Ref, 1, c.ReceivedAt); err != nil {
		return Case{}, fmt.Errorf("casework: ledger of %s: %w", c.Ref, err)
	}
	if err := e.schedulePay(tx, c); err != nil {
		return Case{}, err
	}
	if o.Automatic == nil {
		return c, nil
	}
	if err := hook.Approved(tx, c, second); err != nil {
		return Case{}, err
	}
	return e.Get(tx, c.Ref)
}

// awaitFee writes a case whose clock stands until its fee is paid.
func (e *Engine) awaitFee(tx *db.Tx, c Case, subjects []string, receive *Act) error {
	if err := e.insertCase(tx, c, subjects); err != nil {
		return err
	}
	if err := insertActs(tx, c.Ref, receive); err != nil {
		return err
	}
	err := startSpan(tx, c.Ref, 1, c.ReceivedAt)
	if err == nil {
		err = endSpan(tx, c.Ref, c.ReceivedAt, c.ReceivedAt)
	}
	if err != nil {
		return fmt.Errorf("casework: ledger of %s: %w", c.Ref, err)
	}
	return e.schedulePay(tx, c)
}

// newCase is the case at the moment of its receipt.
func (e *Engine) newCase(o Opening) (Case, error) {
	c := Case{
		Ref: o.Ref, Kind: o.Kind, Release: o.Release, Title: o.Title, Applicant: o.Applicant,
		Agency: o.Agency, Unit: o.Unit, Calendar: o.Calendar, State: Received, Plan: slices.Clone(o.Plan),
		ReceivedAt: e.now(), Parent: o.Parent, Automatic: o.Automatic != nil, FeeCents: o.FeeCents, PayBy: o.PayBy, Basis: o.Basis,
	}
	if c.Ref == "" {
		c.Ref = e.ids.Ref(refPrefix)
	}
	if o.By.Person != o.Applicant {
		c.ActedBy = o.By.Person
	}
	for _, s := range c.Plan {
		c.BudgetDays += s.WithinDays
	}
	var err error
	c.DueAt, err = e.due(c.Calendar, c.BudgetDays, []calendar.Span{{Start: c.ReceivedAt}})
	return c, err
}

// automatic turns c into a case that the rules have decided at a moment.
func (e *Engine) automatic(c *Case, d Decision, at int64) (Act, error) {
	c.State, c.Outcome, c.DecidedAt = Approved, OutcomeApproved, at
	if Sampled(c.Ref) {
		due, err := e.due(c.Calendar, AuditDays, []calendar.Span{{Start: at}})
		if err != nil {
			return Act{}, err
		}
		c.Audit, c.AuditRole, c.AuditDueAt = AuditOpen, c.Plan[0].Role, due
	}
	data := map[string]any{"verdict": Approve, "reasons": textData(d.Reasons), "automatic": true}
	if len(d.Trace) > 0 {
		data["trace"] = d.Trace
	}
	if d.Of != "" {
		data["of"] = d.Of
	}
	return Act{Kind: Decide, At: at, Data: data}, nil
}

// subjects are the applicant and the others concerned, each once.
func (o Opening) subjects() []string {
	out := []string{o.Applicant}
	for _, p := range o.Subjects {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func stateOf(step string) State {
	if step == StepDecide {
		return Deciding
	}
	return Checking
}

func textData(t locale.Text) map[string]any { return map[string]any{"ms": t.MS, "en": t.EN} }
