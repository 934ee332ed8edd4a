package service

import (
	"context"
	"encoding/json"
	"time"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

const (
	offerSweep = 10 * time.Minute
	offerBatch = 200 // of one write
)

// offer makes the offer of a service that a yes opened, where its own rules do
// not stop it.
func (p *Part) offer(ctx context.Context, j outbox.Job) error {
	var g granted
	if err := json.Unmarshal(j.Args, &g); err != nil {
		return err
	}
	id, ref := p.IDs.New(), p.IDs.Ref("BLH")
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		rel, err := p.Current(g.Service)
		if fault.CodeOf(err) == fault.Missing {
			return p.Outbox.DoneTx(tx, j) // the service was retired
		}
		if err != nil {
			return err
		}
		given, err := p.grantTx(tx, rel, g.Person, g.Ref, ref)
		if err == nil && !given {
			err = p.offerTx(tx, rel, g.Person, g.Ref, id)
		}
		if err != nil {
			return err
		}
		return p.Outbox.DoneTx(tx, j)
	})
}

func (p *Part) offerTx(tx *db.Tx, rel *Release, person, from, id string) error {
	held, err := p.Registers.Facts(tx, person, rel.Def.Registers())
	if err != nil {
		return err
	}
	res, err := rel.Def.Eligibility(definition.Input{Facts: values(onlyShown(rel.Def, held)), Today: p.today()})
	if err != nil {
		return err
	}
	if !res.Eligible {
		return nil
	}
	now := p.Clock.Now()
	o := Offer{ID: id, Person: person, Service: rel.Service, Subject: subject(res, person), FromRef: from, State: offerOpen,
		CreatedAt: clock.Micro(now), UntilAt: clock.Micro(dayAfter(now, rel.Def.OfferedDays()))}
	made, err := insertOffer(tx, o)
	if err != nil || !made {
		return err
	}
	return p.Notify.SendTx(tx, notify.Message{To: person, Case: from, Key: "service.notice.offer",
		Args: map[string]string{"service_ms": rel.Def.Title.MS, "service_en": rel.Def.Title.EN, "day.day": o.lastDay()}})
}

// lastDay is the last day on which an offer can be taken.
func (o Offer) lastDay() string { return clock.Day(clock.FromMicro(o.UntilAt - 1)) }

// dayText is a day in both languages.
func (p *Part) dayText(us int64) locale.Text {
	t := clock.FromMicro(us)
	return locale.Text{MS: p.Texts.For(locale.Malay).Date(t), EN: p.Texts.For(locale.English).Date(t)}
}

// stands is an offer's state as of now: its time may be over before the sweep
// has come.
func (o Offer) stands(now int64) string {
	if (o.State == offerOpen || o.State == offerDismissed) && now >= o.UntilAt {
		return offerEnded
	}
	return o.State
}

// takeable refuses to accept what was put aside or has ended.
func (p *Part) takeable(tx *db.Tx, id string) error {
	if id == "" {
		return nil
	}
	o, err := offerByID(tx, id)
	if err != nil {
		return err
	}
	switch o.stands(p.now()) {
	case offerDismissed:
		return fault.New(fault.Conflict, "service.error.offer_dismissed")
	case offerEnded:
		return fault.New(fault.Conflict, "service.error.offer_ended", "day", p.dayText(o.UntilAt-1))
	}
	return nil
}

// Dismiss puts an offer aside, or brings it back. It is done by the person, or
// by an officer of a counter for who stands there; doing it twice is doing it
// once.
func (p *Part) Dismiss(ctx context.Context, a actor.Actor, id string, back bool) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := offerByID(tx, id)
		if err == nil && o.Person != a.Subject() {
			err = fault.New(fault.Missing, "web.error.missing")
		}
		if err != nil {
			return err
		}
		from, to, kind := offerOpen, offerDismissed, "offer.dismissed"
		why := locale.Text{MS: "Tawaran perkhidmatan diketepikan", EN: "The offer of a service was dismissed"}
		if back {
			from, to, kind = offerDismissed, offerOpen, "offer.restored"
			why = locale.Text{MS: "Tawaran perkhidmatan dikembalikan", EN: "The offer of a service was brought back"}
		}
		switch o.stands(p.now()) {
		case to:
			return nil
		case from:
		case offerEnded:
			return fault.New(fault.Conflict, "service.error.offer_ended", "day", p.dayText(o.UntilAt-1))
		default:
			return fault.New(fault.Conflict, "service.error.offer_answered")
		}
		if moved, err := moveOffer(tx, id, from, to); err != nil || !moved {
			return err
		}
		return p.offerLeaf(tx, kind, journal.ByActor(a), o, why, a)
	})
}

// offerLeaf writes what was done with an offer, and tells the person where they
// did not do it themself.
func (p *Part) offerLeaf(tx *db.Tx, kind string, by journal.By, o Offer, why locale.Text, a actor.Actor) error {
	rel, err := p.Current(o.Service)
	if err != nil {
		return err
	}
	title := rel.Def.Title
	if _, err := p.Journal.Append(tx, journal.Record{Kind: kind, By: by, Case: o.FromRef, Subjects: []string{o.Person}, Basis: rel.Def.Law,
		Why:  locale.Text{MS: why.MS + ": " + title.MS, EN: why.EN + ": " + title.EN},
		Data: map[string]any{"offer": o.ID, "service": o.Service}}); err != nil {
		return err
	}
	if a.Person == o.Person {
		return nil
	}
	return p.Notify.SendTx(tx, notify.Message{To: o.Person, Key: "service.notice." + kind, Minor: true, Args: map[string]string{
		"service_ms": title.MS, "service_en": title.EN, "name": a.Name, "day.day": o.lastDay()}})
}

// SweepOffers ends the offers whose time is over, and tells whom they were
// open to. Who had put one aside is not told of it again.
func (p *Part) SweepOffers(ctx context.Context) error {
	for {
		ended := 0
		err := p.DB.Write(ctx, func(tx *db.Tx) error {
			list, err := overOffers(tx, p.now(), offerBatch)
			ended = len(list)
			for _, o := range list {
				if err == nil {
					err = p.endOffer(tx, o)
				}
			}
			return err
		})
		if err != nil || ended < offerBatch {
			return err
		}
	}
}

func (p *Part) endOffer(tx *db.Tx, o Offer) error {
	if moved, err := moveOffer(tx, o.ID, o.State, offerEnded); err != nil || !moved {
		return err
	}
	rel, err := p.Current(o.Service)
	if err != nil {
		return err
	}
	teller := actor.System(rel.Def.Agency)
	if o.State == offerDismissed || rel.Def.Phase == definition.PhaseRetired {
		teller.Person = o.Person // nobody is told
	}
	return p.offerLeaf(tx, "offer.ended", journal.ByActor(actor.System(rel.Def.Agency)), o,
		locale.Text{MS: "Tempoh tawaran perkhidmatan tamat", EN: "The time of the offer of a service is over"}, teller)
}
