package backoffice

import (
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// unknownMost is how many unknown persons one key may name in an hour: enough
// for mistyped numbers, too few to find out who exists.
const unknownMost = 20

// mayAsk refuses a key that named too many unknown persons in this hour. What
// it handed in before goes on.
func (b *BackOffice) mayAsk(tx *db.Tx, by actor.Actor) error {
	n, err := unknownOf(tx, keyOf(by), hourOf(b.Clock.Now()))
	if err == nil && n >= unknownMost {
		now := b.Clock.Now()
		err = fault.TooMuch(now.Truncate(time.Hour).Add(time.Hour).Sub(now), "backoffice.error.too_many_unknown", "most", unknownMost)
	}
	return err
}

// find is the person whom an agency names. One whom nobody knows is counted,
// and the count is kept although nothing else is.
func (b *BackOffice) find(tx *db.Tx, by actor.Actor, p Person) (person string, err error) {
	number, own := p.IDNumber, p.ID
	if p.Either != "" {
		number, own = p.Either, p.Either
	}
	err = fault.New(fault.Missing, "backoffice.error.person")
	if number != "" {
		person, err = b.People.ByIDNumber(tx, number)
	}
	if own != "" && fault.CodeOf(err) == fault.Missing {
		person = own
		_, err = b.People.NameOf(tx, own)
	}
	if fault.CodeOf(err) != fault.Missing {
		return person, err
	}
	return "", b.unknownPerson(tx, by)
}

// unknownPerson counts that a system asked for somebody of whom it is told
// nothing, and says so.
func (b *BackOffice) unknownPerson(tx *db.Tx, by actor.Actor) error {
	if err := countUnknown(tx, keyOf(by), hourOf(b.Clock.Now())); err != nil {
		return err
	}
	return unknown{fault.New(fault.Missing, "backoffice.error.person")}
}
