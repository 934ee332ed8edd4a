package desk

import (
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// colleague is an officer who can take a case instead.
type colleague struct {
	Name        string
	Title, Unit locale.Text
}

// mostColleagues is how many are named; more help nobody.
const mostColleagues = 5

// colleagues are officers who can take the step at hand: the engine leaves out
// those who are concerned themselves.
func (d *Desk) colleagues(tx *db.Tx, c casework.Case) ([]colleague, error) {
	officers, err := d.Cases.Colleagues(tx, c)
	if err != nil {
		return nil, err
	}
	var out []colleague
	for _, o := range officers[:min(len(officers), mostColleagues)] {
		who, err := d.Directory.Person(tx, o.Person)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return nil, err
		}
		unit, err := d.Directory.Unit(tx, o.Unit)
		if err != nil {
			return nil, err
		}
		out = append(out, colleague{Name: who.Name, Title: o.Title, Unit: unit.Name})
	}
	return out, nil
}
