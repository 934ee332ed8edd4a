package register

import (
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"golang.org/x/text/unicode/norm"
)

// Known is what a counter compares with the paper that it is shown.
type Known struct{ ID, Name, IDNumber, BornOn string }

const knownCols = `id, name, id_number, born_on`

func scanKnown(s db.Scanner) (k Known, err error) {
	return k, s.Scan(&k.ID, &k.Name, &k.IDNumber, &k.BornOn)
}

// KnownAs is a person by their id.
func (r *Register) KnownAs(tx *db.Tx, person string) (Known, error) {
	k, err := db.One(tx, scanKnown, `select `+knownCols+` from register_person where id = $1`, person)
	return k, found(err, "person")
}

// Find is the living person with a number, as ByIDNumber has it; without one,
// the only person of that whole name born on that day, for whom no number is
// needed. Missing where there is nobody, or more than one.
func (r *Register) Find(tx *db.Tx, number, name, bornOn string) (Known, error) {
	if number != "" {
		person, err := r.ByIDNumber(tx, number)
		if err != nil {
			return Known{}, err
		}
		return r.KnownAs(tx, person)
	}
	none := fault.New(fault.Missing, "register.missing.person")
	if name == "" || bornOn == "" {
		return Known{}, none
	}
	list, err := db.List(tx, scanKnown, `select `+knownCols+` from register_person where born_on = $1 and status = 'valid'`, bornOn)
	if err != nil {
		return Known{}, err
	}
	var hit []Known
	for _, k := range list {
		if sameName(k.Name, name) {
			hit = append(hit, k)
		}
	}
	if len(hit) != 1 {
		return Known{}, none
	}
	return hit[0], nil
}

// sameName compares whole names as people write them on paper: in any case,
// with any blanks.
func sameName(a, b string) bool {
	one := func(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }
	return strings.EqualFold(one(a), one(b))
}
