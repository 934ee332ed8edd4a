package app

import (
	"fmt"

	"balai/demo/country"
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
		if err := h.delegation.MandateTx(tx, m.From, m.Agency, m.Person, m.Days); err != nil {
			return fmt.Errorf("demo: the mandate of %s: %w", m.From, err)
		}
	}
	if err := d.known(tx); err != nil {
		return err
	}
	return writeSetting(tx, settingKnown, "1")
}

// known gives the personas and the officers of the stories the evidence that
// they have from the first day, as two officers of a counter recorded and
// approved it, neither of them the person.
func (d *demoCountry) known(tx *db.Tx) error {
	seats, err := d.hall.inRoles(tx, "jpn/counter-officer", "", clock.Micro(d.hall.clock.Now()))
	if err != nil {
		return err
	}
	seed := func(person string, level int) error {
		has, err := d.hall.proof.Level(tx, person, clock.Micro(d.hall.clock.Now()))
		if err != nil || has > 0 {
			return err
		}
		var two []string
		for _, a := range seats {
			if a.Person != person {
				two = append(two, a.Person)
			}
		}
		if len(two) < 2 {
			return fmt.Errorf("demo: %d officers at counters, and an enrolment needs two", len(two))
		}
		if err := d.hall.proof.SeedTx(tx, person, level, "jpn", two[0], two[1]); err != nil {
			return fmt.Errorf("demo: the identity of %s: %w", person, err)
		}
		return nil
	}
	for _, p := range d.country.Personas {
		if err := seed(p.ID, p.Level); err != nil {
			return err
		}
	}
	for _, o := range d.country.Officers {
		if err := seed(o.ID, country.Usual); err != nil {
			return err
		}
	}
	return nil
}

// inRole is somebody who holds a post of the role in a state, "" being all of
// them; nobody where the post is empty.
func (h *Hall) inRole(tx *db.Tx, role, state string, at int64) (a actor.Actor, err error) {
	all, err := h.inRoles(tx, role, state, at)
	if err != nil || len(all) == 0 {
		return a, err
	}
	return all[0], nil
}

// inRoles are all who hold a post of a role in a state, or everywhere.
func (h *Hall) inRoles(tx *db.Tx, role, state string, at int64) (out []actor.Actor, err error) {
	posts, people, err := h.directory.HoldersOf(tx, role, state, at)
	for i, p := range posts {
		out = append(out, actor.Actor{Person: people[i], Post: p.ID, Role: p.Role, Agency: p.Agency, Unit: p.Unit, State: p.State, Title: p.Title})
	}
	return out, err
}
