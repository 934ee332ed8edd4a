package desk

import (
	"context"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/locale"
)

// presenceFor is how long an officer counts as being in a case that they do
// not open again: as long as reading it and writing a reason takes.
const presenceFor = 10 * time.Minute

// presence is an officer's sitting in a case.
type presence struct {
	Person, Name   string
	Title          locale.Text
	Since, Renewed int64
	Seen, Before   int   // versions of the case: now, and at the end of the sitting before
	BeforeAt       int64 // when that sitting ended, 0 where this is the first
}

// enter notes that a has opened c, and tells who else is in it and what a saw
// the last time. Opening it again within a sitting changes only how long it
// lasts, so that what is new stays marked while the officer works.
func (d *Desk) enter(ctx context.Context, a actor.Actor, c casework.Case) (me presence, others []presence, err error) {
	now := clock.Micro(d.Clock.Now())
	lapsed := now - presenceFor.Microseconds()
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		was, there, err := sitting(tx, c.Ref, a.Person)
		if err != nil {
			return err
		}
		me = presence{Person: a.Person, Name: a.Name, Title: a.Title, Since: now, Renewed: now, Seen: c.Version}
		if there && was.Renewed >= lapsed {
			me.Since, me.Before, me.BeforeAt = was.Since, was.Before, was.BeforeAt
		} else if there {
			me.Before, me.BeforeAt = was.Seen, was.Renewed
		}
		if err := keepSitting(tx, c.Ref, me); err != nil {
			return err
		}
		others, err = sittings(tx, c.Ref, a.Person, lapsed)
		return err
	})
	return me, others, err
}

// leave ends a sitting: the officer has handed the case back, or the case is
// no longer theirs to see.
func (d *Desk) leave(ctx context.Context, a actor.Actor, ref string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		return endSitting(tx, ref, a.Person, clock.Micro(d.Clock.Now())-presenceFor.Microseconds()-1)
	})
}
