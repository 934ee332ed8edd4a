package bill

import (
	"regexp"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// An identity card's number has twelve digits, with its hyphens or without. A
// company's is digits, with letters before them and one after a hyphen. Passports
// of all countries have only their length in common.
var (
	myKad    = regexp.MustCompile(`^[0-9]{6}-?[0-9]{2}-?[0-9]{4}$`)
	company  = regexp.MustCompile(`^[A-Z]{0,3}[0-9]{5,10}-[A-Z]$`)
	passport = regexp.MustCompile(`^[A-Z0-9]{6,12}$`)
)

// addressee is a number as it is kept, and whether anybody can have it.
func addressee(typed string) (number string, ok bool) {
	number = strings.ToUpper(strings.ReplaceAll(typed, " ", ""))
	ok = myKad.MatchString(number) || company.MatchString(number) || passport.MatchString(number)
	return number, ok && len(digits(number)) >= 4
}

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

// lastFour is what the addressee of a bill types to find it.
func lastFour(number string) string {
	d := digits(number)
	return d[max(0, len(d)-4):]
}

// toTx says whom a bill is to, by a number. The register may not know it: then the
// bill is in nobody's hall. A test of a hall that is no demo reaches nobody.
func (x *Bills) toTx(tx *db.Tx, b Bill, number string) (Bill, error) {
	if number == "" {
		return b, nil
	}
	b.LastFour = lastFour(number)
	if !b.Live && !x.Demo {
		return b, nil
	}
	person, err := x.people.ByIDNumber(tx, number)
	if err == nil || fault.CodeOf(err) != fault.Missing {
		b.Person = person
		return b, err
	}
	owners, err := x.people.OwnersOf(tx, number)
	if err == nil && len(owners) > 0 {
		b.Person = actor.Company(number)
	}
	return b, err
}
