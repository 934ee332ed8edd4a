package app

import (
	"balai/internal/domain/identity/delegation"
	"balai/internal/domain/identity/op"
	"balai/internal/domain/register"
	"balai/internal/domain/service"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// titles names the services that a delegation can be for.
type titles struct{ h *Hall }

func (t titles) Titles() []delegation.ServiceTitle {
	var out []delegation.ServiceTitle
	for _, r := range t.h.service.Services() {
		out = append(out, delegation.ServiceTitle{ID: r.Service, Title: r.Def.Title, Companies: r.Def.Takes(definition.Company)})
	}
	return out
}

// relations tells delegations what the registers know of who has whom and what.
type relations struct{ *register.Register }

func (f relations) Children(tx *db.Tx, parent string) ([]delegation.Child, error) {
	list, err := f.ChildrenOf(tx, parent)
	out := make([]delegation.Child, 0, len(list))
	for _, k := range list {
		out = append(out, delegation.Child{ID: k.ID, Name: k.Name, BornOn: k.BornOn})
	}
	return out, err
}

func (f relations) Parents(tx *db.Tx, child string) ([]string, error) {
	return f.LivingParents(tx, child)
}

func (f relations) BornOn(tx *db.Tx, person string) (string, error) {
	k, err := f.KnownAs(tx, person)
	return k.BornOn, err
}

func (f relations) Companies(tx *db.Tx, person string) ([]delegation.Company, error) {
	list, err := f.BusinessesOf(tx, person)
	out := make([]delegation.Company, 0, len(list))
	for _, b := range list {
		out = append(out, delegation.Company(b))
	}
	return out, err
}

// principals tells the services' pages for whom a person may act there: of
// companies, for those that they have or whose director lets them.
type principals struct{ h *Hall }

func (p principals) Principals(tx *db.Tx, person string) (out []service.Principal, asked int, err error) {
	list, err := p.h.delegation.Choices(tx, person, clock.Micro(p.h.clock.Now()))
	if err != nil {
		return nil, 0, err
	}
	for _, c := range list {
		if c.Kind != delegation.Staff || len(c.Services) > 0 {
			out = append(out, service.Principal{Right: c.ID, Name: c.Name, As: c.Kind, Services: c.Services})
		}
	}
	asked, err = p.h.delegation.Waiting(tx, person)
	return out, asked, err
}

// rights lets the OpenID provider ask for whom somebody may act.
type rights struct{ h *Hall }

func (r rights) Choices(tx *db.Tx, person string, at int64) ([]op.Choice, error) {
	list, err := r.h.delegation.Choices(tx, person, at)
	out := make([]op.Choice, 0, len(list))
	for _, c := range list {
		out = append(out, choiceOf(c))
	}
	return out, err
}

func (r rights) Stands(tx *db.Tx, id, delegate string, at int64) (op.Choice, bool, error) {
	c, stands, err := r.h.delegation.Stands(tx, id, delegate, at)
	return choiceOf(c), stands, err
}

func choiceOf(c delegation.Choice) op.Choice {
	return op.Choice{ID: c.ID, Principal: c.Principal, Name: c.Name, Kind: c.Kind, Scopes: c.Scopes}
}

// company is what a program is told of a company for which somebody acts: its
// name and the number of its registration, which are in a public register, and
// nothing of who has it. ok is false where the id is a person's.
func (h *Hall) company(tx *db.Tx, id string, scopes []string) (claims map[string]any, ok bool, err error) {
	number, ok := actor.CompanyNumber(id)
	if !ok {
		return nil, false, nil
	}
	claims = map[string]any{}
	list, err := h.register.BusinessNumbered(tx, number)
	for _, b := range list {
		for _, s := range scopes {
			if s == "profile" {
				claims["name"], claims["company_number"] = b.Name, b.Number
			}
		}
	}
	return claims, true, err
}
