package desk

import (
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// mostBeside is how many other cases of a person stand beside one.
const mostBeside = 10

// besides is what an officer must know around a case: the applicant's other
// cases here, who else it concerns, and why the applicant cannot be told.
type besides struct {
	Cases     []casework.Case // newest first
	Applicant string          // their name
	Others    []string        // names of those whom it also concerns
	Unreached string          // a reason of notify, "" where some channel works
}

// readBeside reads it. Of a protected person nothing stands there: names and
// other cases would tell what the page hides.
func (d *Desk) readBeside(tx *db.Tx, v *caseView) error {
	reach, err := d.Reach.Reach(tx, v.Case.Applicant)
	if err != nil {
		return err
	}
	v.Beside.Unreached = reach.Problem
	if v.Content.Protected {
		return nil
	}
	subjects, err := d.Cases.Subjects(tx, v.Case.Ref)
	if err != nil {
		return err
	}
	for i, person := range subjects {
		name, err := d.People.NameOf(tx, person)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		switch {
		case i == 0:
			v.Beside.Applicant = name
		case name != "":
			v.Beside.Others = append(v.Beside.Others, name)
		}
	}
	return d.readOthers(tx, v)
}

// readOthers reads the applicant's other cases in the agency, as far as this
// officer may see each: the same policy as the page of that case, and nothing
// that protection hides.
func (d *Desk) readOthers(tx *db.Tx, v *caseView) error {
	list, err := d.Cases.Queue(tx, casework.Filter{Applicant: v.Case.Applicant, Agency: v.Case.Agency, Newest: true, Limit: 5 * mostBeside})
	if err != nil {
		return err
	}
	if list, err = d.unsealed(tx, v.Actor, list); err != nil {
		return err
	}
	for _, c := range list {
		if c.Ref == v.Case.Ref || len(v.Beside.Cases) == mostBeside {
			continue
		}
		sees, err := d.Service.Sees(tx, v.Actor, c)
		if err != nil {
			return err
		}
		if sees {
			v.Beside.Cases = append(v.Beside.Cases, c)
		}
	}
	return nil
}
