package service

import (
	"context"
	"slices"

	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// takes refuses a company where only people can apply, and the reverse. What
// the company holds is read in the same transaction: one that has ceased has
// nothing there, and applies for nothing.
func takes(def *definition.Service, applicant string) error {
	_, company := actor.CompanyNumber(applicant)
	switch {
	case company && !def.Takes(definition.Company):
		return fault.New(fault.Conflict, "service.error.not_company")
	case !company && !def.Takes(definition.Person):
		return fault.New(fault.Conflict, "service.error.company_only")
	}
	return nil
}

// stillHas refuses who acts for a company and, by now, may not any more: who had it
// and has it no longer, and whom they named. The request began before.
func (p *Part) stillHas(tx *db.Tx, a actor.Actor) error {
	still, err := true, error(nil)
	switch a.For.As {
	case actor.Director:
		var owners []string
		owners, err = p.owners(tx, a.Subject())
		still = slices.Contains(owners, a.Person)
	case actor.CompanyStaff:
		still, err = p.staff(tx, a)
	}
	if err == nil && !still {
		err = fault.New(fault.Denied, "web.error.denied")
	}
	return err
}

// staff tells whether somebody is still named by who has the company.
func (p *Part) staff(tx *db.Tx, a actor.Actor) (bool, error) {
	if p.Rights == nil {
		return false, nil
	}
	f, stands, err := p.Rights.Right(tx, a, a.For.Right, p.now())
	return stands && !f.Over && f.Person == a.For.Person, err
}

// owners are who has the company that applies; nobody where it is a person.
func (p *Part) owners(tx *db.Tx, applicant string) ([]string, error) {
	return p.Registers.Owners(tx, applicant)
}

// toCompany tells whether a case is one of a company that somebody has who is
// here as themself: it is read by acting for the company.
func (p *Part) toCompany(ctx context.Context, a actor.Actor, ref string) (bool, error) {
	if a.Acting() {
		return false, nil
	}
	c, err := p.caseOf(ctx, ref)
	_, company := actor.CompanyNumber(c.Applicant)
	return company, err
}
