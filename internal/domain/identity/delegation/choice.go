package delegation

import (
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

// A Choice is somebody for whom a person may act at an agency's own software:
// the token's sub is Principal's, its act.sub the person's.
type Choice struct {
	ID        string // of the delegation: asked again at each token
	Principal string // a person's id, or a company's: see Company
	Name      string
	Kind      string
	Services  []string // of the hall; nil is all
	Scopes    []string // that a token may ask for; nil is all that the principal could give
	Until     int64    // unix microseconds
}

// Choices are those for whom a person may act at a moment, as themself and not
// in a post. Whom an order hides from them is not among them.
func (x *Delegations) Choices(tx *db.Tx, person string, at int64) ([]Choice, error) {
	list, err := x.rightsOf(tx, actor.Actor{Person: person})
	if err != nil {
		return nil, err
	}
	var out []Choice
	for _, g := range list {
		stands, err := x.stands(tx, g, person, at)
		if err != nil {
			return nil, err
		}
		if !stands {
			continue
		}
		c, err := x.choice(tx, g)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Waiting counts the delegations that wait for a person's answer.
func (x *Delegations) Waiting(tx *db.Tx, person string) (n int, err error) {
	list, err := grantsTo(tx, person, "")
	for _, g := range list {
		if err != nil {
			return 0, err
		}
		if g.State != Offered || x.now() >= g.UntilAt {
			continue
		}
		var kept bool
		if kept, err = x.keptAway(tx, g, person); !kept {
			n++
		}
	}
	return n, err
}

// Stands is a delegation as it is at a moment, and whether its delegate may use
// it: a provider asks it again with each token.
func (x *Delegations) Stands(tx *db.Tx, id, delegate string, at int64) (Choice, bool, error) {
	g, err := x.find(tx, delegate, id)
	if fault.CodeOf(err) == fault.Missing || err == nil && !g.names(actor.Actor{Person: delegate}) {
		return Choice{}, false, nil
	}
	if err != nil {
		return Choice{}, false, err
	}
	stands, err := x.stands(tx, g, delegate, at)
	if err != nil || !stands {
		return Choice{}, false, err
	}
	c, err := x.choice(tx, g)
	return c, err == nil, err
}

func (x *Delegations) choice(tx *db.Tx, g Grant) (Choice, error) {
	name, err := x.nameOf(tx, g)
	if g.Kind == Director {
		g.Services, g.Claims = x.forCompanies(), g.scopes()
	}
	return Choice{ID: g.ID, Principal: g.Principal, Name: name, Kind: g.Kind,
		Services: slices.Clone(g.Services), Scopes: slices.Clone(g.scopes()), Until: g.UntilAt}, err
}

// Guards tells whether somebody acts for a child as its parent, now.
func (x *Delegations) Guards(tx *db.Tx, parent, child string) (bool, error) {
	_, stands, err := x.Stands(tx, childPrefix+child, parent, x.now())
	return stands, err
}
