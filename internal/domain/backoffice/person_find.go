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

// known is the person whom an agency names; fault Missing for nobody.
func (b *BackOffice) known(tx *db.Tx, p Person) (person string, err error) {
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
	return person, err
}

// find is known, but that one whom nobody knows is counted, and the count is
// kept although nothing else is.
func (b *BackOffice) find(tx *db.Tx, by actor.Actor, p Person) (person string, err error) {
	person, err = b.known(tx, p)
	if fault.CodeOf(err) != fault.Missing {
		return person, err
	}
	if err := countUnknown(tx, keyOf(by), hourOf(b.Clock.Now())); err != nil {
		return "", err
	}
	return "", unknown{fault.New(fault.Missing, "backoffice.error.person")}
}
