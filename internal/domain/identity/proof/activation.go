package proof

import (
	"encoding/hex"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
	"balai/internal/spine/secret"
)

// newCode draws a code with its hash: slow, and so before the act.
func (p *Proof) newCode(purpose string) (code string, a Activation) {
	code = secret.Code(p.IDs.Bytes, codeLetters)
	salt := hex.EncodeToString(p.IDs.Bytes(16))
	return code, Activation{ID: p.IDs.New(), Purpose: purpose, Salt: salt, Hash: sealed(code, salt)}
}

// giveTx gives a code to a person, in the place of the one they had.
func (p *Proof) giveTx(tx *db.Tx, by journal.By, person, enrolment, way string, a Activation) error {
	a.Person, a.Enrolment, a.MadeAt, a.EndsAt = person, enrolment, p.now(), p.in(codeLife)
	if err := insertActivation(tx, a); err != nil {
		return err
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "activation.given", By: by, Subjects: []string{person},
		Why:  locale.Text{MS: "Kod pengaktifan ID digital diberi", EN: "An activation code for a digital ID was given"},
		Data: map[string]any{"activation": a.ID, "way": way}})
	return err
}

// handing is the approved enrolment for which an officer may print something for
// the person whom they serve now: one of the two who made it, and as long as
// nothing of it was used. card: a card was printed of it, which the person has.
func (p *Proof) handing(tx *db.Tx, a actor.Actor) (e Enrolment, card bool, err error) {
	if !a.Acting() || a.For.Over || a.For.As != actor.Counter {
		return e, false, fault.New(fault.Denied, "web.error.denied")
	}
	if err := p.stranger(tx, a.Person, a.Subject()); err != nil {
		return e, false, err
	}
	e, found, err := latestEnrolment(tx, a.Subject())
	if err != nil {
		return e, false, err
	}
	if !found || e.State != Approved || e.DecidedAt <= p.ago(giveLife) || e.Officer != a.Person && e.DecidedBy != a.Person {
		return e, false, fault.New(fault.Conflict, "proof.error.give")
	}
	used, err := usedIn(tx, e.ID)
	if err == nil && !used {
		card, used, err = p.cardOf(tx, e)
	}
	if err == nil && used {
		err = fault.New(fault.Conflict, "proof.error.used")
	}
	return e, card, err
}

// cardOf tells whether a card was printed of an enrolment, and whether a code of
// it was used or it is the person's no more.
func (p *Proof) cardOf(tx *db.Tx, e Enrolment) (card, used bool, err error) {
	if card, err = cardIn(tx, e.ID); err != nil || !card || p.Cards == nil {
		return card, card, err
	}
	unused, err := p.Cards.CardUnused(tx, e.Person, e.DecidedAt)
	return true, !unused, err
}

// GiveSheetTx gives the person at the counter a code on paper.
func (p *Proof) GiveSheetTx(tx *db.Tx, a actor.Actor, code Activation) error {
	e, card, err := p.handing(tx, a)
	if err == nil && card {
		err = fault.New(fault.Conflict, "proof.error.card_given")
	}
	if err != nil {
		return err
	}
	if err := p.giveTx(tx, named(a), e.Person, e.ID, "sheet", code); err != nil {
		return err
	}
	return p.Notices.SendTx(tx, notify.Message{To: e.Person, Key: "proof.notice.sheet", Minor: true})
}

// GiveCardTx gives the person at the counter a card of codes; a sheet that they
// were given before is void. Two officers agreed to one card: where it is there
// already it is printed again, as after a paper jam, with other codes and the
// PIN that the person typed, whatever pinHash is. It is no recovery.
func (p *Proof) GiveCardTx(tx *db.Tx, a actor.Actor, pinHash string, codes []string) error {
	e, again, err := p.handing(tx, a)
	if err != nil {
		return err
	}
	note, why := "proof.notice.card", locale.Text{MS: "Kad kod untuk kiosk diberi", EN: "A card of codes for the kiosk was given"}
	switch {
	case again:
		note, why = "proof.notice.card_again", locale.Text{MS: "Kad kod untuk kiosk dicetak semula; PIN tidak berubah", EN: "The card of codes for the kiosk was printed again; its PIN stays"}
		err = p.Cards.ReprintCardTx(tx, e.Person, codes)
	case pinHash == "":
		err = fault.New(fault.Conflict, "proof.error.give") // it was there a moment ago
	default:
		if err = insertCard(tx, p.IDs.New(), e.Person, e.ID, p.now()); err == nil {
			err = p.Cards.GiveCardTx(tx, a, e.Person, pinHash, codes)
		}
	}
	if err != nil {
		return err
	}
	if _, err := p.Journal.Append(tx, journal.Record{Kind: "activation.given", By: named(a), Subjects: []string{e.Person}, Why: why,
		Data: map[string]any{"enrolment": e.ID, "way": "card"}}); err != nil {
		return err
	}
	return p.Notices.SendTx(tx, notify.Message{To: e.Person, Key: note, Minor: true})
}

// useTx uses a person's code up. Whatever is wrong is one answer; a wrong code
// is counted, and that stays.
func (p *Proof) useTx(tx *db.Tx, person, id, hash string, recovering bool) (ok bool, err error) {
	a, found, err := liveActivation(tx, person)
	if err != nil {
		return false, err
	}
	if !found || a.ID != id || !a.open(p.now()) {
		return false, missActivation(tx, "-") // nobody's, so that it takes as long
	}
	if !same(a.Hash, hash) {
		return false, missActivation(tx, a.ID)
	}
	if recovering { // the door asks for a second path besides
		if a.Purpose != AtCounter {
			return false, nil
		}
	} else if may, err := p.Door.MayActivate(tx, person, a.Purpose == AtCounter); err != nil || !may {
		return false, err // what was sent before the person signed in otherwise opens nothing
	}
	used, err := useActivation(tx, a.ID, p.now())
	if err != nil || !used {
		return false, err
	}
	if a.Purpose == FromAfar {
		if err := p.reachedTx(tx, person); err != nil {
			return false, err
		}
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "activation.used", By: journal.By{Person: person}, Subjects: []string{person},
		Why:  locale.Text{MS: "Kod pengaktifan ID digital digunakan", EN: "The activation code of a digital ID was used"},
		Data: map[string]any{"activation": a.ID}})
	return err == nil, err
}

// reachedTx records that the code reached the contact on record of whom the
// register knows by that name and number.
func (p *Proof) reachedTx(tx *db.Tx, person string) error {
	for _, e := range []Evidence{
		{Kind: RegistryMatch, Channel: FromRegister, Verifier: registry, Agency: registryAgency},
		{Kind: ContactCode, Channel: FromAfar, Verifier: "balai", Agency: "balai"}} {
		e.Person = person
		if err := p.RecordTx(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// The register against which names and numbers are matched, and who keeps it.
const (
	registry       = "population.person"
	registryAgency = "jpn"
)
