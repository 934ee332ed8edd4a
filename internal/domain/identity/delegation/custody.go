package delegation

import (
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Barred is no right but the end of one: by a court's order its person no
// longer acts for the principal as the parent that the register names. It runs
// as a grant does, and lets nobody do anything.
const Barred = "barred"

// What an order about custody says (Act 164, sections 88 and 89): that a parent
// no longer acts for the child, and that they do again.
const (
	matterCustody  = "custody"
	matterReturned = "returned"
)

// custody tells whether an order is about a parent's own right.
func (g Grant) custody() bool {
	return g.Evidence.Matter == matterCustody || g.Evidence.Matter == matterReturned
}

// bars are the orders that keep a parent from acting for a child at a moment.
func bars(tx *db.Tx, child, parent string, at int64) ([]Grant, error) {
	list, err := barsOf(tx, child, parent)
	return slices.DeleteFunc(list, func(g Grant) bool { return !g.Stands(at) }), err
}

// custodyTx checks what an order about custody stands on: who is named is a
// parent, and what it gives back was taken.
func (x *Delegations) custodyTx(tx *db.Tx, g Grant) error {
	parents, err := x.people.Parents(tx, g.Principal)
	if err != nil {
		return err
	}
	if !slices.Contains(parents, g.Person) {
		return fault.New(fault.Invalid, "delegation.error.parent")
	}
	if g.Evidence.Matter == matterCustody {
		return x.room(tx, g)
	}
	standing, err := bars(tx, g.Principal, g.Person, x.now())
	if err == nil && len(standing) == 0 {
		err = fault.New(fault.Invalid, "delegation.error.not_barred")
	}
	return err
}

// confirmCustody is what a second officer's yes to an order about custody does:
// the parent's right ends with the commit, or comes back with it.
func (x *Delegations) confirmCustody(tx *db.Tx, a actor.Actor, g *Grant) (kind string, why locale.Text, err error) {
	if g.Evidence.Matter == matterCustody {
		if err := x.tell(tx, g.Person, "delegation.notice.barred"); err != nil {
			return "", why, err
		}
		return "mandate.barred", locale.Text{MS: "Ibu atau bapa tidak lagi bertindak, dengan perintah mahkamah",
			EN: "A parent no longer acts, by a court's order"}, nil
	}
	standing, err := bars(tx, g.Principal, g.Person, x.now())
	if err != nil {
		return "", why, err
	}
	for _, o := range standing {
		o.State, o.EndedAt, o.EndedBy = Ended, x.now(), a.Person
		if err := updateGrant(tx, o); err != nil {
			return "", why, err
		}
	}
	g.State, g.EndedAt, g.EndedBy = Ended, x.now(), a.Person // it has done what it is for
	return "mandate.returned", locale.Text{MS: "Ibu atau bapa boleh bertindak semula, dengan perintah mahkamah",
		EN: "A parent acts again, by a court's order"}, x.tell(tx, g.Person, "delegation.notice.returned")
}
