// Package actor answers who acts: a person signed in on a device, alone or
// in a post they hold. Rights are policy's; this package only names people.
package actor

import (
	"slices"

	"balai/internal/spine/locale"
)

// Actor is who stands behind a request. The zero Actor is nobody.
type Actor struct {
	Person string // person id, never the MyKad number
	Name   string // full name, for the person's own pages

	// The post in which the person acts, where they do.
	Post, Role, Agency, Unit, State string
	Title                           locale.Text

	Session string // the session's id, never its token
	AuthAt  int64  // when the person last proved who they are; unix microseconds
	// AAL is how strongly they did, 1 to 3 (NIST SP 800-63B); AMR by what means
	// (RFC 8176). What is known of who they are is identity's own to say.
	AAL int
	AMR []string
	// Shared: others use the device after them.
	Shared bool

	For For // whom the person acts for; zero where for themself
}

// Ways of acting for somebody.
const (
	Counter  = "counter"  // an officer, for the person who stands there
	Helper   = "helper"   // somebody of an organisation, under a mandate
	Carer    = "carer"    // a citizen, under another's mandate
	Guardian = "guardian" // a parent, for their child
	Court    = "court"    // a citizen, by an order of a court
	Director = "director" // who has a company, for it
	// CompanyStaff is whom a director lets act for a company.
	CompanyStaff = "company_staff"
)

// For is whom an actor acts for, and by what right. What may be done in it is
// policy's; the person who acts stays the one who is named.
type For struct {
	Person, Name string
	As           string      // Counter, Helper, Carer, Guardian, Court or Director
	Right        string      // id of the visit or the delegation
	Org          locale.Text // the organisation that a helper is of
	Services     []string    // the services it is for; nil is all
	Until        int64       // when it ends by itself; unix microseconds
	// Over: it has ended, and the session has not been told so by the person
	// yet. Nothing is done for anybody in between, so that a form that was
	// meant for one person never lands with another.
	Over bool
}

// AtKiosk tells whether somebody is at a device that others use after them. Who
// signed in by a printed card is, for there is no other place for one.
func (a Actor) AtKiosk() bool { return a.Shared || slices.Contains(a.AMR, "pin") }

// Acting tells whether the actor acts for somebody else, or did until now.
func (a Actor) Acting() bool { return a.For.Person != "" }

// Subject is the person whose matters the actor deals with.
func (a Actor) Subject() string {
	if a.Acting() {
		return a.For.Person
	}
	return a.Person
}

// Covers tells whether what the actor may do includes a service.
func (f For) Covers(service string) bool {
	return f.Services == nil || slices.Contains(f.Services, service)
}

// SignedIn tells whether somebody is there.
func (a Actor) SignedIn() bool { return a.Person != "" }

// Officer tells whether the person acts in a post.
func (a Actor) Officer() bool { return a.Post != "" }

// AtWork tells an officer at their own work from one who acts for somebody and
// sees what that person would.
func (a Actor) AtWork() bool { return a.Officer() && !a.Acting() }

// System is the hall acting by a rule for an agency. It is never a session.
func System(agency string) Actor {
	return Actor{Person: "system", Post: "system", Agency: agency,
		Title: locale.Text{MS: "Sistem, mengikut peraturan", EN: "The system, by rule"}}
}

// IsSystem tells whether no person acted.
func (a Actor) IsSystem() bool { return a.Person == "system" && a.Post == "system" }
