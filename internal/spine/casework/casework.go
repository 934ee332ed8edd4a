package casework

import (
	"encoding/json"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// State of a case.
type State string

const (
	Received  State = "received"  // on record, and with no office: the yes waits for a fee
	Checking  State = "checking"  // an officer looks at it
	Waiting   State = "waiting"   // for the applicant; the clock stands
	Deciding  State = "deciding"  // another officer decides
	Approved  State = "approved"  // yes; its paper is being made
	Refused   State = "refused"   // no, with reasons; can be appealed once
	Withdrawn State = "withdrawn" // by the applicant, or it lapsed
	Issued    State = "issued"    // the paper is there
	Closed    State = "closed"    // nothing more follows
)

// States in the order of the work.
func States() []State {
	return []State{Received, Checking, Waiting, Deciding, Approved, Refused, Withdrawn, Issued, Closed}
}

// Open tells whether somebody still has to decide.
func (s State) Open() bool {
	return s == Received || s == Checking || s == Waiting || s == Deciding
}

// Names of steps, findings, verdicts, outcomes and the states of an audit.
const (
	StepCheck  = "check"
	StepDecide = "decide"

	InOrder    = "in_order"
	NotInOrder = "not_in_order"
	Wrong      = "wrong"

	Approve = "approve"
	Refuse  = "refuse"

	OutcomeApproved  = "approved"
	OutcomeRefused   = "refused"
	OutcomeWithdrawn = "withdrawn"
	OutcomeRevoked   = "revoked"
	OutcomeLapsed    = "lapsed" // the fee was not paid in time

	AuditOpen      = "open"
	AuditInOrder   = "in_order"
	AuditWrong     = "wrong"
	AuditCorrected = "corrected"
)

// Kinds of acts. Each is an event case.KIND and a journal record case.KIND.
const (
	Receive   = "receive"    // by whoever applies: data of the opening
	Assign    = "assign"     // by the system: to the office's queue
	Check     = "check"      // {finding: in_order|not_in_order, note}
	Ask       = "ask"        // {question, due_in_days}: working days to answer; pauses the clock
	Remind    = "remind"     // by the system: {ask}: the answer is due soon; {cents, pay_by_at}: the fee is
	Lapse     = "lapse"      // by the system: {ask}: no answer came; the clock runs on
	Reply     = "reply"      // by the applicant: {text, answers, files}
	Fee       = "fee"        // {receipt, cents, online}: what the counter received, or by the system what the hall did
	Decide    = "decide"     // {verdict: approve|refuse, reasons, trace}
	Withdraw  = "withdraw"   // by the applicant: {reason}
	Decline   = "decline"    // by the applicant: what was given without application is not wanted
	Appeal    = "appeal"     // by the applicant: {grounds}; {case} names the linked case
	Overturn  = "overturn"   // by the appeal's decider, on the refused case: {appeal, of, reasons}
	Issue     = "issue"      // by the system: {certificate}
	Revoke    = "revoke"     // {reason}
	AuditFind = "audit_find" // {finding: in_order|wrong, note, correction}
	Correct   = "correct"    // {reasons, correction, of}: a new decision naming the old
	Message   = "message"    // by either side: {text}
	Recuse    = "recuse"     // {role, reason}: the officer has a conflict of interest and hands the case back
	Rejoin    = "rejoin"     // {role, reason}: the officer takes back a declaration made by mistake
	Told      = "told"       // by the system: {field, label, from, to, dispute, audit}: a value that the case used was corrected
	Recount   = "recount"    // by the system: {old, new}: a gazette changed the calendar
	Unpaid    = "unpaid"     // by the system: {cents, pay_by_at}: the fee was not paid in time
	Close     = "close"      // by the system
	Take      = "take"       // {to_post, to_title}: into one's own hands
	HandOver  = "hand_over"  // {to, note} kept as {to_post, to_title, from_post, note}, or {role} for its queue
)

// Step is one piece of officers' work. A plan is [check,] decide.
type Step struct {
	Name        string `json:"name"` // "check" or "decide"
	Role        string `json:"role"` // "jpn/registration-officer"
	WithinDays  int    `json:"within_days"`
	NotSameAs   string `json:"not_same_as,omitempty"`  // a step whose officer may not take this one
	OtherBranch bool   `json:"other_branch,omitempty"` // an officer of any state may
}

// Opening is a new case.
type Opening struct {
	Ref       string // "" makes one
	Kind      string // "jpn/birth-registration"
	Release   string // of the service's definition; running cases keep it
	Title     locale.Text
	Applicant string
	By        actor.Actor // who sends it: the applicant, somebody acting for them, or the system where nobody applied
	Agency    string
	Unit      string
	Calendar  string // state code of the office, such as MY-03
	Plan      []Step
	Parent    string   // the refused case, of an appeal
	FeeCents  int64    // to be paid before a yes
	AfterFee  bool     // nothing but the fee is in the way of a yes of the rules
	PayBy     int64    // until when it can be paid; 0 is without end
	Subjects  []string // also concerned, such as the father
	Basis     string   // legal basis, named in the journal
	Automatic *Decision
	Data      map[string]any // kept with the receive act and in the journal
}

// Decision is an automatic yes. Approve false is refused: a no is a person's.
type Decision struct {
	Approve bool
	Reasons locale.Text
	Trace   json.RawMessage // the rules that led there
	Of      string          // id of the decision act that it corrects
}

// Case is where it stands. Times are unix microseconds, 0 is none or unknown.
type Case struct {
	Ref, Kind, Release   string
	Title                locale.Text
	Applicant, ActedBy   string // ActedBy: who sent it for the applicant, or ""
	Agency, Unit         string
	Calendar             string // state code of the office
	State                State
	Version              int // the number of its last act
	Plan                 []Step
	Step, Role           string // the step at hand and its role; kept while waiting
	CheckedBy, DecidedBy string // persons
	ReceivedAt, DueAt    int64  // DueAt 0: not known while waiting
	DecidedAt, ClosedAt  int64
	BudgetDays           int
	Parent, Appeal       string // refs of the linked cases
	Automatic            bool
	FeeCents             int64
	FeeReceipt           string
	PayBy                int64  // until when the fee can be paid, 0 without end
	Audit                string // "", open, in_order, wrong, corrected
	AuditRole            string // whose queue the audit is in
	AuditDueAt           int64
	AuditFrom            int64  // when the audit at hand began, 0 with the receipt
	AnswerDueAt          int64  // until when the applicant may answer, while waiting
	Outcome              string // "", approved, refused, withdrawn, revoked, lapsed: survives Closed
	Certificate          string // code of the paper that holds, once issued
	Basis                string
	Assignee             string // the person who has the step at hand, "" while it lies in its role's queue
	AssigneePost         string // in which post
}

// Unasked tells whether nobody applied: the hall opened the case by a rule.
func (c Case) Unasked() bool { return c.ActedBy == actor.System("").Person }

// step is the plan's step of that name.
func (c Case) step(name string) (Step, bool) {
	for _, s := range c.Plan {
		if s.Name == name {
			return s, true
		}
	}
	return Step{}, false
}

// otherBranch says whether the step at hand may be taken in any state.
func (c Case) otherBranch() bool {
	s, ok := c.step(c.Step)
	return ok && c.Role != "" && s.OtherBranch
}

// auditOther says the same of the audit at hand.
func (c Case) auditOther() bool {
	for _, s := range c.Plan {
		if s.Role == c.AuditRole && s.OtherBranch {
			return true
		}
	}
	return false
}

// Act is one thing done. On the way in only Kind and Data count.
type Act struct {
	N     int
	ID    string
	Kind  string
	At    int64
	By    journal.By
	Data  map[string]any
	Leaf  string // of the journal
	State State  // after it
}

// Event is the payload of the outbox event case.KIND.
type Event struct {
	Ref  string `json:"ref"`
	Kind string `json:"kind"` // the case's, such as jpn/birth-registration
	Act  int    `json:"act"`  // its number in the case
}

// Hook is a service's part of an act, in the act's transaction. An error
// undoes the act. Each gets the case as it stands after the act. A hook never
// sees an appeal: a yes there approves the case that was refused, an answer
// there is handed over with that case, and a no or a withdrawal changes nothing.
type Hook interface {
	// Approved: a yes, automatic, by an officer or on appeal (then Act.Kind
	// is Overturn). It makes the register entry and the certificate.
	Approved(tx *db.Tx, c Case, a Act) error
	Refused(tx *db.Tx, c Case, a Act) error
	// Revoked: the entry and the certificate no longer hold: an officer says so,
	// or the person declines what they had not asked for (Act.Kind is Decline).
	Revoked(tx *db.Tx, c Case, a Act) error
	Withdrawn(tx *db.Tx, c Case, a Act) error
	// Replied: Data has text, answers and files.
	Replied(tx *db.Tx, c Case, a Act) error
	// Corrected: a new decision; Data has correction and reasons. The old
	// certificate is replaced, IssueTx names the new one when it is ready.
	Corrected(tx *db.Tx, c Case, a Act) error
}

// Filter of a queue; zero fields do not restrict.
type Filter struct {
	Roles     []string // work that waits for these roles, audits included
	Place     string   // state code of the officer's branch: its cases and those that any branch may take
	Agency    string
	Unit      string
	Kind      string
	Applicant string // cases of this person
	ActedBy   string // cases in which this person has acted in a post
	States    []State
	Audit     bool // only cases with an open audit or a wrong finding
	Unpaid    bool // a fee is due and not on record
	// Of a worklist only:
	Work       []string // todo, waiting, audit; nil is all three
	Step       string   // check or decide
	Calendar   string   // state code of the office
	Assignees  []string // in the hands of one of these persons
	Unassigned bool     // in nobody's hands
	Due        string   // late or soon
	Counter    bool     // sent by somebody for the applicant
	Applicants []string // of one of these persons
	Search     string   // the beginning of a reference
	Newest     bool     // newest first instead of by remaining time
	After      string   // Cursor of the last case of the page before
	Limit      int      // 0 is 50, at most 200
}

// Counts of a queue under a filter.
type Counts struct {
	Open, Overdue, Waiting, Audit int
	ByState                       map[State]int
}
