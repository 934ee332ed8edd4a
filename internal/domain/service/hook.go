package service

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// hook is the service's part of the acts of its cases: what is true together
// with a decision is made in the decision's transaction.
type hook struct{ *Part }

// Approved makes the register entry and the certificate of a yes.
func (h hook) Approved(tx *db.Tx, c casework.Case, a casework.Act) error {
	app, err := application(tx, c.Ref)
	if err != nil {
		return err
	}
	if !app.Open { // refused, and granted on appeal: meanwhile it may have been applied for anew
		other, _, err := openFor(tx, app.Service, app.Subject)
		if err != nil {
			return err
		}
		if other != "" {
			return fault.New(fault.Conflict, "service.error.already_open")
		}
	}
	return h.grant(tx, c, a, app, nil, "")
}

// Paid gives the yes for which only the fee was missing, by what the registers
// are known to hold by now; nil where the rules do not say it any more.
func (h hook) Paid(tx *db.Tx, c casework.Case) (*casework.Decision, error) {
	app, err := application(tx, c.Ref)
	if err != nil {
		return nil, err
	}
	rel, err := h.At(app.Service, app.Number)
	if err != nil {
		return nil, err
	}
	res, err := rel.Def.Evaluate(app.input())
	if err != nil {
		return nil, err
	}
	if !res.AfterFee || res.FeeCents != c.FeeCents || !(Submission{Accepted: app.Accepted}).confirms(res.Facts) {
		app.Trace.Automatic = res.AutomaticTrace
		return nil, updateApplication(tx, app)
	}
	for i, row := range res.AutomaticTrace {
		if row.Rule == definition.RuleFee {
			res.AutomaticTrace[i] = feePaid
		}
	}
	app.Trace = Trace{Eligibility: res.Trace, Automatic: res.AutomaticTrace}
	trace, err := json.Marshal(app.Trace)
	if err != nil {
		return nil, err
	}
	return &casework.Decision{Approve: true, Reasons: automaticReasons(res), Trace: trace}, updateApplication(tx, app)
}

// feePaid is the row of a trace that the fee is no longer in the way.
var feePaid = definition.TraceRow{Rule: definition.RuleFee, Held: true, Value: map[string]any{},
	Text: locale.Text{MS: "Bayaran telah diterima", EN: "The fee has been paid"}}

// grant enters the outcome, with corrections over what the application says,
// and issues the paper, in place of another where one is named.
func (h hook) grant(tx *db.Tx, c casework.Case, a casework.Act, app Application, correction map[string]any, replaces string) error {
	rel, err := h.At(app.Service, app.Number)
	if err != nil {
		return err
	}
	in := app.corrected(rel.Def, correction)
	res, err := rel.Def.Evaluate(in)
	if err != nil {
		return err
	}
	if err := counts(res, correction); err != nil {
		return err
	}
	made, err := h.enter(tx, c, a, app, res)
	if err != nil {
		return err
	}
	app.Entry, app.Child, app.Told = made.Entry, made.Person, made.Told
	app.Answers, app.Certificate, app.Open = res.Answers, res.Certificate, true
	if res.Certificate != "" {
		if app.Code, err = h.certify(tx, c, a, rel.Def, in, res, made, replaces); err != nil {
			return err
		}
	}
	if err := updateApplication(tx, app); err != nil {
		return err
	}
	if err := h.entered(tx, c, res); err != nil {
		return err
	}
	return h.openOffers(tx, c, res)
}

// enter writes the register's entry, or a new version of the one that the case
// made before.
func (h hook) enter(tx *db.Tx, c casework.Case, a casework.Act, app Application, res definition.Result) (Made, error) {
	if res.Register == "" {
		return Made{}, nil
	}
	e := Entry{Register: res.Register, Values: res.Entry, Person: c.Applicant, By: a.By, Case: c.Ref, Basis: res.Law}
	if app.Entry != "" {
		return h.Registers.Amend(tx, app.Entry, e, casework.Reasons(a))
	}
	return h.Registers.Enter(tx, e)
}

// certify issues the paper of a yes.
func (h hook) certify(tx *db.Tx, c casework.Case, a casework.Act, def *definition.Service, in definition.Input, res definition.Result, made Made, replaces string) (string, error) {
	entry := map[string]any{"number": made.Number, "child_id_number": made.IDNumber,
		"decided_on": clock.Day(clock.FromMicro(a.At)), "ref": c.Ref}
	for field, number := range made.Numbers {
		entry[field] = number
	}
	cert, err := def.Certify(in, entry)
	if err != nil {
		return "", err
	}
	subjects, err := h.owners(tx, c.Applicant) // of a company: an order for one of them covers its paper
	if err != nil {
		return "", err
	}
	if made.Person != "" {
		subjects = append(subjects, made.Person)
	}
	return h.Certificates.IssueTx(tx, a.By, Paper{Case: c.Ref, Applicant: c.Applicant, Subjects: subjects,
		Agency: c.Agency, Type: cert.Type, Law: h.lawTitle(res.Law), Number: made.Number, Title: cert.Title,
		Rows: cert.Rows, Notes: cert.Notes, Replaces: replaces, Automatic: c.Automatic && replaces == ""})
}

// openOffers tells the jobs which services the yes opened.
func (h hook) openOffers(tx *db.Tx, c casework.Case, res definition.Result) error {
	for _, offer := range res.Offers {
		if err := h.Outbox.Emit(tx, eventGranted, granted{Ref: c.Ref, Person: c.Applicant, Service: offer.Service}); err != nil {
			return err
		}
	}
	return nil
}

// corrected is the application's input with a correction over it: of answers
// by field, of held values by their dotted names.
func (a *Application) corrected(def *definition.Service, correction map[string]any) definition.Input {
	in := a.input()
	for name, v := range correction {
		if _, known := def.Fact(name); !known {
			in.Answers[name] = v
			continue
		}
		f := a.Facts[name]
		f.Field, f.Value = name, v
		a.Facts[name], in.Facts[name] = f, v
	}
	return in
}

// counts refuses a correction that corrects nothing, such as a misspelt name:
// the old certificate would be replaced by one that says the same.
func counts(res definition.Result, correction map[string]any) error {
	f := fault.New(fault.Invalid, "service.error.correction")
	for _, name := range res.Ignored {
		if _, named := correction[name]; named {
			f = f.With(fault.Field{Location: "correction." + name, Key: "service.error.correction"})
		}
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// input is what the application was decided on, as of the day it was sent.
func (a Application) input() definition.Input {
	s := Submission{Disputed: a.Disputed}
	return definition.Input{Answers: maps.Clone(a.Answers), Files: countFiles(a.Files), Facts: values(a.Facts),
		Disputed: s.disputedFields(), Today: clock.Day(clock.FromMicro(a.SentAt))}
}

// Refused frees what was applied for, so that it may be asked for again.
func (h hook) Refused(tx *db.Tx, c casework.Case, _ casework.Act) error { return h.free(tx, c.Ref) }

// Withdrawn does the same.
func (h hook) Withdrawn(tx *db.Tx, c casework.Case, _ casework.Act) error { return h.free(tx, c.Ref) }

func (h hook) free(tx *db.Tx, ref string) error {
	app, err := application(tx, ref)
	if err != nil {
		return err
	}
	app.Open = false
	return updateApplication(tx, app)
}

// Revoked ends the certificate and the entry.
func (h hook) Revoked(tx *db.Tx, c casework.Case, a casework.Act) error {
	app, err := application(tx, c.Ref)
	if err != nil {
		return err
	}
	reason, _ := a.Data["reason"].(string)
	why := locale.Same(reason)
	if a.Kind == casework.Decline {
		if err := h.declined(tx, c.Ref); err != nil {
			return err
		}
		why = locale.Text{MS: "Penerima menolak pemberian tanpa permohonan", EN: "The person declined what was given without application"}
		reason = why.MS
	}
	if app.Code != "" {
		if err := h.Certificates.RevokeTx(tx, a.By, app.Code, reason); err != nil {
			return err
		}
	}
	if app.Entry != "" {
		if err := h.Registers.Void(tx, app.Entry, a.By, c.Ref, c.Basis, why); err != nil {
			return err
		}
	}
	if err := endOffers(tx, c.Ref); err != nil {
		return err
	}
	if err := h.fell(tx, c, app); err != nil {
		return err
	}
	app.Code, app.Entry, app.Open = "", "", false
	return updateApplication(tx, app)
}

// fell tells the cases that stood on the entry, or on the person it had made,
// that it no longer holds: a yes there is looked at again by an officer.
func (h hook) fell(tx *db.Tx, c casework.Case, app Application) error {
	told := map[string]bool{c.Ref: true}
	for _, entry := range []string{app.Entry, app.Child} {
		if entry == "" {
			continue
		}
		uses, err := h.Registers.Uses(tx, entry)
		if err != nil {
			return err
		}
		for _, u := range uses {
			if told[u.Case] {
				continue
			}
			told[u.Case] = true
			if _, err := h.Cases.ToldTx(tx, u.Case, casework.Correction{Field: u.Field, Label: c.Title, Dispute: c.Ref, Ended: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Corrected writes a new version of the entry and replaces the certificate; the
// old decision stays on record.
func (h hook) Corrected(tx *db.Tx, c casework.Case, a casework.Act) error {
	app, err := application(tx, c.Ref)
	if err != nil {
		return err
	}
	correction, _ := a.Data["correction"].(map[string]any)
	return h.grant(tx, c, a, app, correction, app.Code)
}

// Replied adds what the applicant sent to what was asked for; answers that the
// route does not reach still do not count.
func (h hook) Replied(tx *db.Tx, c casework.Case, a casework.Act) error {
	app, err := application(tx, c.Ref)
	if err != nil {
		return err
	}
	rel, err := h.At(app.Service, app.Number)
	if err != nil {
		return err
	}
	if more, ok := a.Data["answers"].(map[string]any); ok && len(more) > 0 {
		in := app.input()
		maps.Copy(in.Answers, more)
		res, err := rel.Def.Evaluate(in)
		if err != nil {
			return err
		}
		if !res.Eligible && res.Verdict != definition.Unknown {
			return fault.New(fault.Invalid, "service.error.not_here", "because", res.Because)
		}
		app.Answers = res.Answers
		app.Trace = Trace{Eligibility: res.Trace, Automatic: res.AutomaticTrace}
		app.Verdict, app.Certificate = res.Verdict, res.Certificate
	}
	files, err := filesOf(a.Data["files"])
	if err != nil {
		return err
	}
	if app.Files == nil {
		app.Files = map[string][]File{}
	}
	for id, list := range files {
		app.Files[id] = append(app.Files[id], list...)
	}
	return updateApplication(tx, app)
}

// filesOf reads back files from an act's data, which went through JSON.
func filesOf(v any) (map[string][]File, error) {
	if v == nil {
		return nil, nil
	}
	return decode[map[string][]File](encode(v))
}

func (p *Part) lawTitle(id string) locale.Text {
	l, _ := p.Law(id)
	return l.Title
}

// number reads the release's number from its name, service@number.
func releaseNumber(name string) int64 {
	_, n, _ := strings.Cut(name, "@")
	v, _ := strconv.ParseInt(n, 10, 64)
	return v
}

var (
	_ casework.Hook  = hook{}
	_ casework.Rules = hook{}
)
