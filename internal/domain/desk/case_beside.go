package desk

import (
	"balai/internal/spine/actor"
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

// nameOf is the applicant's name where the officer may see the case now: under
// the policy of its page, and where no order of protection seals it.
func (d *Desk) nameOf(tx *db.Tx, a actor.Actor, c casework.Case) (string, error) {
	sees, err := d.Service.Sees(tx, a, c)
	if err != nil || !sees {
		return "", err
	}
	if sealed, err := d.Seal.Sealed(tx, a, c); err != nil || sealed {
		return "", err
	}
	name, err := d.People.NameOf(tx, c.Applicant)
	if fault.CodeOf(err) == fault.Missing {
		err = nil
	}
	return name, err
}

// readNames names the applicants of the cases that the officer has had open: a
// look is on record for each of these, and a list alone names nobody.
func (d *Desk) readNames(tx *db.Tx, a actor.Actor, rows []queueRow) error {
	if len(rows) == 0 || auditor(a) {
		return nil
	}
	var refs []string
	for _, r := range rows {
		refs = append(refs, r.Case.Ref)
	}
	had, err := opened(tx, a.Person, refs)
	if err != nil {
		return err
	}
	for i, r := range rows {
		if !had[r.Case.Ref] {
			continue
		}
		if rows[i].Applicant, err = d.nameOf(tx, a, r.Case); err != nil {
			return err
		}
	}
	return nil
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
