package app

import (
	"fmt"

	"balai/internal/domain/protection"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// roleProtects is the post that makes the demo's orders of protection.
const roleProtects = "jkm/protection-officer"

// rights makes what stands in the country from its first day, by the parts' own
// acts: orders of protection, and the mandates that people gave.
func (d *demoCountry) rights(tx *db.Tx) error {
	h := d.hall
	by, err := h.inRole(tx, roleProtects, "", clock.Micro(h.clock.Now()))
	if err != nil {
		return err
	}
	for _, o := range d.country.Orders {
		_, err := h.protection.MakeTx(tx, by, protection.Ordering{Number: o.Number, Kind: o.Kind, Court: o.Court, Reason: o.Reason, Against: o.Against})
		if err != nil {
			return fmt.Errorf("demo: the order for %s: %w", o.Number, err)
		}
	}
	for _, m := range d.country.Mandates {
		if err := h.identity.MandateTx(tx, m.From, m.Agency, m.Person, m.Days); err != nil {
			return fmt.Errorf("demo: the mandate of %s: %w", m.From, err)
		}
	}
	return nil
}

// inRole is somebody who holds a post of the role in a state, "" being all of
// them; nobody where the post is empty.
func (h *Hall) inRole(tx *db.Tx, role, state string, at int64) (a actor.Actor, err error) {
	posts, people, err := h.directory.HoldersOf(tx, role, state, at)
	if err != nil || len(posts) == 0 {
		return a, err
	}
	return actor.Actor{Person: people[0], Post: posts[0].ID, Role: posts[0].Role, Agency: posts[0].Agency, Unit: posts[0].Unit,
		State: posts[0].State, Title: posts[0].Title}, nil
}
