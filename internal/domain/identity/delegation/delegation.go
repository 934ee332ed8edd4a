package delegation

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
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/notify"
)

// RightKind is how a session names the right that a delegation gives.
const RightKind = "mandate"

// Kinds of delegations.
const (
	Helper   = "helper"        // an organisation's, under a mandate
	Carer    = "carer"         // a person's, under a mandate
	Guardian = "guardian"      // a parent's, of a child: the register says it
	Court    = "court"         // by an order of a court
	Director = "director"      // who has a company: the register says it
	Staff    = "company_staff" // of a company, named by a director
)

// States of a grant. One that is active is over all the same once its time
// has passed.
const (
	Proposed = "proposed" // waits for a second officer
	Offered  = "offered"  // to a person, who has not answered
	Active   = "active"
	Declined = "declined"
	Ended    = "ended"
)

// How a grant was made.
const (
	givenOnline  = "online"
	givenCounter = "counter" // by the person who stood there
	givenCourt   = "court"
)

// lives are the days for which a mandate can be given, the usual first: short,
// so that one that nobody thinks of any more ends by itself.
var lives = []int{30, 7, 90, 365}

// openGrants bounds what one person can have running at a time.
const openGrants = 20

// A Grant lets an organisation's helpers, or one person, act for another.
type Grant struct {
	ID, Kind        string
	Principal       string // a person, or a company: "ssm:" and its number
	Agency          string // the organisation, or ""
	Person          string // who may act, where it is one person
	Services        []string
	Claims          []string // what a token may ask for, by scope; nil is all
	Evidence        Evidence
	Given, GivenBy  string
	State           string
	MadeAt          int64
	FromAt, UntilAt int64
	EndedAt         int64
	EndedBy         string
}

// Evidence is what a grant stands on.
type Evidence struct {
	Court  string `json:"court,omitempty"`
	Number string `json:"number,omitempty"` // of the order
	Date   string `json:"date,omitempty"`   // of the order, 2006-01-02
	Matter string `json:"matter,omitempty"`
	Name   string `json:"name,omitempty"`   // the company's
	Office string `json:"office,omitempty"` // the agency at whose counter it was entered
	// The second officer, who is another than who entered it.
	CheckedBy string `json:"checked_by,omitempty"`
	CheckedAt int64  `json:"checked_at,omitempty"`
}

// Stands tells whether it can be used at a moment.
func (g Grant) Stands(at int64) bool { return g.State == Active && g.FromAt <= at && at < g.UntilAt }

// names tells whether a is one of those whom the grant names: a helper in a
// post of the organisation, or the person as themself.
func (g Grant) names(a actor.Actor) bool {
	if g.Kind == Barred {
		return false
	}
	if g.Kind == Helper {
		return a.Officer() && a.Agency == g.Agency && strings.HasSuffix(a.Role, "/helper") && a.Person != g.Principal
	}
	return g.Person != "" && g.Person == a.Person && !a.Officer()
}

// mandate tells whether the principal gave it themself, and ends it.
func (g Grant) mandate() bool { return g.Kind == Helper || g.Kind == Carer }

// A Company is one that is in business, by the Companies Commission's register.
type Company struct{ Number, Name string }

// principal is how a company is named where a person would be.
func (c Company) principal() string { return actor.Company(c.Number) }

// ofCompany tells whether the principal is a company.
func (g Grant) ofCompany() bool {
	_, is := actor.CompanyNumber(g.Principal)
	return is
}

// inHall tells whether the hall's own pages know the grant. Staff act for a
// company at agencies' own software only, unless a director lets them apply too.
func (g Grant) inHall() bool { return !g.ofCompany() || g.Kind == Director || len(g.Services) > 0 }

// adulthood is the age at which a person is of age (Act 21, section 2).
const adulthood = 18

// Majority is the moment at which somebody born on a civil day is of age: when
// their eighteenth birthday begins in Malaysia. Who was born on a leap day has
// it on 1 March, since no 18th year is a leap year but in a century's turn.
func Majority(bornOn string) (int64, error) {
	day, err := clock.ParseDay(bornOn)
	if err != nil {
		return 0, err
	}
	return clock.Micro(day.AddDate(adulthood, 0, 0)), nil
}

// What the register says has no row: so begin the ids of a guardianship and of
// a director's right.
const (
	childPrefix    = "child:"
	directorPrefix = "company:"
)

// guardianship is a parent's right to act for a child, as the register has it.
func guardianship(parent string, c Child) (Grant, error) {
	until, err := Majority(c.BornOn)
	if err != nil {
		return Grant{}, err
	}
	born, err := clock.ParseDay(c.BornOn)
	if err != nil {
		return Grant{}, err
	}
	at := clock.Micro(born)
	return Grant{ID: childPrefix + c.ID, Kind: Guardian, Principal: c.ID, Person: parent, Given: "register", State: Active, MadeAt: at, FromAt: at, UntilAt: until}, nil
}

// directorship is the right of who has a company to act for it, as the register
// has it. It has no end of its own, so a token has it for a day at most and asks
// again; nor a beginning, since the register is read later than the moment that
// is asked about.
func directorship(person string, c Company, at int64) Grant {
	return Grant{ID: directorPrefix + c.Number, Kind: Director, Principal: c.principal(), Person: person, Given: "register", State: Active,
		UntilAt: at + int64(24*time.Hour/time.Microsecond), Evidence: Evidence{Number: c.Number, Name: c.Name}}
}

// Child is somebody's child in the register, of whatever age.
type Child struct{ ID, Name, BornOn string }

// Narrow is what may be released of asked under a delegation for scopes; nil
// scopes are all that the principal could give.
func Narrow(asked, scopes []string) []string {
	if scopes == nil {
		return slices.Clone(asked)
	}
	out := []string{}
	for _, s := range asked {
		if slices.Contains(scopes, s) {
			out = append(out, s)
		}
	}
	return out
}

// scopes are what a token under the grant may ask for. A mandate for some of
// the hall's services says nothing of an agency's own software: whom it is for,
// and no more.
func (g Grant) scopes() []string {
	if g.Claims == nil && g.Services != nil {
		return []string{"openid"}
	}
	return g.Claims
}

// Services names what a mandate can be for.
type Services interface {
	Titles() []ServiceTitle
}

// ServiceTitle is one service by its id. Companies tells whether a company can
// apply for it.
type ServiceTitle struct {
	ID        string
	Title     locale.Text
	Companies bool
}

// forCompanies are the services for which a company can apply.
func (x *Delegations) forCompanies() []string {
	out := []string{} // none is not all
	for _, s := range x.services.Titles() {
		if s.Companies {
			out = append(out, s.ID)
		}
	}
	return out
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

// People are the population register as this part needs it.
type People interface {
	NameOf(tx *db.Tx, person string) (string, error)
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	// Related are those with whom somebody has a conflict of interest: near kin
	// and the same home.
	Related(tx *db.Tx, person string) ([]string, error)
	// Children are somebody's living children, of whatever age.
	Children(tx *db.Tx, parent string) ([]Child, error)
	// Parents are somebody's living parents, by their ids.
	Parents(tx *db.Tx, child string) ([]string, error)
	BornOn(tx *db.Tx, person string) (day string, err error)
	// Companies are those in business that somebody has.
	Companies(tx *db.Tx, person string) ([]Company, error)
}

// Holds tells until when somebody who has just recovered their sign-in gives
// and uses no delegation; 0 where nothing holds them.
type Holds interface {
	Held(tx *db.Tx, person string) (until int64, err error)
}

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
	ForSubject(tx *db.Tx, person, before string, limit int) ([]journal.Entry, error)
}

// Options are what the part stands on.
type Options struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Sessions  *actor.Sessions
	Directory *directory.Directory
	People    People
	Journal   Journal
	Services  Services
	Notices   Notices // nil tells nobody
	Shield    Shield  // nil protects nobody
	Holds     Holds   // nil holds nobody
}

// Delegations is the part.
type Delegations struct {
	db        *db.DB
	clock     clock.Clock
	ids       *id.Source
	sessions  *actor.Sessions
	directory *directory.Directory
	people    People
	journal   Journal
	services  Services
	notices   Notices
	shield    Shield
	holds     Holds
}

// New makes the part and answers for delegations to the sessions.
func New(o Options) *Delegations {
	x := &Delegations{db: o.DB, clock: o.Clock, ids: o.IDs, sessions: o.Sessions, directory: o.Directory, people: o.People,
		journal: o.Journal, services: o.Services, notices: o.Notices, shield: o.Shield, holds: o.Holds}
	o.Sessions.Acting(RightKind, x)
	return x
}

func (x *Delegations) now() int64 { return clock.Micro(x.clock.Now()) }

// until is the end of a mandate of so many days.
func (x *Delegations) until(days int) int64 {
	return clock.Micro(x.clock.Now().Add(time.Duration(days) * 24 * time.Hour))
}

func (x *Delegations) leaf(tx *db.Tx, a actor.Actor, g Grant, kind string, subjects []string, why locale.Text) error {
	data := map[string]any{"mandate": g.ID, "kind": g.Kind, "until_at": g.UntilAt}
	if g.Agency != "" {
		data["organisation"] = g.Agency
	}
	if number, is := actor.CompanyNumber(g.Principal); is {
		data["company"] = number
	}
	if g.Evidence.Number != "" {
		data["order"], data["court"] = g.Evidence.Number, g.Evidence.Court
	}
	if g.Services != nil {
		list := make([]any, len(g.Services))
		for i, s := range g.Services {
			list[i] = s
		}
		data["services"] = list
	}
	_, err := x.journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(a), Subjects: subjects, Why: why, Data: data})
	return err
}

func (x *Delegations) tell(tx *db.Tx, person, key string) error {
	if x.notices == nil {
		return nil
	}
	return x.notices.SendTx(tx, notify.Message{To: person, Key: key})
}

// free refuses somebody who has recovered their sign-in a short while ago: who
// took it over would give themself what outlasts it.
func (x *Delegations) free(tx *db.Tx, person string) error {
	if x.holds == nil {
		return nil
	}
	until, err := x.holds.Held(tx, person)
	if err == nil && until > x.now() {
		err = fault.New(fault.Conflict, "delegation.error.held")
	}
	return err
}

// organisations are the bodies outside government that help.
func (x *Delegations) organisations(tx *db.Tx) ([]directory.Agency, error) {
	all, err := x.directory.Agencies(tx)
	return slices.DeleteFunc(all, func(a directory.Agency) bool { return a.Level != directory.Organisation }), err
}

// For is by what right a acts for a person whom a program names. It is Denied
// where there is none; who is not there is not told apart.
func (x *Delegations) For(ctx context.Context, a actor.Actor, person string) (f actor.For, err error) {
	err = x.db.Read(ctx, func(tx *db.Tx) error {
		list, err := x.rightsOf(tx, a)
		if err != nil {
			return err
		}
		for _, g := range list {
			if g.Principal != person || !g.inHall() {
				continue
			}
			if f, err = x.forOf(tx, a, g, x.now()); err != nil || !f.Over {
				return err
			}
		}
		return fault.New(fault.Denied, "web.error.denied")
	})
	return f, err
}
