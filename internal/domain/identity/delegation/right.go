package delegation

import (
	"slices"
	"strings"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// Right is the delegation of a session: see actor.Right.
func (x *Delegations) Right(tx *db.Tx, a actor.Actor, id string, at int64) (actor.For, bool, error) {
	g, err := x.find(tx, a.Person, id)
	if fault.CodeOf(err) == fault.Missing || err == nil && (!g.names(a) || !g.inHall()) {
		return actor.For{}, false, nil
	}
	if err != nil {
		return actor.For{}, false, err
	}
	f, err := x.forOf(tx, a, g, at)
	return f, err == nil, err
}

// EndTx: a delegation goes on when somebody stops acting by it.
func (x *Delegations) EndTx(*db.Tx, actor.Actor, string) error { return nil }

// find is a delegation by its id; what has no row is looked for among what the
// registers say of who names it. Missing where there is none.
func (x *Delegations) find(tx *db.Tx, person, id string) (Grant, error) {
	if !strings.HasPrefix(id, childPrefix) && !strings.HasPrefix(id, directorPrefix) {
		return grantByID(tx, id)
	}
	list, err := x.registered(tx, person)
	if err != nil {
		return Grant{}, err
	}
	for _, g := range list {
		if g.ID == id {
			return g, nil
		}
	}
	return Grant{}, fault.New(fault.Missing, "web.error.missing")
}

// registered are the rights that the registers give somebody: for their
// children, and for companies that they have.
func (x *Delegations) registered(tx *db.Tx, person string) (out []Grant, err error) {
	children, err := x.people.Children(tx, person)
	if err != nil {
		return nil, err
	}
	for _, c := range children {
		g, err := guardianship(person, c)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	companies, err := x.people.Companies(tx, person)
	for _, c := range companies {
		out = append(out, directorship(person, c, x.now()))
	}
	return out, err
}

// rightsOf are the delegations that name a, whether or not they stand: what the
// registers say first, then what they were given, newest first.
func (x *Delegations) rightsOf(tx *db.Tx, a actor.Actor) ([]Grant, error) {
	if a.Officer() {
		org := helperOf(a)
		if org == "" {
			return nil, nil
		}
		return grantsTo(tx, "", org)
	}
	out, err := x.registered(tx, a.Person)
	if err != nil {
		return nil, err
	}
	given, err := grantsTo(tx, a.Person, "")
	out = append(out, given...)
	return slices.DeleteFunc(out, func(g Grant) bool { return !g.names(a) }), err
}

// helperOf is the organisation for which a helps, or "".
func helperOf(a actor.Actor) string {
	if a.Officer() && strings.HasSuffix(a.Role, "/helper") {
		return a.Agency
	}
	return ""
}

// forOf is what a delegation lets a do, who is named in it.
func (x *Delegations) forOf(tx *db.Tx, a actor.Actor, g Grant, at int64) (actor.For, error) {
	name, err := x.nameOf(tx, g)
	if err != nil {
		return actor.For{}, err
	}
	f := actor.For{Person: g.Principal, Name: name, As: g.Kind, Right: g.ID, Services: g.Services, Until: g.UntilAt}
	if g.Kind == Director { // as long as the register says so, and no day longer
		f.Services, f.Until = x.forCompanies(), 0
	}
	stands, err := x.stands(tx, g, a.Person, at)
	if err != nil {
		return actor.For{}, err
	}
	f.Over = !stands
	if g.Kind == Helper {
		org, err := x.directory.Agency(tx, g.Agency)
		if err != nil {
			return actor.For{}, err
		}
		f.Org = org.Name
	}
	return f, nil
}

// nameOf is who is acted for.
func (x *Delegations) nameOf(tx *db.Tx, g Grant) (string, error) {
	if g.ofCompany() {
		return g.Evidence.Name, nil
	}
	return x.people.NameOf(tx, g.Principal)
}

// stands tells whether a delegation can be used by somebody whom it names: it
// runs, what it was made from runs, nothing holds them, and no order of
// protection, which is stronger than what was given before it, keeps them away.
func (x *Delegations) stands(tx *db.Tx, g Grant, delegate string, at int64) (bool, error) {
	if !g.Stands(at) {
		return false, nil
	}
	if g.Kind == Staff { // no longer than who named them has the company
		companies, err := x.people.Companies(tx, g.GivenBy)
		if err != nil || !slices.ContainsFunc(companies, func(c Company) bool { return c.principal() == g.Principal }) {
			return false, err
		}
	}
	if x.holds != nil {
		until, err := x.holds.Held(tx, delegate)
		if err != nil || until > at {
			return false, err
		}
	}
	kept, err := x.keptAway(tx, g, delegate)
	return !kept, err
}

// keptAway tells whether an order, of protection or of custody, stands between
// the two.
func (x *Delegations) keptAway(tx *db.Tx, g Grant, delegate string) (bool, error) {
	if g.Kind == Guardian {
		if barred, err := bars(tx, g.Principal, delegate, x.now()); len(barred) > 0 || err != nil {
			return true, err
		}
	}
	if x.shield == nil || g.ofCompany() {
		return false, nil
	}
	switch g.Kind {
	case Helper: // of an organisation only whom the order names
		return x.shield.Against(tx, g.Principal, delegate)
	case Carer:
		return x.shield.Hides(tx, g.Principal, delegate)
	case Guardian:
		if hidden, err := x.shield.Hides(tx, g.Principal, delegate); hidden || err != nil {
			return hidden, err
		}
	}
	return x.keptFromKin(tx, g.Principal, delegate)
}

// keptFromKin tells whether somebody is named in an order that protects a
// person or one of those with whom that person lives: a child's address is its
// mother's.
func (x *Delegations) keptFromKin(tx *db.Tx, person, delegate string) (bool, error) {
	near, err := x.people.Related(tx, person)
	if err != nil {
		return false, err
	}
	for _, p := range append([]string{person}, near...) {
		if p == delegate {
			continue
		}
		if named, err := x.shield.Against(tx, p, delegate); named || err != nil {
			return named, err
		}
	}
	return false, nil
}
