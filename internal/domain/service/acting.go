package service

import (
	"context"
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/policy"
	"balai/internal/spine/web"
)

// Acting finds by what right somebody who names a person acts for them: an
// officer of a counter, or under a mandate. Denied where there is none, and
// for a person who is not there, alike.
type Acting interface {
	For(ctx context.Context, a actor.Actor, person string) (actor.For, error)
}

// Rights tell, in the transaction of an act, whether what somebody acts by stands.
type Rights interface {
	Right(tx *db.Tx, a actor.Actor, id string, at int64) (f actor.For, ok bool, err error)
}

// Guardians tells who acts for a child as its parent, now.
type Guardians interface {
	Guards(tx *db.Tx, parent, child string) (bool, error)
}

// A Principal is somebody for whom a person may act on the hall's pages.
type Principal struct {
	Right, Name string
	As          string   // actor.Guardian and its like
	Services    []string // the services it is for; nil is all
}

// Principals tells for whom somebody may act, as themself and now, and how many
// ask them to.
type Principals interface {
	Principals(tx *db.Tx, person string) (list []Principal, asked int, err error)
}

// whom is for whom else somebody could be here, who is here as themself.
func (p *Part) whom(tx *db.Tx, a actor.Actor) (list []Principal, asked int, err error) {
	if p.Principals == nil || !a.SignedIn() || a.Officer() || a.Acting() {
		return nil, 0, nil
	}
	return p.Principals.Principals(tx, a.Person)
}

// forOthers tells whether somebody could use a service for somebody else.
func (p *Part) forOthers(tx *db.Tx, a actor.Actor, service string) (bool, error) {
	list, _, err := p.whom(tx, a)
	return slices.ContainsFunc(list, func(o Principal) bool { return o.Services == nil || slices.Contains(o.Services, service) }), err
}

// Policies decide who may do what.
type Policies interface {
	Allow(a actor.Actor, action string, res policy.Resource) bool
}

// serviceResource is the service named in the path, for the policies: a
// mandate may be for some services only.
func (p *Part) serviceResource(r *http.Request) (policy.Resource, error) {
	return serviceRes(serviceID(r)), nil
}

func serviceRes(id string) policy.Resource {
	return policy.Resource{Type: "Service", ID: id, Attrs: map[string]any{"service": id}}
}

// sender is who applies: the person themself, or somebody who names whom they
// apply for. The pages' policy decides about both.
func (p *Part) sender(ctx context.Context, person, service string) (actor.Actor, error) {
	a := web.ActorOf(ctx)
	if person != "" && person != a.Subject() {
		if a.Acting() { // one at a time
			return a, fault.New(fault.Denied, "web.error.denied")
		}
		f, err := p.Acting.For(ctx, a, person)
		if err != nil {
			return a, err
		}
		a.For = f
	}
	if !p.Policies.Allow(a, "service.apply", serviceRes(service)) {
		return a, fault.New(fault.Denied, "web.error.denied")
	}
	return a, nil
}

// typist is how a draft names who typed it for the person.
func typist(a actor.Actor) string {
	if !a.Acting() {
		return ""
	}
	from := a.For.Org
	if a.For.As == actor.Counter {
		from = a.Title
	}
	if from.Empty() {
		return a.Name
	}
	return a.Name + ", " + from.MS
}

// lookHeld records that somebody who acts for the person was shown what the
// registers hold.
func (p *Part) lookHeld(ctx context.Context, a actor.Actor, f Filling) error {
	if !a.Acting() {
		return nil
	}
	title := f.Release.Def.Title
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		return p.Journal.Look(tx, a, "", []string{a.Subject()}, locale.Text{
			MS: "Melihat maklumat yang dipegang kerajaan semasa mengisi permohonan bagi pihak anda: " + title.MS,
			EN: "Saw what the state holds while filling in an application for you: " + title.EN}, f.Release.Def.Law)
	})
}

// myMatters stands for a case where the look was at the list of them.
const myMatters = "me"

// lookMe records that somebody who acts for the person saw their matters.
func (p *Part) lookMe(ctx context.Context, a actor.Actor) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		return p.Journal.Look(tx, a, myMatters, []string{a.Subject()}, locale.Text{
			MS: "Melihat senarai urusan anda untuk bertindak bagi pihak anda", EN: "Saw the list of your matters in order to act for you"}, "")
	})
}

// mineStill refuses a form that was opened for another person's draft: who acts
// for somebody may have stopped, or begun, in another window.
func (f Filling) mineStill(r *http.Request) error {
	if draft := r.PostForm.Get("draft"); draft != "" && f.Draft.ID != "" && draft != f.Draft.ID {
		return fault.New(fault.Conflict, "service.error.other_draft")
	}
	return nil
}
