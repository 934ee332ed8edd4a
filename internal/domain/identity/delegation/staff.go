package delegation

import (
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// staffClaims are what staff let an agency's software have of the company: that
// it is there, and its name.
var staffClaims = []string{"openid", "profile"}

// company is one that a has; Missing where it is not theirs.
func (x *Delegations) company(tx *db.Tx, a actor.Actor, number string) (Company, error) {
	list, err := x.people.Companies(tx, a.Person)
	if err != nil {
		return Company{}, err
	}
	for _, c := range list {
		if c.Number == number {
			return c, nil
		}
	}
	return Company{}, fault.New(fault.Missing, "web.error.missing")
}

// staffTx offers somebody to act for a company that a has: at agencies' own
// software, and for the hall's services that g names.
func (x *Delegations) staffTx(tx *db.Tx, a actor.Actor, c Company, g Grant) error {
	if g.Person == a.Person {
		return fault.New(fault.Invalid, "delegation.error.self")
	}
	if err := x.free(tx, a.Person); err != nil {
		return err
	}
	now := x.now()
	g.Kind, g.Principal, g.Claims, g.State, g.MadeAt, g.FromAt, g.Given, g.GivenBy = Staff, c.principal(), staffClaims, Offered, now, now, givenOnline, a.Person
	if g.Services == nil { // none is not all
		g.Services = []string{}
	}
	g.Evidence = Evidence{Number: c.Number, Name: c.Name}
	if err := x.room(tx, g); err != nil {
		return err
	}
	if err := insertGrant(tx, g); err != nil {
		return err
	}
	if err := x.tell(tx, g.Person, "identity.notice.offered"); err != nil {
		return err
	}
	return x.leaf(tx, a, g, "mandate.given", []string{a.Person, g.Person}, locale.Text{
		MS: "Kakitangan dinamakan untuk bertindak bagi sebuah syarikat", EN: "Staff were named to act for a company"})
}
