package delegation

import (
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// What a court's order is about. One about a child ends when it is of age,
// whatever the order says.
const (
	matterChild      = "child"      // Act 351
	matterIncapacity = "incapacity" // Act 615, Part X
)

// orderYears bounds an order that is not about a child: then it is looked at
// again.
const orderYears = 5

// orderForm is what was typed at the counter.
type orderForm struct {
	Number, Name               string // of whom it is about
	DelegateNumber, Delegate   string
	Court, Order, Date, Matter string
	Until                      string
	Errors                     map[string]string
}

// impartial keeps an officer out of orders that concern them or their kin, and
// out of those that protect a person from them.
func (x *Delegations) impartial(tx *db.Tx, a actor.Actor, g Grant) error {
	kin, err := x.people.Related(tx, a.Person)
	if err != nil {
		return err
	}
	for _, p := range []string{g.Principal, g.Person} {
		named := false
		if x.shield != nil {
			if named, err = x.shield.Against(tx, p, a.Person); err != nil {
				return err
			}
		}
		if named || p == a.Person || slices.Contains(kin, p) {
			return fault.New(fault.Denied, "delegation.error.kin")
		}
	}
	return nil
}

// check is the grant that was typed, less whom it concerns.
func (f orderForm) check(today string, wrong func(field, key string)) Grant {
	g := Grant{Kind: Court, State: Proposed, Given: givenCourt,
		Evidence: Evidence{Court: short(f.Court), Number: short(f.Order), Date: f.Date, Matter: f.Matter}}
	if g.Evidence.Court == "" {
		wrong("court", "delegation.error.court")
	}
	if g.Evidence.Number == "" {
		wrong("order", "delegation.error.order")
	}
	if day, err := clock.ParseDay(f.Date); err != nil || clock.Day(day) > today {
		wrong("date", "delegation.error.date")
	}
	if f.Matter == matterReturned {
		g.Kind = Barred
	}
	switch f.Matter {
	case matterChild, matterReturned: // until it is of age
	case matterCustody: // the same, unless the order ends before
		g.Kind = Barred
		if f.Until == "" {
			break
		}
		day, err := clock.ParseDay(f.Until)
		if err != nil || f.Until < today {
			wrong("until", "delegation.error.last")
			break
		}
		g.UntilAt = clock.Micro(day.AddDate(0, 0, 1))
	case matterIncapacity:
		now, err := clock.ParseDay(today)
		day, err2 := clock.ParseDay(f.Until)
		if err != nil || err2 != nil || f.Until < today || day.After(now.AddDate(orderYears, 0, 0)) {
			wrong("until", "delegation.error.until")
			break
		}
		g.UntilAt = clock.Micro(day.AddDate(0, 0, 1))
	default:
		wrong("matter", "delegation.error.matter")
	}
	return g
}

// short is at most a line of what was typed.
func short(s string) string {
	if r := []rune(s); len(r) > 120 {
		s = string(r[:120])
	}
	return s
}

// orderTx keeps an order that waits for a second officer.
func (x *Delegations) orderTx(tx *db.Tx, a actor.Actor, g Grant) error {
	now := x.now()
	g.MadeAt, g.FromAt, g.GivenBy, g.Evidence.Office = now, now, a.Person, a.Agency
	if g.Principal == g.Person {
		return fault.New(fault.Invalid, "delegation.error.self")
	}
	if err := x.impartial(tx, a, g); err != nil {
		return err
	}
	if g.Evidence.Matter != matterIncapacity {
		born, err := x.people.BornOn(tx, g.Principal)
		if err != nil {
			return err
		}
		adult, err := Majority(born)
		if err != nil || adult <= now {
			return fault.New(fault.Invalid, "delegation.error.adult")
		}
		if g.UntilAt == 0 || g.UntilAt > adult {
			g.UntilAt = adult
		}
	}
	check := x.room
	if g.custody() {
		check = x.custodyTx
	}
	if err := check(tx, g); err != nil {
		return err
	}
	if err := insertGrant(tx, g); err != nil {
		return err
	}
	return x.leaf(tx, a, g, "mandate.entered", []string{g.Principal, g.Person}, locale.Text{
		MS: "Perintah mahkamah untuk bertindak bagi seseorang dimasukkan di kaunter", EN: "A court's order to act for somebody was entered at a counter"})
}

// elsewhere tells whether an order was entered at another agency's counter:
// whoever confirms it has the paper at hand, and nobody else reads of it.
func (g Grant) elsewhere(a actor.Actor) bool {
	return g.Evidence.Office != "" && g.Evidence.Office != a.Agency
}

// decideTx is the second officer's yes or no. Nobody checks what they entered.
func (x *Delegations) decideTx(tx *db.Tx, a actor.Actor, id string, yes bool) error {
	g, err := grantByID(tx, id)
	if err == nil && (g.Kind != Court && g.Kind != Barred || g.elsewhere(a)) {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil {
		return err
	}
	if err := x.impartial(tx, a, g); err != nil {
		return err
	}
	if g.State != Proposed || x.now() >= g.UntilAt {
		return fault.New(fault.Conflict, "delegation.error.over")
	}
	if yes && g.GivenBy == a.Person {
		return fault.New(fault.Denied, "delegation.error.second")
	}
	g.Evidence.CheckedBy, g.Evidence.CheckedAt, g.FromAt = a.Person, x.now(), x.now()
	kind, why := "mandate.refused", locale.Text{MS: "Perintah mahkamah untuk bertindak bagi seseorang tidak diterima", EN: "A court's order to act for somebody was not accepted"}
	switch g.State = Declined; {
	case yes && g.custody():
		g.State = Active
		if kind, why, err = x.confirmCustody(tx, a, &g); err != nil {
			return err
		}
	case yes:
		g.State = Active
		kind, why = "mandate.ordered", locale.Text{MS: "Seseorang boleh bertindak dengan perintah mahkamah", EN: "Somebody may act by a court's order"}
		for who, key := range map[string]string{g.Principal: "delegation.notice.court", g.Person: "delegation.notice.appointed"} {
			if err := x.tell(tx, who, key); err != nil {
				return err
			}
		}
	}
	if err := updateGrant(tx, g); err != nil {
		return err
	}
	return x.leaf(tx, a, g, kind, []string{g.Principal, g.Person}, why)
}
