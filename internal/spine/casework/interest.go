package casework

import (
	"fmt"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Kin knows who is related to whom: with parents, children, brothers and
// sisters, husband or wife and those of the same home an officer has a
// conflict of interest. The persons are the register's.
type Kin interface {
	Related(tx *db.Tx, person string) ([]string, error)
}

// Shield knows of orders that keep somebody away from a person.
type Shield interface {
	Against(tx *db.Tx, person, from string) (bool, error)
}

// Guard lets the engine ask s whom an order names: that officer takes no part
// in the person's case.
func (e *Engine) Guard(s Shield) { e.shield = s }

// Ask lets the engine ask k who is related. Without it only one's own matters
// are told from others'.
func (e *Engine) Ask(k Kin) { e.kin = k }

// Interest is why a person may not work on a case.
type Interest string

const (
	Disinterested Interest = ""
	Own           Interest = "own"      // the applicant, who sent it, or whom it concerns
	Related       Interest = "related"  // close kin of one of them
	Declared      Interest = "declared" // the officer said so
)

// Interest tells whether person has a conflict of interest in c. An appeal is
// the same matter as the case that it appeals.
func (e *Engine) Interest(tx *db.Tx, person string, c Case) (Interest, error) {
	subjects, err := e.Subjects(tx, c.Ref)
	if err != nil {
		return Disinterested, err
	}
	if person == c.Applicant || person == c.ActedBy || slices.Contains(subjects, person) {
		return Own, nil
	}
	said, err := declared(tx, person, c.Ref, c.Parent)
	if err != nil {
		return Disinterested, fmt.Errorf("casework: conflicts of %s: %w", c.Ref, err)
	}
	if said {
		return Declared, nil
	}
	if e.shield != nil {
		for _, p := range append(subjects, c.Applicant) {
			// Told as kin would be: whom an order names learns nothing of it.
			if named, err := e.shield.Against(tx, p, person); err != nil || named {
				return Related, err
			}
		}
	}
	if e.kin == nil {
		return Disinterested, nil
	}
	near, err := e.kin.Related(tx, person)
	if err != nil {
		return Disinterested, err
	}
	for _, p := range near {
		if slices.Contains(subjects, p) {
			return Related, nil
		}
	}
	return Disinterested, nil
}

// Fault is the refusal of an act for this interest, nil where there is none.
func (i Interest) Fault() error {
	switch i {
	case Own:
		return fault.New(fault.Denied, "casework.fault.interest")
	case Related:
		return fault.New(fault.Denied, "casework.fault.related")
	case Declared:
		return fault.New(fault.Denied, "casework.fault.declared")
	}
	return nil
}

// recuse hands the case back: this officer takes no further part in it. Why is
// theirs to say or to keep; that they did is on record.
func (t *turn) recuse() error {
	t.act.Data["role"] = t.by.Role
	if reason := t.in.text("reason", false); reason != "" {
		t.act.Data["reason"] = reason
	}
	if t.c.Assignee == t.by.Person {
		t.assign("", "")
	}
	return declare(t.tx, t.c.Ref, t.by.Person, t.act.At)
}

// mayRejoin says whether by may take back a declaration: their own, in a post
// that has a step here. A conflict that the registers know of stays.
func (e *Engine) mayRejoin(tx *db.Tx, by actor.Actor, c Case) error {
	if !roleFits(by, c, Rejoin) {
		return fault.New(fault.Denied, "casework.fault.role")
	}
	said, err := declared(tx, by.Person, c.Ref, c.Parent)
	if err != nil {
		return fmt.Errorf("casework: conflicts of %s: %w", c.Ref, err)
	}
	if !said {
		return fault.New(fault.Denied, "casework.fault.not_declared")
	}
	return nil
}

// rejoin takes a declaration back that was made by mistake, in an appeal also
// the one of the case that it appeals. The case stays in whose hands it is. The
// reason is on record, for whoever asks later why an officer left and came.
func (t *turn) rejoin() error {
	t.act.Data["role"], t.act.Data["reason"] = t.by.Role, t.in.text("reason", true)
	if err := t.in.err(); err != nil {
		return err
	}
	return retract(t.tx, t.by.Person, t.c.Ref, t.c.Parent)
}
