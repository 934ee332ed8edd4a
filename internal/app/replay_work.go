package app

import (
	"context"
	"fmt"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// openDays: cases this young may still be on somebody's desk.
const openDays = 6

// work does what officers did with a case that no rule decided, each act on a
// working day of its office, until the case is done or the present is reached;
// then what the appeal's officer did.
func (l *life) work(ctx context.Context, ref string) error {
	l.turn = 0
	if l.e.Behind {
		if lies, err := l.lies(ctx, ref); err != nil || lies {
			return err
		}
	}
	for range 10 {
		c, err := l.get(ctx, ref)
		if err != nil {
			return err
		}
		if !c.State.Open() && c.Audit != casework.AuditOpen {
			return l.appeal(ctx, c)
		}
		l.now.Set(l.workingTime(c, l.now.Now().Add(l.wait(c))))
		if l.now.Now().Add(time.Duration(l.rng.IntN(openDays)) * 24 * time.Hour).After(l.end) {
			return nil
		}
		by, kind, data, err := l.next(ctx, c)
		if err != nil || kind == "" {
			return err
		}
		if done, err := l.act(ctx, by, c, kind, data); err != nil || !done {
			return err
		}
	}
	return nil
}

// lies tells whether a case stays where it is at an office that does not keep
// up: in an officer's hands, or in nobody's.
func (l *life) lies(ctx context.Context, ref string) (bool, error) {
	c, err := l.get(ctx, ref)
	if err != nil || !c.State.Open() {
		return false, err
	}
	n := l.rng.IntN(9)
	if n < 4 {
		return false, nil
	}
	l.now.Set(l.workingTime(c, l.now.Now()))
	if n == 8 || l.now.Now().After(l.end) {
		return true, nil
	}
	by, err := l.holder(ctx, c, c.Role)
	if err == nil && by.Person != "" {
		_, err = l.act(ctx, by, c, casework.Take, nil)
	}
	return true, err
}

// act does one act and what follows it at once; done is false where the case
// has gone another way since.
func (l *life) act(ctx context.Context, by actor.Actor, c casework.Case, kind string, data map[string]any) (done bool, err error) {
	_, err = l.service.Act(ctx, by, c.Ref, kind, c.Version, data)
	switch fault.CodeOf(err) {
	case fault.Denied, fault.Conflict, fault.Invalid:
		l.log.Debug("demo: a past act was not taken", "service", l.e.Service, "act", kind, "error", err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	l.turn++
	return true, l.settle(ctx)
}

// wait is how long a case lies before the next act: within the days promised
// for its step, or, for a late one, first past them.
func (l *life) wait(c casework.Case) time.Duration {
	days := 2
	for _, s := range c.Plan {
		if s.Name == c.Step {
			days = max(1, s.WithinDays)
		}
	}
	if l.late && l.turn == 0 && c.State.Open() {
		return time.Duration(c.BudgetDays+2+l.rng.IntN(6)) * 24 * time.Hour * 7 / 5
	}
	return time.Duration(3+l.rng.IntN(18*days)) * time.Hour
}

// appeal asks for another look at a refusal, and lives through it.
func (l *life) appeal(ctx context.Context, c casework.Case) error {
	say := l.course.Say
	if c.State != casework.Refused || c.Parent != "" || c.Kind == disputeKind || len(say.Grounds) == 0 || !l.chance(l.course.Chance.Appeals) {
		return nil
	}
	l.now.Advance(time.Duration(20+l.rng.IntN(150)) * time.Hour)
	if l.now.Now().After(l.end) {
		return nil
	}
	done, err := l.act(ctx, l.who, c, casework.Appeal, map[string]any{"grounds": l.in(say.Grounds)})
	if err != nil || !done {
		return err
	}
	if c, err = l.get(ctx, c.Ref); err != nil {
		return err
	}
	return l.work(ctx, c.Appeal)
}

// after is what some yeses come to later: one is corrected, one is revoked.
func (l *life) after(ctx context.Context, ref string) error {
	corrects, revokes := l.chance(l.course.Chance.Corrects), l.chance(l.course.Chance.Revokes)
	c, err := l.get(ctx, ref)
	if err != nil || c.Outcome != casework.OutcomeApproved || !corrects && !revokes {
		return err
	}
	correction := l.e.Correction
	if correction == nil {
		correction = l.course.Correction
	}
	l.now.Set(l.workingTime(c, l.now.Now().Add(time.Duration(2+l.rng.IntN(12))*24*time.Hour)))
	if l.now.Now().After(l.end) {
		return nil
	}
	role := ""
	for _, s := range c.Plan {
		role = s.Role // the last step's: who decides also corrects and revokes
	}
	by, err := l.holder(ctx, c, role)
	if err != nil || by.Person == "" {
		return err
	}
	say := l.course.Say
	switch {
	case corrects && len(correction) > 0 && len(say.Correct) > 0:
		_, err = l.act(ctx, by, c, casework.Correct, map[string]any{"reasons": l.both(say.Correct), "correction": correction})
	case revokes && len(say.Revoke) > 0:
		_, err = l.act(ctx, by, c, casework.Revoke, map[string]any{"reason": l.in(say.Revoke)})
	}
	return err
}

func (p *pastHall) get(ctx context.Context, ref string) (c casework.Case, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) (err error) {
		c, err = p.cases.Get(tx, ref)
		return err
	})
	return c, err
}

// workingTime moves t to office hours of a working day of the case's office.
func (p *pastHall) workingTime(c casework.Case, t time.Time) time.Time {
	cal, err := p.calendars.State(c.Calendar)
	if err != nil {
		return t
	}
	local := t.In(clock.Zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), 9+local.Minute()%7, local.Minute(), local.Second(), 0, clock.Zone)
	for range 20 {
		if at.After(t) && cal.Working(clock.Day(at)) {
			return at
		}
		at = at.AddDate(0, 0, 1)
	}
	return t
}

// disputeKind is the kind of case in which a register's owner decides.
const disputeKind = "register/dispute"

// next is what the case's office does next, or what the applicant does.
func (l *life) next(ctx context.Context, c casework.Case) (by actor.Actor, kind string, data map[string]any, err error) {
	say, chance := l.course.Say, l.course.Chance
	role := c.Role
	if c.Audit == casework.AuditOpen {
		role = c.AuditRole
	}
	if c.AwaitsFee() {
		role = c.Plan[0].Role
	}
	if c.State == casework.Waiting {
		return l.who, casework.Reply, map[string]any{"text": l.in(say.Reply)}, nil
	}
	by, err = l.holder(ctx, c, role)
	if err != nil || by.Person == "" {
		return by, "", nil, err
	}
	switch {
	case c.Audit == casework.AuditOpen:
		return by, casework.AuditFind, map[string]any{"finding": "in_order", "note": l.in(say.Audit)}, nil
	case c.Kind == disputeKind:
		return by, casework.Decide, l.verdict(l.chance(60), say.Own, say.Keep), nil
	case c.Parent != "":
		return by, casework.Decide, l.verdict(l.chance(chance.Allows), say.Allow, say.Uphold), nil
	case l.turn == 0 && len(say.Withdraw) > 0 && l.chance(chance.Withdraws):
		return l.who, casework.Withdraw, map[string]any{"reason": l.in(say.Withdraw)}, nil
	case c.State == casework.Checking && l.turn < 2 && l.chance(chance.Asks):
		return by, casework.Ask, map[string]any{"question": l.in(say.Ask), "due_in_days": 10}, nil
	case c.FeeCents > 0 && c.FeeReceipt == "":
		return by, casework.Fee, map[string]any{"receipt": fmt.Sprintf("R%06d", l.rng.IntN(1e6)), "cents": c.FeeCents}, nil
	case c.State == casework.Checking:
		return by, casework.Check, map[string]any{"finding": "in_order", "note": l.in(say.Check)}, nil
	default:
		return by, casework.Decide, l.verdict(!l.chance(chance.Refuses), say.Approve, say.Refuse), nil
	}
}

// verdict is a decision with its reasons in both languages.
func (l *life) verdict(yes bool, approve, refuse []locale.Text) map[string]any {
	if yes {
		return map[string]any{"verdict": casework.Approve, "reasons": l.both(approve)}
	}
	return map[string]any{"verdict": casework.Refuse, "reasons": l.both(refuse)}
}

// in is one of the texts in the applicant's language.
func (l *life) in(texts []locale.Text) string { return l.one(texts).In(l.e.Lang) }

// both is one of the texts in both languages, as the act takes it.
func (l *life) both(texts []locale.Text) map[string]any {
	t := l.one(texts)
	return map[string]any{"ms": t.MS, "en": t.EN}
}

func (l *life) one(texts []locale.Text) locale.Text { return texts[l.rng.IntN(len(texts))] }

// holder is somebody who holds a post of the role at the case's office, or of
// an agency with one office for every state. Who has taken it goes on with it.
func (l *life) holder(ctx context.Context, c casework.Case, role string) (a actor.Actor, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) (err error) {
		now := clock.Micro(l.now.Now())
		all, err := l.inRoles(tx, role, c.Calendar, now)
		if err == nil && len(all) == 0 {
			all, err = l.inRoles(tx, role, "", now)
		}
		if err != nil || len(all) == 0 {
			return err
		}
		a = all[0]
		if l.e.Behind { // all of the office lend a hand
			a = all[l.rng.IntN(len(all))]
		}
		for _, one := range all {
			if one.Person == c.Assignee {
				a = one
			}
		}
		return nil
	})
	return a, err
}
