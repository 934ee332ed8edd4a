package desk

import (
	"cmp"
	"net/url"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
)

// chosen is what an officer filters a list by, as the address says it. What it
// does not know it leaves out, so that an old address still leads somewhere.
type chosen struct {
	Service string // jpn/birth-registration
	Due     string // late or soon
	Who     string // me, nobody, or a colleague's post
	Office  string // state code
	Step    string // check or decide
	Unpaid  bool
	Counter bool
}

// The values of `who` that name no post.
const (
	whoMe     = "me"
	whoNobody = "nobody"
)

func chosenOf(q url.Values) chosen {
	c := chosen{Service: clip(q.Get("service"), 120), Who: clip(q.Get("who"), 120), Unpaid: q.Get("fee") == "unpaid", Counter: q.Get("from") == "counter"}
	if due := q.Get("due"); due == casework.DueLate || due == casework.DueSoon {
		c.Due = due
	}
	if step := q.Get("step"); step == casework.StepCheck || step == casework.StepDecide {
		c.Step = step
	}
	if _, ok := directory.PlaceOf(q.Get("office")); ok {
		c.Office = q.Get("office")
	}
	return c
}

// query writes the choice into an address.
func (c chosen) query(q url.Values) {
	for k, v := range map[string]string{"service": c.Service, "due": c.Due, "who": c.Who, "office": c.Office, "step": c.Step} {
		if v != "" {
			q.Set(k, v)
		}
	}
	if c.Unpaid {
		q.Set("fee", "unpaid")
	}
	if c.Counter {
		q.Set("from", "counter")
	}
}

// any tells whether something is chosen.
func (c chosen) any() bool { return c != chosen{} }

// nobodyAtAll is a person that no case has: an address may name a post that is
// empty.
const nobodyAtAll = "-"

// narrow puts a choice into a filter.
func (d *Desk) narrow(tx *db.Tx, a actor.Actor, f *casework.Filter, c chosen) error {
	f.Kind, f.Calendar, f.Step = c.Service, c.Office, c.Step
	f.Due = cmp.Or(f.Due, c.Due)
	f.Unpaid, f.Counter = c.Unpaid, c.Counter
	switch c.Who {
	case "":
	case whoNobody:
		f.Unassigned = true
	case whoMe:
		hands, err := d.hands(tx, a)
		f.Assignees = hands
		return err
	default:
		officers, err := d.Directory.Officers(tx, c.Who, clock.Micro(d.Clock.Now()))
		if err != nil {
			return err
		}
		f.Assignees = []string{nobodyAtAll}
		for _, o := range officers {
			if o.Post == c.Who && o.Agency == a.Agency {
				f.Assignees = []string{o.Person}
			}
		}
	}
	return nil
}

// colleagueName is an officer in a list to choose from: post and name.
type colleagueName struct {
	Post, Person, Name string
	Officer            actor.Actor
	Away               bool // on leave now
	Open               int  // cases in their hands
}

// team are those whose work the list holds: officers of the same role in the
// branch, or everybody in the head's office.
func (d *Desk) team(tx *db.Tx, a actor.Actor) ([]colleagueName, error) {
	now := clock.Micro(d.Clock.Now())
	var out []colleagueName
	if auditor(a) {
		return nil, nil
	}
	holders, err := d.Directory.HoldersIn(tx, a.Agency, a.State, now)
	if err != nil {
		return nil, err
	}
	for _, h := range holders {
		o := directory.ActorIn(h.Post, h.Person.ID)
		if works(a) && o.Role != a.Role || head(a) && (o.Unit != a.Unit || !works(o)) {
			continue
		}
		_, away, err := d.Directory.Away(tx, o.Person, o.Post, now)
		if err != nil {
			return nil, err
		}
		out = append(out, colleagueName{Post: o.Post, Person: o.Person, Name: h.Person.Name, Officer: o, Away: away})
	}
	return out, nil
}
