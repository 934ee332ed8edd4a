package casework

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// General is the standard reason that says only that there is one. A refusal
// says in the officer's own words, too, which condition is not met.
var General = locale.Text{MS: "Syarat perkhidmatan ini tidak dipenuhi.", EN: "The conditions of this service are not met."}

// Decidable says what is wrong with a decision's data before it is made.
func Decidable(data map[string]any) error {
	in := input{data: data}
	in.decision()
	return in.err()
}

func (in *input) decision() (verdict string, reasons locale.Text) {
	verdict = in.oneOf("verdict", Approve, Refuse)
	reasons = in.bilingual("reasons")
	if verdict == Refuse && (onlyGeneral(reasons.MS, General.MS) || onlyGeneral(reasons.EN, General.EN)) {
		in.wrong("reasons", "casework.fault.own_words")
	}
	return verdict, reasons
}

// onlyGeneral tells whether a reason is the general sentence and no word more.
func onlyGeneral(reason, general string) bool {
	plain := func(s string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
	}
	rest := strings.ReplaceAll(plain(reason), plain(general), "")
	return rest != plain(reason) && strings.TrimSpace(rest) == ""
}

func (t *turn) decide() error {
	verdict, reasons := t.in.decision()
	t.act.Data["verdict"], t.act.Data["reasons"] = verdict, textData(reasons)
	if trace, ok := t.in.data["trace"]; ok && trace != nil {
		t.act.Data["trace"] = trace
	}
	if err := t.in.err(); err != nil {
		return err
	}
	t.c.Step, t.c.Role = "", ""
	t.c.DecidedBy, t.c.DecidedAt = t.by.Person, t.act.At
	if verdict == Refuse {
		t.c.State, t.c.Outcome, t.c.ClosedAt = Refused, OutcomeRefused, t.act.At
		if t.c.Parent == "" {
			t.then = func(h Hook, c Case, a Act) error { return h.Refused(t.tx, c, a) }
		}
		return nil
	}
	if err := paid(t.c); err != nil {
		return err
	}
	if with := t.in.given("with"); len(with) > 0 { // what the yes needs and only the decider knows
		t.act.Data["with"] = with
	}
	if err := t.in.err(); err != nil {
		return err
	}
	t.c.State, t.c.Outcome = Approved, OutcomeApproved
	if t.c.Parent != "" {
		t.then = t.overturn
		return nil
	}
	t.then = func(h Hook, c Case, a Act) error { return h.Approved(t.tx, c, a) }
	return nil
}

func paid(c Case) error {
	if c.FeeCents > 0 && c.FeeReceipt == "" {
		return fault.New(fault.Conflict, "casework.fault.fee", "cents", c.FeeCents)
	}
	return nil
}

// overturn carries a yes on appeal to the refused case: a new decision there,
// which names the old and the appeal, is what the service acts upon. The
// appeal itself is then closed.
func (t *turn) overturn(h Hook, appeal Case, decision Act) error {
	parent, err := t.e.Get(t.tx, appeal.Parent)
	if err != nil {
		return err
	}
	if parent.State != Refused || parent.Appeal != appeal.Ref {
		return fault.New(fault.Conflict, "casework.fault.state", "state", string(parent.State), "act", Overturn)
	}
	if err := paid(parent); err != nil {
		return err
	}
	old, err := lastAct(t.tx, parent.Ref, Decide)
	if err != nil {
		return fmt.Errorf("casework: decision of %s: %w", parent.Ref, err)
	}
	parent.State, parent.Outcome = Approved, OutcomeApproved
	parent.DecidedBy, parent.ClosedAt = t.by.Person, 0
	a := Act{Kind: Overturn, At: t.act.At, Data: map[string]any{
		"appeal": appeal.Ref, "of": old.ID, "verdict": Approve, "reasons": decision.Data["reasons"],
	}}
	if with, ok := decision.Data["with"]; ok {
		a.Data["with"] = with
	}
	if parent, err = t.e.finish(t.tx, parent, t.by, &a); err != nil {
		return err
	}
	if err := h.Approved(t.tx, parent, a); err != nil {
		return err
	}
	_, err = t.e.CloseTx(t.tx, appeal.Ref)
	return err
}

// appeal opens a linked case with the agency's appeal officer, in the same
// office's calendar.
func (t *turn) appeal() error {
	grounds := t.in.text("grounds", true)
	if err := t.in.err(); err != nil {
		return err
	}
	subjects, err := t.e.Subjects(t.tx, t.c.Ref)
	if err != nil {
		return err
	}
	linked, err := t.e.OpenTx(t.tx, Opening{
		Kind: t.c.Kind, Release: t.c.Release, Title: appealTitle(t.c.Title), Applicant: t.c.Applicant, By: t.by,
		Agency: t.c.Agency, Unit: t.c.Unit, Calendar: t.c.Calendar, Parent: t.c.Ref, Subjects: subjects,
		Basis: t.c.Basis, Data: map[string]any{"grounds": grounds, "appeal_of": t.c.Ref},
		Plan: []Step{{Name: StepDecide, Role: t.c.Agency + "/appeal-officer", WithinDays: AppealDays, OtherBranch: true}},
	})
	if err != nil {
		return err
	}
	t.c.Appeal = linked.Ref
	t.act.Data["grounds"], t.act.Data["case"] = grounds, linked.Ref
	return nil
}

// appealTitle tells an appeal from the case that it is against, in every list.
func appealTitle(of locale.Text) locale.Text {
	return locale.Text{MS: "Rayuan: " + of.MS, EN: "Appeal: " + of.EN}
}

func (t *turn) revoke() error {
	t.act.Data["reason"] = t.in.text("reason", true)
	t.act.Data["certificate"] = t.c.Certificate
	t.c.State, t.c.Outcome, t.c.AuditRole = Closed, OutcomeRevoked, ""
	t.c.ClosedAt = t.act.At
	t.then = func(h Hook, c Case, a Act) error { return h.Revoked(t.tx, c, a) }
	return nil
}

// decline ends what was given without application: no reason is asked.
func (t *turn) decline() error {
	t.act.Data["certificate"] = t.c.Certificate
	t.c.State, t.c.Outcome, t.c.AuditRole = Withdrawn, OutcomeWithdrawn, ""
	t.c.ClosedAt = t.act.At
	t.then = func(h Hook, c Case, a Act) error { return h.Revoked(t.tx, c, a) }
	return nil
}

// auditFind closes a sampled audit, or hands a wrong decision to the one who
// decides: another person corrects it.
func (t *turn) auditFind() error {
	finding := t.in.oneOf("finding", InOrder, Wrong)
	t.act.Data["finding"] = finding
	if note := t.in.text("note", finding == Wrong); note != "" {
		t.act.Data["note"] = note
	}
	if c := t.in.object("correction"); len(c) > 0 {
		t.act.Data["correction"] = c
	}
	t.c.Audit, t.c.AuditRole = AuditInOrder, ""
	if finding == Wrong {
		s, _ := t.c.step(StepDecide)
		t.c.Audit, t.c.AuditRole = AuditWrong, s.Role
	}
	return nil
}

// correct is a new decision that names the old. The case is approved anew
// until the new paper is there.
func (t *turn) correct() error {
	t.act.Data["reasons"] = textData(t.in.bilingual("reasons"))
	correction := t.in.object("correction")
	if len(correction) == 0 {
		t.in.wrong("correction", "casework.fault.required")
	}
	if err := t.in.err(); err != nil {
		return err
	}
	old, err := lastAct(t.tx, t.c.Ref, Decide, Overturn, Correct)
	if err != nil {
		return fmt.Errorf("casework: decision of %s: %w", t.c.Ref, err)
	}
	t.act.Data["correction"], t.act.Data["of"] = correction, old.ID
	t.act.Data["certificate"] = t.c.Certificate
	t.c.State, t.c.DecidedBy, t.c.Certificate, t.c.ClosedAt = Approved, t.by.Person, "", 0
	if t.c.Audit == AuditWrong {
		t.c.Audit, t.c.AuditRole = AuditCorrected, ""
	}
	t.then = func(h Hook, c Case, a Act) error { return h.Corrected(t.tx, c, a) }
	return nil
}

// IssueTx says that the paper of a yes is ready. Saying it again does
// nothing, and neither does a paper that comes after its revocation.
func (e *Engine) IssueTx(tx *db.Tx, ref, certificate string) (Case, error) {
	c, err := e.Get(tx, ref)
	if err != nil {
		return c, err
	}
	if certificate == "" {
		return c, errors.New("casework: an issue names its certificate")
	}
	if c.Outcome == OutcomeRevoked || c.Outcome == OutcomeWithdrawn || c.State != Approved && c.Certificate == certificate {
		return c, nil
	}
	if c.State != Approved {
		return c, fault.New(fault.Conflict, "casework.fault.state", "state", string(c.State), "act", Issue)
	}
	c.State, c.Certificate = Issued, certificate
	return e.system(tx, c, Act{Kind: Issue, Data: map[string]any{"certificate": certificate}})
}

// CloseTx ends a case from which nothing more follows: approved without a
// paper, issued, refused or withdrawn. Closing twice does nothing.
func (e *Engine) CloseTx(tx *db.Tx, ref string) (Case, error) {
	c, err := e.Get(tx, ref)
	if err != nil || c.State == Closed {
		return c, err
	}
	if c.State.Open() {
		return c, fault.New(fault.Conflict, "casework.fault.state", "state", string(c.State), "act", Close)
	}
	c.State, c.ClosedAt = Closed, e.now()
	return e.system(tx, c, Act{Kind: Close})
}
