package directory

import (
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Leave is an officer away from a post during [From, Until), in unix
// microseconds, and the person who stands in. The stand-in may act in the
// post, always in their own name.
type Leave struct {
	ID      string
	Person  string
	Post    string
	StandIn string // a person
	From    int64
	Until   int64
}

// In tells whether the leave runs at a time.
func (l Leave) In(at int64) bool { return l.From <= at && at < l.Until }

// LastDay is the last whole day of the leave.
func (l Leave) LastDay() time.Time { return clock.FromMicro(l.Until - 1) }

// longestLeave bounds a leave, in days.
const longestLeave = 366

func wrong(field, key string, args ...any) error {
	return fault.New(fault.Invalid, "directory.leave.problem").With(fault.Field{Location: field, Key: key, Args: args})
}

// RecordLeaveTx puts a leave on record, from the day from to the day to,
// inclusive, both as 2026-11-30. Faults are Invalid about from, to or
// stand_in. Who may record whose leave is the caller's to decide.
func (x *Directory) RecordLeaveTx(tx *db.Tx, j Journal, by actor.Actor, l Leave, from, to string) error {
	now := x.clock.Now()
	first, err := time.ParseInLocation(time.DateOnly, from, clock.Zone)
	if err != nil {
		return wrong("from", "directory.leave.day")
	}
	last, err := time.ParseInLocation(time.DateOnly, to, clock.Zone)
	switch {
	case err != nil:
		return wrong("to", "directory.leave.day")
	case last.Before(first):
		return wrong("to", "directory.leave.order")
	case clock.Day(last) < clock.Day(now):
		return wrong("to", "directory.leave.past")
	case last.Sub(first) > longestLeave*24*time.Hour:
		return wrong("to", "directory.leave.long", "most", longestLeave)
	}
	l.From, l.Until = clock.Micro(first), clock.Micro(last.AddDate(0, 0, 1))
	post, err := x.Post(tx, l.Post)
	if err != nil {
		return err
	}
	if _, there, err := x.Holds(tx, l.Person, l.Post, clock.Micro(now)); err != nil {
		return err
	} else if !there {
		return missing("post", l.Post)
	}
	if err := x.standInFits(tx, l, post, clock.Micro(now)); err != nil {
		return err
	}
	if other, err := x.leavesBetween(tx, "person", l.Person, l.From, l.Until); err != nil {
		return err
	} else if len(other) > 0 && anyOf(other, func(o Leave) bool { return o.Post == l.Post }) {
		return wrong("from", "directory.leave.overlap")
	}
	if err := insertLeave(tx, l, clock.Micro(now)); err != nil {
		return err
	}
	_, err = j.Append(tx, journal.Record{Kind: "directory.leave", At: clock.Micro(now), By: journal.ByActor(by),
		Subjects: []string{l.Person, l.StandIn}, Why: locale.Text{
			MS: "Cuti dan pemangku direkodkan bagi jawatan: " + post.Title.MS, EN: "Leave and a stand-in recorded for the post: " + post.Title.EN},
		Data: map[string]any{"post": l.Post, "from_at": l.From, "until_at": l.Until, "leave": l.ID}})
	return err
}

// standInFits refuses a stand-in who is the person, is of another agency or
// is away at the same time.
func (x *Directory) standInFits(tx *db.Tx, l Leave, post Post, now int64) error {
	if l.StandIn == "" {
		return wrong("stand_in", "directory.leave.choose")
	}
	if l.StandIn == l.Person {
		return wrong("stand_in", "directory.leave.self")
	}
	posts, err := x.HeldBy(tx, l.StandIn, now)
	if err != nil {
		return err
	}
	same := false
	for _, p := range posts {
		same = same || p.Agency == post.Agency
	}
	if !same {
		return wrong("stand_in", "directory.leave.agency")
	}
	away, err := x.leavesBetween(tx, "person", l.StandIn, l.From, l.Until)
	if err != nil {
		return err
	}
	if len(away) > 0 {
		return wrong("stand_in", "directory.leave.away")
	}
	return nil
}

func anyOf(list []Leave, is func(Leave) bool) bool {
	for _, l := range list {
		if is(l) {
			return true
		}
	}
	return false
}

// EndLeaveTx calls a leave off that has not begun, or ends one that runs. It
// is Missing where there is none, and Conflict where it is over.
func (x *Directory) EndLeaveTx(tx *db.Tx, j Journal, by actor.Actor, id string) error {
	l, err := x.Leave(tx, id)
	if err != nil {
		return err
	}
	now := clock.Micro(x.clock.Now())
	if l.Until <= now || l.Until == l.From {
		return fault.New(fault.Conflict, "directory.leave.over")
	}
	l.Until = max(now, l.From)
	if err := endLeave(tx, l); err != nil {
		return err
	}
	post, err := x.Post(tx, l.Post)
	if err != nil {
		return err
	}
	_, err = j.Append(tx, journal.Record{Kind: "directory.leave_ended", At: now, By: journal.ByActor(by),
		Subjects: []string{l.Person, l.StandIn}, Why: locale.Text{
			MS: "Cuti ditamatkan bagi jawatan: " + post.Title.MS, EN: "Leave ended for the post: " + post.Title.EN},
		Data: map[string]any{"post": l.Post, "until_at": l.Until, "leave": l.ID}})
	return err
}
