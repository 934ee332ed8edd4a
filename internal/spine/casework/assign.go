package casework

import (
	"errors"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// StaffedBy gives the engine the directory, which knows who may be handed a
// case. Without it a case can be taken, and given back to its role's queue.
func (e *Engine) StaffedBy(d *directory.Directory) { e.staff = d }

// headRole answers for everything in a branch of an agency.
func headRole(agency string) string { return agency + "/head-of-branch" }

// Turn is the act that the case waits for now, "" where it waits for no
// officer: the step at hand, or that of its audit.
func (c Case) Turn() string {
	switch {
	case c.State.Open() && c.Role != "" && c.Step == StepDecide:
		return Decide
	case c.State.Open() && c.Role != "":
		return Check
	case c.AuditRole != "" && c.Audit == AuditWrong:
		return Correct
	case c.AuditRole != "":
		return AuditFind
	}
	return ""
}

// WorkRole is the role whose queue the case is in, "" where it is in none.
func (c Case) WorkRole() string {
	if c.Role != "" {
		return c.Role
	}
	return c.AuditRole
}

// What a desk lists.
const (
	WorkTodo    = "todo"    // an officer's step
	WorkWaiting = "waiting" // for the applicant; the clock stands
	WorkAudit   = "audit"   // a decision to be looked at again, or put right
)

// Work is in which of a desk's lists the case is, "" in none.
func (c Case) Work() string {
	switch {
	case c.Turn() == "":
		return ""
	case c.State == Waiting:
		return WorkWaiting
	case c.State.Open():
		return WorkTodo
	}
	return WorkAudit
}

// workAny tells whether an officer of any state may do what the case waits for.
func (c Case) workAny() bool {
	if c.Role != "" {
		return c.otherBranch()
	}
	return c.auditOther()
}

// sameWork tells whether b is still the piece of work that a was: what was
// taken or handed over stays with its officer.
func sameWork(a, b Case) bool {
	return a.WorkRole() == b.WorkRole() && a.Step == b.Step && a.Audit == b.Audit
}

// maySteer says whether by may take or hand over the case.
func (e *Engine) maySteer(tx *db.Tx, by actor.Actor, c Case, kind string) error {
	if kind == HandOver && heads(by, c) {
		return nil
	}
	turn := c.Turn()
	if turn == "" || !roleFits(by, c, turn) {
		return fault.New(fault.Denied, "casework.fault.role")
	}
	if kind == HandOver { // who must not have it must be able to give it back
		return nil
	}
	return e.impartial(tx, by, c, turn)
}

// heads tells whether by answers for the office that has the case.
func heads(by actor.Actor, c Case) bool {
	return by.Officer() && by.Role == headRole(c.Agency) && by.State == c.Calendar
}

// held keeps officers out of a case that another has in hand. The case stays
// open to who stands in, and to everybody once its officer has left the post.
func (e *Engine) held(tx *db.Tx, by actor.Actor, c Case, kind string) error {
	switch kind {
	case Take, HandOver, Ask, Check, Decide, AuditFind, Correct:
	default:
		return nil
	}
	if c.Assignee == "" || c.Turn() == "" {
		return nil
	}
	if by.Person == c.Assignee {
		if kind == Take {
			return fault.New(fault.Conflict, "casework.fault.yours")
		}
		return nil
	}
	if kind == HandOver {
		if heads(by, c) {
			return nil
		}
		// Who has just handed it over may take that back.
		if last, err := lastAct(tx, c.Ref, HandOver); err == nil && last.N == c.Version && last.By.Person == by.Person {
			return nil
		}
	}
	if e.staff == nil {
		return fault.New(fault.Conflict, "casework.fault.held", "post", locale.Same(c.AssigneePost))
	}
	free, post, err := e.lets(tx, by, c)
	if err != nil || free {
		return err
	}
	return fault.New(fault.Conflict, "casework.fault.held", "post", post.Title)
}

// lets tells whether somebody else's case is open to by all the same.
func (e *Engine) lets(tx *db.Tx, by actor.Actor, c Case) (bool, directory.Post, error) {
	post, err := e.staff.Post(tx, c.AssigneePost)
	if fault.CodeOf(err) == fault.Missing {
		return true, post, nil
	}
	if err != nil {
		return false, post, err
	}
	_, there, err := e.staff.Holds(tx, c.Assignee, c.AssigneePost, e.now())
	if err != nil || !there {
		return !there, post, err
	}
	leave, away, err := e.staff.Away(tx, c.Assignee, c.AssigneePost, e.now())
	if err != nil || !away {
		return false, post, err
	}
	standing, err := e.staff.StandsIn(tx, leave.StandIn, leave.Post, e.now())
	// A stand-in who is away too leaves the case to the whole office.
	return len(standing) == 0 || by.Person == leave.StandIn, post, err
}

// standIn notes on an act for whom it was done, where another has the case.
func (t *turn) standIn() error {
	if t.e.staff == nil || t.c.Assignee == "" || t.by.Person == t.c.Assignee || t.c.AssigneePost == "" || t.c.AssigneePost == t.by.Post {
		return nil
	}
	leaves, err := t.e.staff.StandsIn(t.tx, t.by.Person, t.c.AssigneePost, t.act.At)
	if err != nil || len(leaves) == 0 {
		return err
	}
	post, err := t.e.staff.Post(t.tx, t.c.AssigneePost)
	if err != nil {
		return err
	}
	t.act.Data["for_post"], t.act.Data["for_title"] = post.ID, textData(post.Title)
	return nil
}

func (t *turn) take() error {
	t.assign(t.by.Person, t.by.Post)
	t.act.Data["to_post"], t.act.Data["to_title"] = t.by.Post, textData(t.by.Title)
	return nil
}

// assign puts the case into somebody's hands.
func (t *turn) assign(person, post string) { t.c.Assignee, t.c.AssigneePost = person, post }

// handOver gives the case to an officer, by person or post, or back to the
// queue of its role. Who gets it must be able to do the step that it waits
// for.
func (t *turn) handOver() error {
	if note := t.in.text("note", false); note != "" {
		t.act.Data["note"] = note
	}
	to := t.in.text("to", true)
	if err := t.in.err(); err != nil {
		return err
	}
	if t.c.AssigneePost != "" {
		t.act.Data["from_post"] = t.c.AssigneePost
	}
	if strings.Contains(to, "/") {
		return t.handBack(to)
	}
	if err := t.e.unconcerned(t.tx, t.by, t.c); err != nil {
		return err // nobody chooses who decides their own matter
	}
	officer, err := t.e.receiver(t.tx, t.c, to)
	if err != nil {
		return err
	}
	if officer.Person == t.c.Assignee {
		return refusal("casework.to.already")
	}
	t.assign(officer.Person, officer.Post)
	t.act.Data["to_post"], t.act.Data["to_title"] = officer.Post, textData(officer.Title)
	return nil
}

func (t *turn) handBack(role string) error {
	if role != t.c.WorkRole() {
		return refusal("casework.to.step")
	}
	if t.c.Assignee == "" {
		return refusal("casework.to.already")
	}
	t.assign("", "")
	t.act.Data["role"] = role
	return nil
}

// refusal says why a case cannot go to that officer.
func refusal(key string, args ...any) error {
	return fault.New(fault.Invalid, "casework.fault.data").With(fault.Field{Location: "to", Key: key, Args: args})
}

// unconcerned is Denied where the case is by's own matter.
func (e *Engine) unconcerned(tx *db.Tx, by actor.Actor, c Case) error {
	return e.impartial(tx, by, c, HandOver)
}

// receiver is the officer whom to names, by person or post, where they may do
// the step that the case waits for.
func (e *Engine) receiver(tx *db.Tx, c Case, to string) (actor.Actor, error) {
	if e.staff == nil {
		return actor.Actor{}, refusal("casework.to.nobody")
	}
	officers, err := e.staff.Officers(tx, to, e.now())
	if err != nil {
		return actor.Actor{}, err
	}
	if len(officers) == 0 {
		return actor.Actor{}, refusal("casework.to.nobody")
	}
	var first error
	for _, o := range officers {
		err := e.suits(tx, c, o)
		if err == nil {
			return o, nil
		}
		if f, ok := fault.As(err); !ok || f.Code == fault.Internal {
			return actor.Actor{}, err
		}
		if first == nil {
			first = err
		}
	}
	return actor.Actor{}, first
}

// suits is a fault, about the field to, where an officer may not have the case.
func (e *Engine) suits(tx *db.Tx, c Case, o actor.Actor) error {
	switch turn := c.Turn(); {
	case o.Agency != c.Agency && !strings.HasPrefix(c.WorkRole(), o.Agency+"/"):
		return refusal("casework.to.agency")
	case !roleFits(o, c, turn) && o.Role == c.WorkRole():
		return refusal("casework.to.branch")
	case !roleFits(o, c, turn):
		return refusal("casework.to.step")
	default:
		leave, away, err := e.staff.Away(tx, o.Person, o.Post, e.now())
		if err != nil {
			return err
		}
		if away {
			return refusal("casework.to.leave", "day", clock.Day(leave.LastDay()))
		}
		err = e.impartial(tx, o, c, turn)
		var f *fault.Error
		if errors.As(err, &f) && f.Code == fault.Denied {
			if f.Key == "casework.fault.four_eyes" {
				return refusal("casework.to.four_eyes")
			}
			return refusal("casework.to.interest")
		}
		return err
	}
}

// Colleagues are the officers who may be handed the case now, by name of post;
// whoever has it in hand is not among them.
func (e *Engine) Colleagues(tx *db.Tx, c Case) ([]actor.Actor, error) {
	if e.staff == nil || c.Turn() == "" {
		return nil, nil
	}
	posts, people, err := e.staff.HoldersOf(tx, c.WorkRole(), "", e.now())
	if err != nil {
		return nil, err
	}
	var out []actor.Actor
	for i, p := range posts {
		o := directory.ActorIn(p, people[i])
		if o.Person == c.Assignee {
			continue
		}
		switch err := e.suits(tx, c, o); fault.CodeOf(err) {
		case "":
			out = append(out, o)
		case fault.Invalid:
		default:
			return nil, err
		}
	}
	return out, nil
}
