package service

import (
	"context"
	"slices"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// exemptionReasons are why somebody may not be able to use a digital-only
// service by themselves. One is chosen; no proof and no story is asked.
func exemptionReasons() []string {
	return []string{"no_device", "no_coverage", "literacy", "age", "disability", "institution"}
}

// exemptionYears is how long an exemption holds before it is asked again.
const exemptionYears = 2

// counterMay refuses an officer of a counter for a digital-only service until
// the person's exemption is recorded, which is one screen and one reason. A
// helper or a carer uses the digital service, so nothing is asked of them.
func (p *Part) counterMay(tx *db.Tx, a actor.Actor, def *definition.Service) error {
	if def.Channel != "digital-only" || !a.Acting() || a.For.As != actor.Counter {
		return nil
	}
	_, ok, err := exemptionOf(tx, a.Subject(), p.now())
	if err == nil && !ok {
		err = fault.New(fault.Conflict, "service.exemption.needed")
	}
	return err
}

// Exempt records that a person need not use digital-only services by
// themselves: they say so, or an officer of a counter for them. A new one takes
// the place of the old.
func (p *Part) Exempt(ctx context.Context, a actor.Actor, reason string) (Exemption, error) {
	if !slices.Contains(exemptionReasons(), reason) {
		return Exemption{}, fault.New(fault.Invalid, "service.exemption.reason").With(fault.Field{Location: "reason", Key: "service.exemption.reason"})
	}
	now := p.Clock.Now()
	e := Exemption{ID: p.IDs.New(), Person: a.Subject(), Reason: reason, By: a.Person, At: clock.Micro(now),
		Until: clock.Micro(now.In(clock.Zone).AddDate(exemptionYears, 0, 0).Truncate(time.Second))}
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := endExemption(tx, e.Person, e.At); err != nil {
			return err
		}
		if err := insertExemption(tx, e); err != nil {
			return err
		}
		_, err := p.Journal.Append(tx, journal.Record{Kind: "exemption.recorded", By: journal.ByActor(a), Subjects: []string{e.Person},
			Why:  locale.Text{MS: "Pengecualian daripada perkhidmatan digital sahaja direkodkan", EN: "An exemption from digital-only services was recorded"},
			Data: map[string]any{"exemption": e.ID, "reason": e.Reason, "until": clock.Day(clock.FromMicro(e.Until))}})
		return err
	})
	return e, err
}

// EndExemption ends it; ending none does nothing.
func (p *Part) EndExemption(ctx context.Context, a actor.Actor) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		ended, err := endExemption(tx, a.Subject(), p.now())
		if err != nil || !ended {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "exemption.ended", By: journal.ByActor(a), Subjects: []string{a.Subject()},
			Why:  locale.Text{MS: "Pengecualian daripada perkhidmatan digital sahaja ditamatkan", EN: "The exemption from digital-only services was ended"},
			Data: map[string]any{"person": a.Subject()}})
		return err
	})
}
