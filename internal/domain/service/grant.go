package service

import (
	"context"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// entitled evaluates a service for a person who has answered nothing.
func (p *Part) entitled(tx *db.Tx, rel *Release, person string) (definition.Result, map[string]Fact, error) {
	held, err := p.Registers.Facts(tx, person, rel.Def.Registers())
	if err != nil {
		return definition.Result{}, nil, err
	}
	facts := onlyShown(rel.Def, held)
	res, err := rel.Def.Evaluate(definition.Input{Facts: values(facts), Today: p.today()})
	return res, facts, err
}

// grantTx gives a person what the service's own rules let it give without an
// application, once for each thing. made is false where they do not: a no is
// silent, and no case tells of it.
func (p *Part) grantTx(tx *db.Tx, rel *Release, person, from, ref string) (made bool, err error) {
	def := rel.Def
	if def.Unasked == nil || def.Phase == definition.PhaseRetired || def.Phase == definition.PhaseAlpha {
		return false, nil
	}
	res, facts, err := p.entitled(tx, rel, person)
	if fault.CodeOf(err) == fault.Missing { // who has died, or was never in the register
		return false, nil
	}
	if err != nil || !res.Unasked || res.Once == "" {
		return false, err
	}
	now := p.Clock.Now()
	g := Grant{Service: def.ID, Subject: subject(res, person), Person: person, Ref: ref, FromRef: from, State: "granted",
		DeclineUntil: clock.Micro(dayAfter(now, def.Unasked.Decline)), At: clock.Micro(now)}
	other, _, err := openFor(tx, g.Service, g.Subject)
	if err != nil || other != "" { // applied for before it could be given
		return false, err
	}
	if made, err = insertGrant(tx, g); err != nil || !made {
		return false, err
	}
	return true, p.openGrant(tx, rel, g, res, facts)
}

// dayAfter is the end of the day that lies so many days on.
func dayAfter(now time.Time, days int) time.Time {
	y, m, d := now.In(clock.Zone).Date()
	return time.Date(y, m, d+days+1, 0, 0, 0, 0, clock.Zone)
}

// openGrant opens the case of a grant, which is decided as it is opened.
func (p *Part) openGrant(tx *db.Tx, rel *Release, g Grant, res definition.Result, facts map[string]Fact) error {
	def := rel.Def
	trace := Trace{Eligibility: res.Trace, Automatic: append(res.AutomaticTrace, res.UnaskedTrace...)}
	app := Application{Ref: g.Ref, Service: def.ID, Number: rel.Number, Person: g.Person, Variant: res.Variant, Verdict: res.Verdict,
		Automatic: true, Subject: g.Subject, Answers: map[string]any{}, Facts: facts, Certificate: res.Certificate, Trace: trace,
		SentAt: g.At, Open: true}
	if err := insertApplication(tx, app); err != nil {
		return err
	}
	if err := p.Registers.Used(tx, g.Ref, def.Agency, factList(facts)); err != nil {
		return err
	}
	res.AutomaticTrace = trace.Automatic
	s := Submission{By: actor.Actor{Person: g.Person}, Service: def.ID, Answers: app.Answers}
	o, err := p.opening(tx, s, app, rel, res)
	if err != nil {
		return err
	}
	o.Applicant, o.By, o.Basis = g.Person, actor.System(def.Agency), def.Unasked.Law
	if _, err := p.Cases.OpenTx(tx, o); err != nil {
		return err
	}
	return settleOffers(tx, g.Person, def.ID, g.Subject, "", g.Ref)
}

// declined ends a grant in its time.
func (p *Part) declined(tx *db.Tx, ref string) error {
	g, ok, err := grantOf(tx, ref)
	if err != nil {
		return err
	}
	if !ok || p.now() >= g.DeclineUntil {
		return fault.New(fault.Conflict, "service.error.decline_over")
	}
	g.State = "declined"
	return updateGrant(tx, g)
}

// Decline says that a person does not want what they were given.
func (p *Part) Decline(ctx context.Context, a actor.Actor, ref string, version int) error {
	_, err := p.Act(ctx, a, ref, casework.Decline, version, nil)
	return err
}

// TakeAfterAll undoes a decline until the same day: the rules are applied to
// what the registers hold now, and a new case says so.
func (p *Part) TakeAfterAll(ctx context.Context, a actor.Actor, ref string) (string, error) {
	again := p.IDs.Ref("BLH")
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		g, ok, err := grantOf(tx, ref)
		if err != nil {
			return err
		}
		if !ok || g.Person != a.Subject() {
			return fault.New(fault.Missing, "web.error.missing")
		}
		if g.State != "declined" || p.now() >= g.DeclineUntil {
			return fault.New(fault.Conflict, "service.error.decline_over")
		}
		rel, err := p.Current(g.Service)
		if err != nil {
			return err
		}
		res, facts, err := p.entitled(tx, rel, g.Person)
		if err != nil {
			return err
		}
		if !res.Unasked || subject(res, g.Person) != g.Subject {
			return fault.New(fault.Conflict, "service.error.no_longer")
		}
		g.Ref, g.State, g.At = again, "granted", p.now()
		if err := updateGrant(tx, g); err != nil {
			return err
		}
		if err := p.openGrant(tx, rel, g, res, facts); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "grant.taken", By: journal.ByActor(a), Case: again, Subjects: []string{g.Person},
			Basis: rel.Def.Unasked.Law, Data: map[string]any{"declined": ref},
			Why: locale.Text{MS: "Pemberian yang ditolak diterima semula", EN: "What was declined was taken after all"}})
		return err
	})
	return again, err
}
