package proof

import (
	"context"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// States of an enrolment.
const (
	Waiting   = "waiting" // for the second officer
	Approved  = "approved"
	Refused   = "refused"
	Withdrawn = "withdrawn" // by the officer who recorded it
	Lapsed    = "lapsed"    // nobody decided in time
)

const (
	// waitLife is how long an enrolment waits for the second officer: over a
	// weekend, and no longer than anybody remembers who stood there.
	waitLife = 5 * 24 * time.Hour
	// giveLife is how long after the approval a sheet or a card can be printed.
	giveLife = 14 * 24 * time.Hour
)

// Enrolment is what one officer recorded and another one decides.
type Enrolment struct {
	ID, Person    string
	Role, Agency  string // of the first officer; the second has the same role
	Officer, Post string
	State         string
	MadeAt        int64
	DecidedBy     string
	DecidedAt     int64
	Reason        string // of a refusal
}

// Piece is what an officer says that they saw.
type Piece struct {
	Kind, Detail string
	ExpiresAt    int64
}

// named is who enrols somebody: the person reads which officer it was.
func named(a actor.Actor) journal.By {
	by := journal.By{Person: a.Person, Post: a.Post, Agency: a.Agency, Title: a.Title, Name: a.Name}
	return by
}

// stranger refuses an officer who would enrol or approve themself or their
// family, or whom an order that protects the person names.
func (p *Proof) stranger(tx *db.Tx, officer, person string) error {
	kin, err := p.People.Related(tx, officer)
	if err != nil {
		return err
	}
	against, err := p.Shield.Against(tx, person, officer)
	if err != nil {
		return err
	}
	if against || officer == person || slices.Contains(kin, person) {
		return fault.New(fault.Denied, "proof.error.own")
	}
	return nil
}

// OpenTx records what an officer saw of the person whom they serve. One
// enrolment of a person waits at a time.
func (p *Proof) OpenTx(tx *db.Tx, a actor.Actor, id string, pieces []Piece) error {
	person := a.Subject()
	if !a.Acting() || a.For.Over || a.For.As != actor.Counter {
		return fault.New(fault.Denied, "web.error.denied")
	}
	if err := p.stranger(tx, a.Person, person); err != nil {
		return err
	}
	if len(pieces) == 0 {
		return fault.New(fault.Invalid, "proof.error.nothing")
	}
	who, err := p.People.Known(tx, person)
	if err != nil {
		return err
	}
	if !ofAge(who.BornOn, p.Clock.Now()) {
		return fault.New(fault.Conflict, "proof.error.young", "age", leastAge)
	}
	last, found, err := latestEnrolment(tx, person)
	if err != nil {
		return err
	}
	if found && last.State == Waiting {
		if last.MadeAt > p.ago(waitLife) {
			return fault.New(fault.Conflict, "proof.error.waits")
		}
		if err := p.lapseTx(tx, last); err != nil {
			return err
		}
	}
	e := Enrolment{ID: id, Person: person, Role: a.Role, Agency: a.Agency, Officer: a.Person, Post: a.Post, State: Waiting, MadeAt: p.now()}
	if err := insertEnrolment(tx, e); err != nil {
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "proof.error.waits")
		}
		return err
	}
	var seen []string
	for _, one := range pieces {
		seen = append(seen, one.Kind)
		if err := p.RecordTx(tx, Evidence{Person: person, Kind: one.Kind, Channel: AtCounter, Verifier: a.Person, Post: a.Post, Agency: a.Agency,
			Detail: one.Detail, At: e.MadeAt, ExpiresAt: one.ExpiresAt, Enrolment: id}); err != nil {
			return err
		}
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "enrolment.opened", At: e.MadeAt, By: named(a), Subjects: []string{person},
		Why:  locale.Text{MS: "Pendaftaran ID digital dibuka di kaunter", EN: "An enrolment for a digital ID was opened at a counter"},
		Data: map[string]any{"enrolment": id, "kinds": strings.Join(seen, " ")}})
	return err
}

// Decide is the second officer's word. Whoever recorded the evidence does not
// approve it, nor does the person's family; a refusal has a reason.
func (p *Proof) Decide(ctx context.Context, a actor.Actor, id string, yes bool, reason string) error {
	reason = strings.TrimSpace(reason)
	if !yes && len([]rune(reason)) < 5 {
		return fault.New(fault.Invalid, "proof.error.reason")
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := p.forSecond(tx, a, id)
		if err != nil {
			return err
		}
		if e.State != Waiting || e.MadeAt <= p.ago(waitLife) {
			return fault.New(fault.Conflict, "proof.error.decided")
		}
		e.DecidedBy, e.DecidedAt = a.Person, p.now()
		kind, note, why := "enrolment.approved", "proof.notice.approved", locale.Text{MS: "Pendaftaran ID digital diluluskan", EN: "An enrolment for a digital ID was approved"}
		e.State = Approved
		if !yes {
			e.State, e.Reason = Refused, reason
			kind, note, why = "enrolment.refused", "proof.notice.refused", locale.Text{MS: "Pendaftaran ID digital ditolak: " + reason, EN: "An enrolment for a digital ID was refused: " + reason}
		}
		if err := p.endTx(tx, e); err != nil {
			return err
		}
		if err := p.Notices.SendTx(tx, notify.Message{To: e.Person, Key: note, Args: map[string]string{"reason": e.Reason}}); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: kind, At: e.DecidedAt, By: named(a), Subjects: []string{e.Person}, Why: why,
			Data: map[string]any{"enrolment": id}})
		return err
	})
}

// forSecond is an enrolment as the second officer may know of it.
func (p *Proof) forSecond(tx *db.Tx, a actor.Actor, id string) (Enrolment, error) {
	e, err := enrolmentByID(tx, id)
	if err == nil && (e.Role != a.Role || e.Agency != a.Agency) {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil {
		return e, err
	}
	if e.Officer == a.Person {
		return e, fault.New(fault.Denied, "proof.error.second")
	}
	return e, p.stranger(tx, a.Person, e.Person)
}

// endTx ends the waiting: what was recorded counts from now on, or never will.
func (p *Proof) endTx(tx *db.Tx, e Enrolment) error {
	done, err := decideEnrolment(tx, e)
	if err == nil && !done {
		err = fault.New(fault.Conflict, "proof.error.decided")
	}
	if err != nil {
		return err
	}
	if e.State == Approved {
		return approveEvidence(tx, e.ID, e.DecidedBy, e.DecidedAt)
	}
	why := map[string]locale.Text{Refused: {MS: "pendaftaran ditolak", EN: "the enrolment was refused"},
		Withdrawn: {MS: "pegawai menarik balik pendaftaran", EN: "the officer took the enrolment back"},
		Lapsed:    {MS: "pendaftaran luput", EN: "the enrolment lapsed"}}[e.State]
	list, err := evidenceIn(tx, e.ID)
	for _, one := range list {
		if err := p.VoidTx(tx, journal.By{Person: e.DecidedBy, Agency: e.Agency}, one.ID, why); err != nil {
			return err
		}
	}
	return err
}

// lapseTx ends an enrolment that nobody decided.
func (p *Proof) lapseTx(tx *db.Tx, e Enrolment) error {
	e.State, e.DecidedAt = Lapsed, p.now()
	if err := p.endTx(tx, e); err != nil {
		return err
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "enrolment.lapsed", By: journal.By{Agency: e.Agency}, Subjects: []string{e.Person},
		Why:  locale.Text{MS: "Pendaftaran ID digital luput kerana tiada pegawai kedua meluluskannya", EN: "An enrolment lapsed: no second officer approved it"},
		Data: map[string]any{"enrolment": e.ID}})
	return err
}

// withdraw takes back what an officer recorded by mistake.
func (p *Proof) withdraw(ctx context.Context, a actor.Actor) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		e, found, err := latestEnrolment(tx, a.Subject())
		if err != nil {
			return err
		}
		if !found || e.State != Waiting || e.Officer != a.Person {
			return fault.New(fault.Conflict, "proof.error.decided")
		}
		e.State, e.DecidedBy, e.DecidedAt = Withdrawn, a.Person, p.now()
		if err := p.endTx(tx, e); err != nil {
			return err
		}
		_, err = p.Journal.Append(tx, journal.Record{Kind: "enrolment.withdrawn", At: e.DecidedAt, By: named(a), Subjects: []string{e.Person},
			Why:  locale.Text{MS: "Pendaftaran ID digital ditarik balik oleh pegawai", EN: "The officer took an enrolment back"},
			Data: map[string]any{"enrolment": e.ID}})
		return err
	})
}

// Sweep ends enrolments that nobody decided, and drops what is of no use.
func (p *Proof) Sweep(ctx context.Context) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		old, err := waitingBefore(tx, p.ago(waitLife), 200)
		if err != nil {
			return err
		}
		for _, e := range old {
			if err := p.lapseTx(tx, e); err != nil {
				return err
			}
		}
		if err := dropActivations(tx, p.ago(90*24*time.Hour)); err != nil {
			return err
		}
		return dropRequests(tx, p.ago(7*24*time.Hour))
	})
}
