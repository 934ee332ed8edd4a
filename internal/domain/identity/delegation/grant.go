package delegation

import (
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// giveTx makes a mandate of a's subject: their own act, or an officer's who
// serves them. A carer answers first; an organisation has nothing to answer.
func (x *Delegations) giveTx(tx *db.Tx, a actor.Actor, m Grant) error {
	if a.Acting() && a.For.As != actor.Counter { // nobody passes a right on
		return fault.New(fault.Denied, "web.error.denied")
	}
	now := x.now()
	m.Kind, m.Principal, m.MadeAt, m.FromAt, m.Given, m.GivenBy = Carer, a.Subject(), now, now, givenOnline, a.Person
	if m.Agency != "" {
		m.Kind = Helper
	}
	if a.For.As == actor.Counter {
		m.Given = givenCounter
	}
	if m.Principal == m.Person {
		return fault.New(fault.Invalid, "delegation.error.self")
	}
	if err := x.servesNobodyElse(tx, a, m); err != nil {
		return err
	}
	if err := x.free(tx, m.Principal); err != nil {
		return err
	}
	if err := x.room(tx, m); err != nil {
		return err
	}
	m.State = Active
	subjects := []string{m.Principal}
	if m.Person != "" {
		m.State, subjects = Offered, append(subjects, m.Person)
		if err := x.tell(tx, m.Person, "identity.notice.offered"); err != nil {
			return err
		}
	}
	if err := insertGrant(tx, m); err != nil {
		return err
	}
	if a.Acting() {
		if err := x.tell(tx, m.Principal, "identity.notice.given"); err != nil {
			return err
		}
	}
	return x.leaf(tx, a, m, "mandate.given", subjects, locale.Text{MS: "Kebenaran diberi untuk bertindak bagi pihak anda", EN: "A mandate to act was given"})
}

// room refuses a second grant to the same, and more than anybody oversees.
func (x *Delegations) room(tx *db.Tx, m Grant) error {
	mine, err := grantsOf(tx, m.Principal)
	if err != nil {
		return err
	}
	open := 0
	for _, o := range mine {
		if o.State != Offered && o.State != Proposed && !o.Stands(x.now()) || o.State != Active && x.now() >= o.UntilAt {
			continue
		}
		if open++; o.Kind == m.Kind && o.Agency == m.Agency && o.Person == m.Person {
			return fault.New(fault.Conflict, "delegation.error.there")
		}
	}
	if open >= openGrants {
		return fault.New(fault.Conflict, "delegation.error.many")
	}
	return nil
}

// servesNobodyElse refuses a mandate that an officer writes for the person at
// the counter to themself, their family or an organisation that they are of: a
// visit of half an hour would become a year.
func (x *Delegations) servesNobodyElse(tx *db.Tx, a actor.Actor, m Grant) error {
	if !a.Acting() {
		return nil
	}
	kin, err := x.people.Related(tx, a.Person)
	if err != nil {
		return err
	}
	posts, err := x.directory.PostsOf(tx, a.Person, x.now())
	if err != nil {
		return err
	}
	theirs := slices.ContainsFunc(posts, func(p directory.Post) bool { return m.Agency != "" && p.Agency == m.Agency })
	if theirs || m.Person != "" && (m.Person == a.Person || slices.Contains(kin, m.Person)) {
		return fault.New(fault.Denied, "delegation.error.own")
	}
	return nil
}

// MandateTx makes a mandate from one person to an organisation or to another
// person, who accepts it at once, together with another part's act.
func (x *Delegations) MandateTx(tx *db.Tx, from, agency, person string, days int) error {
	m := Grant{ID: x.ids.New(), Agency: agency, Person: person, UntilAt: x.until(days)}
	if err := x.giveTx(tx, actor.Actor{Person: from}, m); err != nil || person == "" {
		return err
	}
	return x.answerTx(tx, actor.Actor{Person: person}, m.ID, true)
}

// endTx ends a grant at once, by either side: who gave it, who may act by it,
// and where a court ordered it only the latter. Ending it again is no error.
func (x *Delegations) endTx(tx *db.Tx, a actor.Actor, id string) error {
	g, err := grantByID(tx, id)
	if err != nil {
		return err
	}
	mine, err := x.mayEnd(tx, a, g)
	if err == nil && !mine {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil || g.State != Active && g.State != Offered {
		return err
	}
	g.State, g.EndedAt, g.EndedBy = Ended, x.now(), a.Person
	return x.endedTx(tx, a, g, locale.Text{MS: "Kebenaran untuk bertindak ditamatkan", EN: "A mandate to act was ended"})
}

// mayEnd tells whether a grant is a's to end.
func (x *Delegations) mayEnd(tx *db.Tx, a actor.Actor, g Grant) (bool, error) {
	switch {
	case g.mandate() && g.Principal == a.Subject():
		return true, nil
	case g.Person != "" && !a.Acting() && g.names(a):
		return true, nil
	case g.Kind == Staff && !a.Acting() && !a.Officer():
		companies, err := x.people.Companies(tx, a.Person)
		return slices.ContainsFunc(companies, func(c Company) bool { return c.principal() == g.Principal }), err
	}
	return false, nil
}

// endedTx keeps that a grant has ended, and tells the other side.
func (x *Delegations) endedTx(tx *db.Tx, a actor.Actor, g Grant, why locale.Text) error {
	if err := updateGrant(tx, g); err != nil {
		return err
	}
	for _, p := range x.sides(g) {
		if p == a.Subject() {
			continue
		}
		key := "identity.notice.ended"
		if p == g.Principal {
			key = "delegation.notice.laid_down"
		}
		if err := x.tell(tx, p, key); err != nil {
			return err
		}
	}
	return x.leaf(tx, a, g, "mandate.ended", x.sides(g), why)
}

// sides are the persons whom a grant concerns: a company is none, and of it the
// director who gave the grant.
func (x *Delegations) sides(g Grant) []string {
	first := g.Principal
	if g.ofCompany() {
		first = g.GivenBy
	}
	if g.Person == "" || g.Person == first {
		return []string{first}
	}
	return []string{first, g.Person}
}

// answerTx is the carer's yes or no.
func (x *Delegations) answerTx(tx *db.Tx, a actor.Actor, id string, yes bool) error {
	m, err := grantByID(tx, id)
	if err == nil && (!m.names(a) || m.Person == "") {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil {
		return err
	}
	if m.State != Offered || x.now() >= m.UntilAt {
		return fault.New(fault.Conflict, "delegation.error.over")
	}
	if err := x.free(tx, a.Person); yes && err != nil {
		return err
	}
	state, kind, why := Declined, "mandate.declined", locale.Text{MS: "Kebenaran untuk bertindak ditolak", EN: "A mandate to act was declined"}
	if yes {
		state, kind, why = Active, "mandate.accepted", locale.Text{MS: "Kebenaran untuk bertindak diterima", EN: "A mandate to act was accepted"}
	}
	m.State = state
	if err := updateGrant(tx, m); err != nil {
		return err
	}
	if err := x.tell(tx, x.sides(m)[0], "identity.notice."+state); err != nil {
		return err
	}
	return x.leaf(tx, a, m, kind, x.sides(m), why)
}

// actTx begins to act by a delegation that names a.
func (x *Delegations) actTx(tx *db.Tx, a actor.Actor, id string) error {
	over := fault.New(fault.Missing, "delegation.error.over")
	g, err := x.find(tx, a.Person, id)
	if fault.CodeOf(err) == fault.Missing || err == nil && (!g.names(a) || !g.inHall()) {
		return over
	}
	if err != nil {
		return err
	}
	if err := x.free(tx, a.Person); err != nil {
		return err
	}
	if a.For, err = x.forOf(tx, a, g, x.now()); err != nil {
		return err
	}
	if a.For.Over {
		return over
	}
	if err := x.sessions.ActTx(tx, a.Session, RightKind, g.ID); err != nil {
		return err
	}
	return x.leaf(tx, a, g, "mandate.used", []string{g.Principal}, locale.Text{
		MS: "Mula bertindak bagi pihak anda", EN: "Began to act for you"})
}
