// Package actor answers who acts: a person signed in on a device, alone or
// in a post they hold. Rights are policy's; this package only names people.
package actor

import "balai/internal/spine/locale"

// Actor is who stands behind a request. The zero Actor is nobody.
type Actor struct {
	Person string // person id, never the MyKad number
	Name   string // full name, for the person's own pages

	// The post in which the person acts, where they do.
	Post, Role, Agency, Unit, State string
	Title                           locale.Text

	Session string // the session's id, never its token
	AuthAt  int64  // when the person proved who they are; unix microseconds
}

// SignedIn tells whether somebody is there.
func (a Actor) SignedIn() bool { return a.Person != "" }

// Officer tells whether the person acts in a post.
func (a Actor) Officer() bool { return a.Post != "" }

// System is the hall acting by a rule for an agency. It is never a session.
func System(agency string) Actor {
	return Actor{Person: "system", Post: "system", Agency: agency,
		Title: locale.Text{MS: "Sistem, mengikut peraturan", EN: "The system, by rule"}}
}

// IsSystem tells whether no person acted.
func (a Actor) IsSystem() bool { return a.Person == "system" && a.Post == "system" }
