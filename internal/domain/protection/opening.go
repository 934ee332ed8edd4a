package protection

import (
	"context"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Ask keeps an officer's request to see a sealed case. Asking twice is asking
// once: the request that waits is given back.
func (p *Protection) Ask(ctx context.Context, by actor.Actor, ref, reason string) (out Opening, err error) {
	if reason, err = reasoned(reason); err != nil {
		return out, err
	}
	o := Opening{ID: p.IDs.New(), Ref: ref, Officer: by.Person, Post: by.Post, Agency: by.Agency, Title: by.Title, Reason: reason, State: Asked}
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		c, people, err := p.sealed(tx, ref)
		if err != nil {
			return err
		}
		waiting, found, err := lastOpening(tx, ref, by.Person)
		if err != nil {
			return err
		}
		if found && waiting.State == Asked {
			out = waiting
			return nil
		}
		o.AskedAt = p.now()
		if err := insertOpening(tx, o); err != nil {
			return err
		}
		out = o
		return p.tell(tx, by, "protection.asked", c, people, reason, locale.Text{
			MS: "Memohon untuk melihat butiran yang dilindungi", EN: "Asked to see protected details"})
	})
	return out, err
}

// Decide opens a case to the officer who asked, for a day, or refuses. Nobody
// opens a case to themselves.
func (p *Protection) Decide(ctx context.Context, by actor.Actor, opening string, open bool, answer string) error {
	answer, err := reasoned(answer)
	if err != nil {
		return err
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := openingByID(tx, opening)
		if err != nil {
			return err
		}
		if o.State != Asked {
			return fault.New(fault.Conflict, "protection.error.decided")
		}
		if o.Officer == by.Person {
			return fault.New(fault.Denied, "protection.error.own")
		}
		c, people, err := p.sealed(tx, o.Ref)
		if err != nil {
			return err
		}
		for _, person := range people {
			if err := p.impartial(tx, by, person); err != nil {
				return err
			}
			if !open {
				continue
			}
			err := p.impartial(tx, actor.Actor{Person: o.Officer}, person)
			if fault.CodeOf(err) == fault.Denied {
				err = fault.New(fault.Denied, "protection.error.against")
			}
			if err != nil {
				return err
			}
		}
		o.State, o.Answer, o.DecidedAt = Refused, answer, p.now()
		kind, why := "protection.refused", locale.Text{MS: "Tidak dibenarkan melihat butiran yang dilindungi", EN: "Was not allowed to see protected details"}
		if open {
			o.State, o.UntilAt = Opened, clock.Micro(p.Clock.Now().Add(openFor))
			kind, why = "protection.opened", locale.Text{MS: "Membenarkan seorang pegawai melihat butiran yang dilindungi selama sehari",
				EN: "Let one officer see protected details for a day"}
		}
		if err := decideOpening(tx, o, by); err != nil {
			return err
		}
		return p.tell(tx, by, kind, c, people, answer, why)
	})
}

func reasoned(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n < 10 || n > 2000 {
		return "", fault.New(fault.Invalid, "web.error.invalid").With(fault.Field{Location: "reason", Key: "protection.error.reason"})
	}
	return reason, nil
}

// sealed is a case with the protected people in it; one without any has
// nothing to open.
func (p *Protection) sealed(tx *db.Tx, ref string) (casework.Case, []string, error) {
	c, err := p.Cases.Get(tx, ref)
	if err != nil {
		return c, nil, err
	}
	people, err := p.concerned(tx, c)
	if err == nil && len(people) == 0 {
		err = fault.New(fault.Conflict, "protection.error.none")
	}
	return c, people, err
}

func (p *Protection) tell(tx *db.Tx, by actor.Actor, kind string, c casework.Case, people []string, reason string, why locale.Text) error {
	why = locale.Text{MS: why.MS + ": " + reason, EN: why.EN + ": " + reason} // the person reads it among the looks
	_, err := p.Journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(by), Case: c.Ref, Subjects: people, Why: why,
		Basis: c.Basis, Data: map[string]any{"reason": reason}})
	return err
}
