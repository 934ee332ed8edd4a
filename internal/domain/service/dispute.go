package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// disputeKind is the kind of case in which a person says that a register is
// wrong; the register's owner decides it.
const disputeKind = "register/dispute"

// disputeDays is the time in which the owner decides, in working days.
const disputeDays = 5

// Dispute says that a held value is wrong: a case with the register's owner is
// opened at once, and the draft goes on with the value marked.
func (p *Part) Dispute(ctx context.Context, a actor.Actor, f Filling, field, claimed, reason string) (Filling, error) {
	spec, has := f.Release.Def.Fact(field)
	held, holds := f.Held[field]
	if !has || !holds || !spec.Disputable || f.Veiled && spec.Locates {
		return f, fault.New(fault.Missing, "web.error.missing")
	}
	if slices.Contains(Submission{Disputed: f.Draft.Disputed}.disputedFields(), field) {
		return f, fault.New(fault.Conflict, "service.error.disputed")
	}
	value, bad := claim(spec, claimed, p.today())
	if bad == nil && fmt.Sprint(value) == fmt.Sprint(held.Value) {
		bad = &fault.Field{Key: "service.error.claim.same"}
	}
	if bad != nil {
		bad.Location = "claimed"
		return f, fault.New(fault.Invalid, bad.Key, bad.Args...).With(*bad)
	}
	d := Dispute{Field: field, Stated: fmt.Sprint(held.Value), Claimed: fmt.Sprint(value), Reason: reason, Entry: held.Entry, Ref: p.IDs.Ref("BLH")}
	f.Draft.Disputed = append(slices.Clone(f.Draft.Disputed), d)
	if f.Draft.ID == "" { // outside of any application
		err := p.DB.Write(ctx, func(tx *db.Tx) error { return p.disputeTx(tx, a, f, spec, d) })
		return f, err
	}
	return p.saveDraft(ctx, f, func(tx *db.Tx) error { return p.disputeTx(tx, a, f, spec, d) })
}

// disputeHook decides about one value of a register.
type disputeHook struct{ *Part }

// Approved makes the register's new version. The draft or the application in
// which it came up goes on with the value that is right now.
func (h disputeHook) Approved(tx *db.Tx, c casework.Case, a casework.Act) error {
	d, err := disputeByRef(tx, c.Ref)
	if err != nil {
		return err
	}
	def, err := h.disputed(c.Release)
	if err != nil {
		return err
	}
	spec, _ := def.Fact(d.Field)
	value := kept(spec, d.Claimed)
	with, _ := a.Data["with"].(map[string]any)
	uses, err := h.Registers.Correct(tx, Correction{Person: d.Person, Field: d.Field, Entry: d.Entry, Value: value, With: with, By: a.By,
		Case: c.Ref, Basis: c.Basis, Why: locale.Text{
			MS: "Pemilik daftar mendapati nilai lama tidak betul", EN: "The register's owner found the old value wrong"}})
	if fault.CodeOf(err) == fault.Missing {
		// Nothing that stands in the register by itself: it follows from others.
		return fault.New(fault.Conflict, "service.error.not_one_value").Wrap(err)
	}
	if err != nil {
		return err
	}
	if len(h.Registers.Needs(d.Field, value)) > 0 {
		if err := h.came(tx, def, d, value); err != nil {
			return err
		}
	}
	if err := h.settle(tx, d); err != nil {
		return err
	}
	for _, u := range uses {
		if err := h.tell(tx, d, u, value, shown(def, d.Field, value)); err != nil {
			return err
		}
	}
	_, err = h.Cases.CloseTx(tx, c.Ref)
	return err
}

// came checks that what the owner gave makes the value so: a marriage that
// ended after the birth still counts for that child.
func (h disputeHook) came(tx *db.Tx, def *definition.Service, d disputeRow, value any) error {
	held, err := h.Registers.Facts(tx, d.Person, def.Registers())
	if err == nil && fmt.Sprint(held[d.Field].Value) != fmt.Sprint(value) {
		err = fault.New(fault.Conflict, "service.error.still")
	}
	return err
}

// NeedsOf are what the owner has to give with a yes in a dispute; none for any
// other case.
func (p *Part) NeedsOf(tx *db.Tx, c casework.Case) ([]Need, error) {
	if c.Kind != disputeKind {
		return nil, nil
	}
	d, err := disputeByRef(tx, root(c))
	if err != nil {
		return nil, err
	}
	def, err := p.disputed(c.Release)
	if err != nil {
		return nil, err
	}
	spec, _ := def.Fact(d.Field)
	return p.Registers.Needs(d.Field, kept(spec, d.Claimed)), nil
}

// settle takes a dispute that was found right out of the draft in which it came
// up, and out of what was sent of it.
func (h disputeHook) settle(tx *db.Tx, d disputeRow) error {
	draft, err := draftByID(tx, d.About)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	settled := func(list []Dispute) []Dispute {
		return slices.DeleteFunc(slices.Clone(list), func(x Dispute) bool { return x.Ref == d.Ref })
	}
	if draft.State == "open" {
		draft.Disputed = settled(draft.Disputed)
		return updateDraft(tx, draft)
	}
	if draft.Ref == "" {
		return nil
	}
	app, err := application(tx, draft.Ref)
	if err != nil {
		return err
	}
	app.Disputed = settled(app.Disputed)
	return updateApplication(tx, app)
}

// tell lets a case know that a value which it used was wrong. One that nobody
// has decided goes on with the right value; a yes goes to an officer again.
func (h disputeHook) tell(tx *db.Tx, d disputeRow, u Use, value any, said locale.Text) error {
	c, err := h.Cases.Get(tx, u.Case)
	if err != nil {
		return err
	}
	if c.Outcome != casework.OutcomeApproved {
		if err := h.refresh(tx, u, value); err != nil {
			return err
		}
	}
	_, err = h.Cases.ToldTx(tx, u.Case, casework.Correction{Field: u.Field, Label: d.Label, Old: d.Stated, New: said.MS, Dispute: d.Ref})
	return err
}

// refresh writes the right value into an application and applies its rules to
// it again.
func (h disputeHook) refresh(tx *db.Tx, u Use, value any) error {
	app, err := application(tx, u.Case)
	if err != nil {
		return err
	}
	rel, err := h.At(app.Service, app.Number)
	if err != nil {
		return err
	}
	f, used := app.Facts[u.Field]
	if !used {
		return nil
	}
	f.Field, f.Value, f.Version, f.AsOf = u.Field, value, f.Version+1, h.now()
	app.Facts[u.Field] = f
	if len(h.Registers.Needs(u.Field, value)) > 0 { // what else follows, such as who the husband is
		if f, err = h.again(tx, rel.Def, app, u.Field); err != nil {
			return err
		}
	}
	res, err := rel.Def.Evaluate(app.input())
	if err != nil {
		return err
	}
	app.Trace = Trace{Eligibility: res.Trace, Automatic: res.AutomaticTrace}
	app.Verdict, app.Certificate = res.Verdict, res.Certificate
	if err := updateApplication(tx, app); err != nil {
		return err
	}
	return h.Registers.Used(tx, app.Ref, rel.Def.Agency, []Fact{f})
}

// again reads what hangs together with a value once more, and the entry that it
// comes from now.
func (h disputeHook) again(tx *db.Tx, def *definition.Service, app Application, field string) (Fact, error) {
	held, err := h.Registers.Facts(tx, app.Person, def.Registers())
	if err != nil {
		return Fact{}, err
	}
	of, _ := def.Fact(field)
	for _, spec := range def.Facts {
		if spec.From != of.From {
			continue
		}
		if now, is := held[spec.Field]; is {
			app.Facts[spec.Field] = now
		} else {
			delete(app.Facts, spec.Field)
		}
	}
	return app.Facts[field], nil
}

// Refused ends the matter for the owner; the draft stays disputed, so that a
// person looks at the application.
func (disputeHook) Refused(*db.Tx, casework.Case, casework.Act) error { return nil }

// Revoked and Corrected are refused: the register has its new version, and
// only a new dispute makes another.
func (disputeHook) Revoked(*db.Tx, casework.Case, casework.Act) error {
	return fault.New(fault.Conflict, "service.error.dispute_final")
}

// Corrected is Revoked's twin.
func (disputeHook) Corrected(*db.Tx, casework.Case, casework.Act) error {
	return fault.New(fault.Conflict, "service.error.dispute_final")
}

// Withdrawn and Replied change nothing in a register.
func (disputeHook) Withdrawn(*db.Tx, casework.Case, casework.Act) error { return nil }

// Replied is Withdrawn's twin.
func (disputeHook) Replied(*db.Tx, casework.Case, casework.Act) error { return nil }

var _ casework.Hook = disputeHook{}
