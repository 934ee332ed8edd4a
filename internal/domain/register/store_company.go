package register

import (
	"errors"
	"fmt"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// companyRow is the entry of a company that is in business; Missing once it has
// ceased or its entry has ended.
func companyRow(tx *db.Tx, number string) (bookRow, error) {
	e, ok, err := readBook(tx, `where path = $1 and number = $2 and status = 'valid'`, pathBusiness, number)
	if err == nil && (!ok || e.values["status"] != "active") {
		err = fault.New(fault.Missing, "register.missing.company")
	}
	return e, err
}

// gatherCompany reads what is held about a company that is in business: its own
// entry, and those in books of persons that name it in place of one. Nothing of
// who has it is among them.
func (r *Register) gatherCompany(tx *db.Tx, principal, number string, paths map[string]bool) (held, error) {
	own, err := companyRow(tx, number)
	if err != nil {
		return nil, err
	}
	h := held{}
	for _, b := range r.books {
		if !paths[b.Path] || b.Of != OfPerson {
			continue
		}
		if b.Path == pathBusiness {
			h[b.Group] = own.row
			continue
		}
		e, ok, err := readBook(tx, `where path = $1 and key = $2 and status = 'valid' order by as_of_at desc, number desc limit 1`, b.Path, principal)
		if err != nil {
			return nil, err
		}
		if ok {
			h[b.Group] = e.row
		}
	}
	return h, nil
}

// OwnersOf are who has a company of a number, whether or not it has ceased.
func (r *Register) OwnersOf(tx *db.Tx, number string) ([]string, error) {
	list, err := db.List(tx, func(s db.Scanner) (p string, err error) { return p, s.Scan(&p) },
		`select key from register_book where path = $1 and number = $2 and status = 'valid' order by key limit 50`, pathBusiness, number)
	if err != nil {
		return nil, fmt.Errorf("register: owners of a company: %w", err)
	}
	return list, nil
}

// companyValue is what the newest entry of a company says, also one that has
// ended: old cases and papers name it.
func companyValue(tx *db.Tx, number, field string) (string, error) {
	var content string
	err := tx.QueryRow(`select content from register_book where path = $1 and number = $2 order by as_of_at desc limit 1`, pathBusiness, number).Scan(&content)
	if errors.Is(err, db.ErrNoRows) {
		return "", fault.New(fault.Missing, "register.missing.company")
	}
	if err != nil {
		return "", err
	}
	v, err := decodeBook(content)
	s, _ := v[field].(string)
	return s, err
}

// Called is the name of a person or of a company.
func (r *Register) Called(tx *db.Tx, principal string) (string, error) {
	if number, is := isCompany(principal); is {
		return companyValue(tx, number, "name")
	}
	return r.NameOf(tx, principal)
}

// companyLang is the language that who has a company reads, or "".
func (r *Register) companyLang(tx *db.Tx, number string) (locale.Lang, error) {
	owners, err := r.OwnersOf(tx, number)
	if err != nil || len(owners) == 0 {
		return "", err
	}
	return r.LangOf(tx, owners[0])
}

// relatedToCompany are who has a company and their kin: an officer among them
// has a conflict of interest.
func (r *Register) relatedToCompany(tx *db.Tx, number string) ([]string, error) {
	owners, err := r.OwnersOf(tx, number)
	if err != nil {
		return nil, err
	}
	out := owners
	for _, p := range owners {
		kin, err := r.Related(tx, p)
		if err != nil {
			return nil, err
		}
		out = append(out, kin...)
	}
	return distinct(out), nil
}

// companyPost is where letters to a company go.
func companyPost(tx *db.Tx, number string) (p Postal, err error) {
	for field, to := range map[string]*string{"name": &p.Name, "address": &p.Line, "postcode": &p.Postcode, "city": &p.City, "state": &p.State} {
		if *to, err = companyValue(tx, number, field); err != nil {
			return Postal{}, err
		}
	}
	return p, nil
}

// isCompany is the number of a principal that is a company.
func isCompany(principal string) (number string, ok bool) { return actor.CompanyNumber(principal) }
