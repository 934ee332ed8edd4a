package casework

import (
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// acts that somebody may ask for; the rest are the hall's own.
func kinds() []string {
	return []string{Check, Ask, Reply, Fee, Decide, Withdraw, Decline, Appeal, Revoke, AuditFind, Correct, Message, Take, HandOver, Recuse, Rejoin}
}

// Allowed lists the kinds of acts that by may do on c now, in a fixed order.
func (e *Engine) Allowed(tx *db.Tx, by actor.Actor, c Case) ([]string, error) {
	var out []string
	for _, kind := range kinds() {
		err := e.may(tx, by, c, kind)
		if err == nil {
			err = fits(c, kind)
		}
		if err == nil {
			err = e.held(tx, by, c, kind)
		}
		switch fault.CodeOf(err) {
		case "":
			out = append(out, kind)
		case fault.Denied, fault.SignedOut, fault.Conflict:
		default:
			return nil, err
		}
	}
	return out, nil
}

// fits is Conflict when the case is in no state for the act.
func fits(c Case, kind string) error {
	upheld := c.Outcome == OutcomeApproved && c.Parent == ""
	ok := false
	switch kind {
	case Check:
		ok = c.State == Checking && c.Step == StepCheck
	case Ask:
		ok = c.State == Checking || c.State == Deciding
	case Reply:
		ok = c.State == Waiting
	case Fee:
		// A refused case can be paid for while its appeal is heard.
		ok = c.FeeCents > 0 && c.FeeReceipt == "" && (c.State.Open() || c.State == Refused && c.Appeal != "")
	case Decide:
		ok = c.State == Deciding
	case Withdraw:
		ok = c.State.Open()
	case Decline:
		ok = upheld && c.Unasked() && (c.State == Approved || c.State == Issued)
	case Appeal:
		ok = c.State == Refused && c.Parent == "" && c.Appeal == ""
	case Revoke:
		ok = upheld && (c.State == Issued || c.State == Closed)
	case AuditFind:
		ok = upheld && c.Audit == AuditOpen
	case Correct:
		ok = upheld && (c.State == Approved || c.State == Issued || c.State == Closed)
	case Message:
		ok = c.State != Closed
	case Take, HandOver:
		ok = c.Turn() != ""
	case Recuse, Rejoin:
		ok = c.State.Open() || c.AuditRole != ""
	}
	if !ok {
		return fault.New(fault.Conflict, "casework.fault.state", "state", string(c.State), "act", kind)
	}
	return nil
}

// may is Denied when by is not the one to do the act, whatever the state.
func (e *Engine) may(tx *db.Tx, by actor.Actor, c Case, kind string) error {
	if !by.SignedIn() {
		return fault.New(fault.SignedOut, "casework.fault.signed_out")
	}
	mine := by.Subject() == c.Applicant && !by.For.Over && !by.IsSystem()
	if by.Acting() && !mine {
		return fault.New(fault.Denied, "casework.fault.applicant")
	}
	switch kind {
	case Reply, Withdraw:
		if !mine {
			return fault.New(fault.Denied, "casework.fault.applicant")
		}
		return nil
	case Appeal, Decline:
		if !mine {
			return fault.New(fault.Denied, "casework.fault.applicant")
		}
		return nil
	case Message:
		if mine {
			return nil
		}
	}
	if by.Acting() { // who serves somebody is no office now
		return fault.New(fault.Denied, "casework.fault.role")
	}
	switch kind {
	case Take, HandOver:
		return e.maySteer(tx, by, c, kind)
	case Rejoin:
		return e.mayRejoin(tx, by, c)
	}
	if !roleFits(by, c, kind) {
		return fault.New(fault.Denied, "casework.fault.role")
	}
	return e.impartial(tx, by, c, kind)
}

// roleFits says whether by's post is the one that the act belongs to, in the
// office's state unless the step may be taken in any.
func roleFits(by actor.Actor, c Case, kind string) bool {
	if !by.Officer() || by.IsSystem() || by.Role == "" {
		return false
	}
	at := func(s Step, ok bool) bool {
		return ok && s.Role == by.Role && (s.OtherBranch || by.State == c.Calendar)
	}
	switch kind {
	case Check:
		return at(c.step(StepCheck))
	case Decide, Revoke, Correct:
		return at(c.step(StepDecide))
	case AuditFind:
		return at(c.Plan[0], true)
	case Ask:
		return at(c.step(c.Step))
	default: // Fee, Message, Recuse, Rejoin: whoever has a step in the case
		return slices.ContainsFunc(c.Plan, func(s Step) bool { return at(s, true) })
	}
}

// impartial keeps officers out of their own matters and their kin's, and two
// acts that need two persons apart.
func (e *Engine) impartial(tx *db.Tx, by actor.Actor, c Case, kind string) error {
	why, err := e.Interest(tx, by.Person, c)
	if err != nil {
		return err
	}
	if err := why.Fault(); err != nil {
		return err
	}
	if acted, err := actedIn(tx, c, by.Person); err != nil {
		return err
	} else if acted {
		return fault.New(fault.Denied, "casework.fault.acted")
	}
	four := fault.New(fault.Denied, "casework.fault.four_eyes")
	switch kind {
	case Decide:
		s, _ := c.step(StepDecide)
		if s.NotSameAs == StepCheck && by.Person == c.CheckedBy {
			return four
		}
		if c.Parent == "" {
			return nil
		}
		parent, err := e.Get(tx, c.Parent)
		if err != nil {
			return err
		}
		if by.Person == parent.CheckedBy || by.Person == parent.DecidedBy {
			return four
		}
	case Revoke:
		if by.Person == c.DecidedBy {
			return four
		}
	case Correct:
		if c.Audit == "" || c.Audit == AuditOpen {
			return nil
		}
		found, err := lastAct(tx, c.Ref, AuditFind)
		if err != nil {
			return err
		}
		if by.Person == found.By.Person {
			return four
		}
	}
	return nil
}
