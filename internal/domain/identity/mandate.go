package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// MandateKind is how a session names the right that a mandate gives.
const MandateKind = "mandate"

// States of a mandate. One that is active is over all the same once its time
// has passed.
const (
	Offered  = "offered" // to a person, who has not answered
	Active   = "active"
	Declined = "declined"
	Ended    = "ended"
)

// How a mandate was given.
const (
	givenOnline  = "online"
	givenCounter = "counter" // by the person who stood there
)

// lives are the days for which a mandate can be given, the usual first: short,
// so that one that nobody thinks of any more ends by itself.
var lives = []int{30, 7, 90, 365}

// openMandates bounds what one person can have running at a time.
const openMandates = 20

// A Mandate lets an organisation's helpers, or one person, act for another.
type Mandate struct {
	ID, Principal   string
	Agency          string // the organisation, or ""
	Person          string // the carer, or ""
	Services        []string
	Given, GivenBy  string
	State           string
	MadeAt, UntilAt int64
	EndedAt         int64
}

// Stands tells whether it can be used now.
func (m Mandate) Stands(at int64) bool { return m.State == Active && at < m.UntilAt }

// names tells whether a is one of those whom the mandate names: a helper in a
// post of the organisation, or the carer as themself.
func (m Mandate) names(a actor.Actor) bool {
	if m.Agency != "" {
		return a.Officer() && a.Agency == m.Agency && strings.HasSuffix(a.Role, "/helper") && a.Person != m.Principal
	}
	return m.Person != "" && m.Person == a.Person && !a.Officer()
}

// Services names what a mandate can be for.
type Services interface {
	Titles() []ServiceTitle
}

// ServiceTitle is one service by its id.
type ServiceTitle struct {
	ID    string
	Title locale.Text
}

// Notices tell a person what was done in their name.
type Notices interface {
	SendTx(tx *db.Tx, m notify.Message) error
}

// Shield knows the orders that protect people.
type Shield interface {
	// Hides tells whether where somebody is must be kept from another person.
	Hides(tx *db.Tx, of, from string) (bool, error)
	// Against tells whether an order for somebody names another person.
	Against(tx *db.Tx, of, other string) (bool, error)
}

// Right is the mandate of a session: see actor.Right.
func (x *Identity) Right(tx *db.Tx, a actor.Actor, id string, at int64) (actor.For, bool, error) {
	m, err := mandateByID(tx, id)
	if fault.CodeOf(err) == fault.Missing || err == nil && !m.names(a) {
		return actor.For{}, false, nil
	}
	if err != nil {
		return actor.For{}, false, err
	}
	f, err := x.forOf(tx, a, m, at)
	return f, err == nil, err
}

// EndTx: a mandate goes on when somebody stops acting by it.
func (x *Identity) EndTx(*db.Tx, actor.Actor, string) error { return nil }

// forOf is what a mandate lets a do, who is named in it.
func (x *Identity) forOf(tx *db.Tx, a actor.Actor, m Mandate, at int64) (actor.For, error) {
	name, err := x.people.NameOf(tx, m.Principal)
	if err != nil {
		return actor.For{}, err
	}
	f := actor.For{Person: m.Principal, Name: name, As: actor.Carer, Right: m.ID, Services: m.Services, Until: m.UntilAt, Over: !m.Stands(at)}
	if x.shield != nil { // an order is stronger than what was given before it
		hides := x.shield.Against // of an organisation only whom the order names
		if m.Person != "" {
			hides = x.shield.Hides
		}
		hidden, err := hides(tx, m.Principal, a.Person)
		if err != nil {
			return actor.For{}, err
		}
		f.Over = f.Over || hidden
	}
	if m.Agency != "" {
		f.As = actor.Helper
		org, err := x.directory.Agency(tx, m.Agency)
		if err != nil {
			return actor.For{}, err
		}
		f.Org = org.Name
	}
	return f, nil
}

// MandateFor is by what right a acts for a person whom a program names. It is
// Denied where there is none; who is not there is not told apart.
func (x *Identity) MandateFor(ctx context.Context, a actor.Actor, person string) (f actor.For, err error) {
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		list, err := mandatesTo(tx, a.Person, helperOf(a))
		if err != nil {
			return err
		}
		for _, m := range list {
			if m.Principal != person || !m.names(a) {
				continue
			}
			if f, err = x.forOf(tx, a, m, x.now()); err != nil || !f.Over {
				return err
			}
		}
		return fault.New(fault.Denied, "web.error.denied")
	})
	return f, err
}

// helperOf is the organisation for which a helps, or "".
func helperOf(a actor.Actor) string {
	if a.Officer() && strings.HasSuffix(a.Role, "/helper") {
		return a.Agency
	}
	return ""
}

// giveTx makes a mandate of a's subject: their own act, or an officer's who
// serves them. A carer answers first; an organisation has nothing to answer.
func (x *Identity) giveTx(tx *db.Tx, a actor.Actor, m Mandate) error {
	now := x.now()
	m.Principal, m.MadeAt, m.Given, m.GivenBy = a.Subject(), now, givenOnline, a.Person
	if a.For.As == actor.Counter {
		m.Given = givenCounter
	}
	if m.Principal == m.Person {
		return fault.New(fault.Invalid, "identity.mandate.error.self")
	}
	if err := x.servesNobodyElse(tx, a, m); err != nil {
		return err
	}
	mine, err := mandatesOf(tx, m.Principal)
	if err != nil {
		return err
	}
	open := 0
	for _, o := range mine {
		if o.State != Offered && !o.Stands(now) {
			continue
		}
		if open++; o.Agency == m.Agency && o.Person == m.Person {
			return fault.New(fault.Conflict, "identity.mandate.error.there")
		}
	}
	if open >= openMandates {
		return fault.New(fault.Conflict, "identity.mandate.error.many")
	}
	m.State = Active
	subjects := []string{m.Principal}
	if m.Person != "" {
		m.State, subjects = Offered, append(subjects, m.Person)
		if err := x.tell(tx, m.Person, "identity.notice.offered"); err != nil {
			return err
		}
	}
	if err := insertMandate(tx, m); err != nil {
		return err
	}
	if a.Acting() {
		if err := x.tell(tx, m.Principal, "identity.notice.given"); err != nil {
			return err
		}
	}
	return x.leaf(tx, a, m, "mandate.given", subjects, locale.Text{MS: "Kebenaran diberi untuk bertindak bagi pihak anda", EN: "A mandate to act was given"})
}

// servesNobodyElse refuses a mandate that an officer writes for the person at
// the counter to themself, their family or an organisation that they are of: a
// visit of half an hour would become a year.
func (x *Identity) servesNobodyElse(tx *db.Tx, a actor.Actor, m Mandate) error {
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
		return fault.New(fault.Denied, "identity.mandate.error.own")
	}
	return nil
}

// MandateTx makes a mandate from one person to an organisation or to another
// person, who accepts it at once, together with another part's act.
func (x *Identity) MandateTx(tx *db.Tx, from, agency, person string, days int) error {
	m := Mandate{ID: x.ids.New(), Agency: agency, Person: person, UntilAt: x.until(days)}
	if err := x.giveTx(tx, actor.Actor{Person: from}, m); err != nil || person == "" {
		return err
	}
	return x.answerTx(tx, actor.Actor{Person: person}, m.ID, true)
}

// endTx ends a mandate of a's subject at once; ending it again is no error.
func (x *Identity) endTx(tx *db.Tx, a actor.Actor, id string) error {
	m, err := mandateByID(tx, id)
	if err == nil && m.Principal != a.Subject() {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil || m.State != Active && m.State != Offered {
		return err
	}
	subjects := []string{m.Principal}
	if m.Person != "" {
		subjects = append(subjects, m.Person)
		if err := x.tell(tx, m.Person, "identity.notice.ended"); err != nil {
			return err
		}
	}
	if err := setMandate(tx, id, Ended, x.now()); err != nil {
		return err
	}
	return x.leaf(tx, a, m, "mandate.ended", subjects, locale.Text{MS: "Kebenaran untuk bertindak ditamatkan", EN: "A mandate to act was ended"})
}

// answerTx is the carer's yes or no.
func (x *Identity) answerTx(tx *db.Tx, a actor.Actor, id string, yes bool) error {
	m, err := mandateByID(tx, id)
	if err == nil && (!m.names(a) || m.Agency != "") {
		err = fault.New(fault.Missing, "web.error.missing")
	}
	if err != nil {
		return err
	}
	if m.State != Offered || x.now() >= m.UntilAt {
		return fault.New(fault.Conflict, "identity.mandate.error.over")
	}
	state, kind, why := Declined, "mandate.declined", locale.Text{MS: "Kebenaran untuk bertindak ditolak", EN: "A mandate to act was declined"}
	if yes {
		state, kind, why = Active, "mandate.accepted", locale.Text{MS: "Kebenaran untuk bertindak diterima", EN: "A mandate to act was accepted"}
	}
	if err := setMandate(tx, id, state, 0); err != nil {
		return err
	}
	if err := x.tell(tx, m.Principal, "identity.notice."+state); err != nil {
		return err
	}
	return x.leaf(tx, a, m, kind, []string{m.Principal, m.Person}, why)
}

// actTx begins to act under a mandate that names a.
func (x *Identity) actTx(tx *db.Tx, a actor.Actor, id string) error {
	m, err := mandateByID(tx, id)
	if err == nil && (!m.names(a) || !m.Stands(x.now())) {
		err = fault.New(fault.Missing, "identity.mandate.error.over")
	}
	if err != nil {
		return err
	}
	if err := x.sessions.ActTx(tx, a.Session, MandateKind, m.ID); err != nil {
		return err
	}
	if a.For, err = x.forOf(tx, a, m, x.now()); err != nil {
		return err
	}
	if a.For.Over {
		return fault.New(fault.Missing, "identity.mandate.error.over")
	}
	return x.leaf(tx, a, m, "mandate.used", []string{m.Principal}, locale.Text{
		MS: "Mula bertindak bagi pihak anda", EN: "Began to act for you"})
}

func (x *Identity) leaf(tx *db.Tx, a actor.Actor, m Mandate, kind string, subjects []string, why locale.Text) error {
	data := map[string]any{"mandate": m.ID, "until_at": m.UntilAt}
	if m.Agency != "" {
		data["organisation"] = m.Agency
	}
	if m.Services != nil {
		list := make([]any, len(m.Services))
		for i, s := range m.Services {
			list[i] = s
		}
		data["services"] = list
	}
	_, err := x.journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(a), Subjects: subjects, Why: why, Data: data})
	return err
}

func (x *Identity) tell(tx *db.Tx, person, key string) error {
	if x.notices == nil {
		return nil
	}
	return x.notices.SendTx(tx, notify.Message{To: person, Key: key})
}

// organisations are the bodies outside government that help.
func (x *Identity) organisations(tx *db.Tx) ([]directory.Agency, error) {
	all, err := x.directory.Agencies(tx)
	return slices.DeleteFunc(all, func(a directory.Agency) bool { return a.Level != directory.Organisation }), err
}

// until is the end of a mandate of so many days.
func (x *Identity) until(days int) int64 {
	return clock.Micro(x.clock.Now().Add(time.Duration(days) * 24 * time.Hour))
}
