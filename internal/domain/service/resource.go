package service

import (
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// caseResource is the case named in the path, for the policies.
func (p *Part) caseResource(r *http.Request) (policy.Resource, error) {
	return p.CaseResource(r, r.PathValue("ref"))
}

// CaseResource is what policies may know of a case. A reference that cannot
// be one costs the same look-up as one that could.
func (p *Part) CaseResource(r *http.Request, ref string) (policy.Resource, error) {
	var c casework.Case
	var subjects, owners []string
	var interest casework.Interest
	a := web.ActorOf(r.Context())
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if c, err = p.Cases.Get(tx, id.NormalRef(ref)); err != nil {
			return err
		}
		if subjects, err = p.Cases.Subjects(tx, c.Ref); err != nil {
			return err
		}
		if !a.Officer() {
			owners, err = p.owners(tx, c.Applicant)
			return err
		}
		interest, err = p.Cases.Interest(tx, a.Person, c)
		return err
	})
	if fault.CodeOf(err) == fault.Missing { // in the words in which a forbidden one is missing
		err = fault.New(fault.Missing, "web.error.missing").Wrap(err)
	}
	if err != nil {
		return policy.Resource{}, err
	}
	res := resourceOf(c, subjects, interest)
	res.Attrs["owners"] = append([]string{}, owners...) // who has the company that applied
	return res, nil
}

func resourceOf(c casework.Case, subjects []string, interest casework.Interest) policy.Resource {
	roles, anywhere, decide := []string{}, []string{}, ""
	for _, s := range c.Plan {
		roles = append(roles, s.Role)
		if s.OtherBranch {
			anywhere = append(anywhere, s.Role)
		}
		if s.Name == casework.Decide {
			decide = s.Role
		}
	}
	if c.AuditRole != "" && !slices.Contains(roles, c.AuditRole) {
		roles = append(roles, c.AuditRole)
	}
	return policy.Resource{Type: "Case", ID: c.Ref, Attrs: map[string]any{
		"applicant": c.Applicant, "service": c.Kind, "agency": c.Agency, "state": c.Calendar, "subjects": subjects,
		"conflict":    interest != casework.Disinterested, // of the officer who asks
		"roles":       roles,                              // of the office that works on it
		"any_branch":  anywhere,                           // of those, the ones that an office of another state may take
		"decide_role": decide, "head_role": c.Agency + "/head-of-branch",
	}}
}

// root is the case whose application a case is about: its own, or that of the
// refused case it appeals.
func root(c casework.Case) string {
	if c.Parent != "" {
		return c.Parent
	}
	return c.Ref
}

// Sees tells whether the policies let somebody see what a case is about.
func (p *Part) Sees(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error) {
	subjects, err := p.Cases.Subjects(tx, c.Ref)
	if err != nil {
		return false, err
	}
	interest, err := p.Cases.Interest(tx, viewer.Person, c)
	if err != nil {
		return false, err
	}
	return p.Policies.Allow(viewer, "case.see", resourceOf(c, subjects, interest)), nil
}
