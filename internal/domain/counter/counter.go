package counter

import (
	"context"
	"embed"
	"slices"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Kind is how a session names the right that a visit gives.
const Kind = "visit"

const (
	// VisitLife bounds a visit: time enough for a long form, and little enough
	// that nobody is served who has gone home.
	VisitLife = 30 * time.Minute
	// foundLife is how long somebody who was found can be served.
	foundLife = 10 * time.Minute

	// Of one officer: a number may be mistyped, and a queue is long, but nobody
	// tries numbers.
	failWindow, failMost = 15 * time.Minute, 5
	findWindow, findMost = time.Hour, 40
)

// Ways in which a counter can know who stands there.
const (
	SeenMyKad    = "mykad"
	SeenPassport = "passport"
	SeenLetter   = "letter"
	SeenKnown    = "known"
	seenProgram  = "program" // an agency's own software names the person

	programReason = "permohonan melalui sistem agensi"
)

func seenWays() []string { return []string{SeenMyKad, SeenPassport, SeenLetter, SeenKnown} }

// Person is what a counter compares with the paper that it is shown.
type Person struct{ ID, Name, IDNumber, BornOn string }

// People are the population register as a counter needs it. Missing where
// nobody is found.
type People interface {
	Found(tx *db.Tx, number, name, bornOn string) (Person, error)
	Known(tx *db.Tx, person string) (Person, error)
	NameOf(tx *db.Tx, person string) (string, error)
	// Related are those with whom an officer has a conflict of interest.
	Related(tx *db.Tx, person string) ([]string, error)
}

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
}

// Find is one look for a person, found or not.
type Find struct {
	ID, Officer, Post string
	Person            string // "" where nobody was found
	Seen, Reason      string
	At                int64
}

// Visit is the time in which an officer serves a person.
type Visit struct {
	ID, Officer, Post, Person, Seen string
	BeganAt, EndsAt, EndedAt        int64 // EndedAt 0: not ended by anybody
}

// Over tells whether the visit has ended.
func (v Visit) Over(at int64) bool { return v.EndedAt > 0 || at >= v.EndsAt }

// Shield knows the orders that protect people.
type Shield interface {
	// Against tells whether an order for somebody names another person.
	Against(tx *db.Tx, of, other string) (bool, error)
}

// Deps is what the part stands on.
type Deps struct {
	DB       *db.DB
	Clock    clock.Clock
	IDs      *id.Source
	Sessions *actor.Sessions
	Journal  Journal
	People   People
	Shield   Shield
}

// Counter is the part.
type Counter struct{ Deps }

// New makes the part and answers for visits to the sessions.
func New(d Deps) *Counter {
	c := &Counter{d}
	d.Sessions.Acting(Kind, c)
	return c
}

func (c *Counter) now() int64 { return clock.Micro(c.Clock.Now()) }

// serves refuses an officer who would serve themself, their family, or who is
// named in an order that protects the person. It says no more than that.
func (c *Counter) serves(tx *db.Tx, a actor.Actor, person string) error {
	kin, err := c.People.Related(tx, a.Person)
	if err != nil {
		return err
	}
	against, err := c.Shield.Against(tx, person, a.Person)
	if err != nil {
		return err
	}
	if against || person == a.Person || slices.Contains(kin, person) {
		return fault.New(fault.Denied, "counter.error.own")
	}
	return nil
}

// Look finds who stands there, and records that it was tried: see Find.
func (c *Counter) Look(ctx context.Context, a actor.Actor, number, name, bornOn, seen, reason string) (Find, error) {
	f := Find{ID: c.IDs.New(), Officer: a.Person, Post: a.Post, Seen: seen, Reason: reason}
	err := c.DB.Write(ctx, func(tx *db.Tx) error {
		f.At, f.Person = c.now(), ""
		if err := c.bounded(tx, a.Person); err != nil {
			return err
		}
		p, err := c.People.Found(tx, number, name, bornOn)
		if err != nil && fault.CodeOf(err) != fault.Missing {
			return err
		}
		f.Person = p.ID
		return c.keep(tx, a, f)
	})
	return f, err
}

// keep writes a look for a person, with its leaf.
func (c *Counter) keep(tx *db.Tx, a actor.Actor, f Find) error {
	if err := insertFind(tx, f); err != nil {
		return err
	}
	record := journal.Record{Kind: "counter.find", At: f.At, By: named(a), Why: locale.Text{
		MS: "Dicari di kaunter: " + f.Reason, EN: "Looked up at a counter: " + f.Reason},
		Data: map[string]any{"find": f.ID, "seen": f.Seen, "found": f.Person != ""}}
	if f.Person != "" {
		record.Subjects = []string{f.Person}
	}
	_, err := c.Journal.Append(tx, record)
	return err
}

// named is who looks for a person or serves them: the person reads which
// officer it was, as of everything that is then done for them.
func named(a actor.Actor) journal.By {
	by := journal.ByActor(a)
	by.Name = a.Name
	return by
}

// bounded refuses an officer who has looked for too many.
func (c *Counter) bounded(tx *db.Tx, officer string) error {
	now := c.Clock.Now()
	failed, err := countFinds(tx, officer, clock.Micro(now.Add(-failWindow)), true)
	if err != nil {
		return err
	}
	all, err := countFinds(tx, officer, clock.Micro(now.Add(-findWindow)), false)
	if err != nil {
		return err
	}
	if failed >= failMost || all >= findMost {
		return fault.New(fault.Denied, "counter.error.slow", "minutes", int(failWindow.Minutes()))
	}
	return nil
}

// Begin starts a visit with who was found, in the officer's session. A visit
// of the same officer that still runs ends: one person stands at a counter.
func (c *Counter) Begin(ctx context.Context, a actor.Actor, find string) error {
	visit := c.IDs.New()
	return c.DB.Write(ctx, func(tx *db.Tx) error {
		f, err := findByID(tx, find)
		if err != nil {
			return err
		}
		if f.Officer != a.Person || f.Person == "" || f.At < clock.Micro(c.Clock.Now().Add(-foundLife)) {
			return fault.New(fault.Missing, "counter.error.found")
		}
		if err := c.serves(tx, a, f.Person); err != nil {
			return err
		}
		if _, err := endOthers(tx, a.Person, c.now()); err != nil {
			return err
		}
		v, err := c.beginTx(tx, a, f, visit)
		if err != nil {
			return err
		}
		return c.Sessions.ActTx(tx, a.Session, Kind, v.ID)
	})
}

func (c *Counter) beginTx(tx *db.Tx, a actor.Actor, f Find, visit string) (Visit, error) {
	now := c.Clock.Now()
	v := Visit{ID: visit, Officer: a.Person, Post: a.Post, Person: f.Person, Seen: f.Seen, BeganAt: clock.Micro(now),
		EndsAt: clock.Micro(now.Add(VisitLife))}
	if err := insertVisit(tx, v); err != nil {
		return v, err
	}
	_, err := c.Journal.Append(tx, journal.Record{Kind: "counter.visit", At: v.BeganAt, By: named(a), Subjects: []string{f.Person},
		Why:  locale.Text{MS: "Dilayan di kaunter", EN: "Served at a counter"},
		Data: map[string]any{"visit": v.ID, "seen": f.Seen, "reason": f.Reason, "ends_at": v.EndsAt}})
	return v, err
}

// For is the right by which an officer's program applies for a person whom it
// names, by id or by the number of their identity card or passport: a visit as
// any other, found, bounded and on record like one.
func (c *Counter) For(ctx context.Context, a actor.Actor, person string) (f actor.For, err error) {
	visit, id := c.IDs.New(), c.IDs.New()
	nobody, named := false, person
	err = c.DB.Write(ctx, func(tx *db.Tx) error {
		find := Find{ID: id, Officer: a.Person, Post: a.Post, Seen: seenProgram, Reason: programReason, At: c.now()}
		person = named
		name, err := c.People.NameOf(tx, person)
		if fault.CodeOf(err) == fault.Missing {
			var p Person
			p, err = c.People.Found(tx, named, "", "")
			person, name = p.ID, p.Name
		}
		if nobody = fault.CodeOf(err) == fault.Missing; nobody {
			if err := c.bounded(tx, a.Person); err != nil {
				return err
			}
			return c.keep(tx, a, find)
		}
		if err != nil {
			return err
		}
		if err := c.serves(tx, a, person); err != nil {
			return err
		}
		v, running, err := runningVisit(tx, a.Person, person, seenProgram, c.now())
		if err == nil && !running {
			find.Person = person
			v, err = c.program(tx, a, find, visit)
		}
		f = forOf(v, name, c.now())
		return err
	})
	if err == nil && nobody {
		err = fault.New(fault.Invalid, "counter.error.nobody").With(fault.Field{Location: "body.for", Key: "counter.error.nobody"})
	}
	return f, err
}

// program begins a visit that a program asks for. The visit's own leaf tells
// the person of it.
func (c *Counter) program(tx *db.Tx, a actor.Actor, find Find, visit string) (Visit, error) {
	if err := c.bounded(tx, a.Person); err != nil {
		return Visit{}, err
	}
	if err := insertFind(tx, find); err != nil {
		return Visit{}, err
	}
	return c.beginTx(tx, a, find, visit)
}

func forOf(v Visit, name string, at int64) actor.For {
	return actor.For{Person: v.Person, Name: name, As: actor.Counter, Right: v.ID, Until: v.EndsAt, Over: v.Over(at)}
}

// Right is the visit of a session, if it is that officer's in that post.
func (c *Counter) Right(tx *db.Tx, a actor.Actor, visit string, at int64) (actor.For, bool, error) {
	v, err := visitByID(tx, visit)
	if fault.CodeOf(err) == fault.Missing || err == nil && (v.Officer != a.Person || v.Post != a.Post) {
		return actor.For{}, false, nil
	}
	if err != nil {
		return actor.For{}, false, err
	}
	name, err := c.People.NameOf(tx, v.Person)
	if err != nil {
		return actor.For{}, false, err
	}
	f := forOf(v, name, at)
	against, err := c.Shield.Against(tx, v.Person, a.Person) // an order that came meanwhile
	f.Over = f.Over || against
	return f, err == nil, err
}

// EndTx ends a visit, once.
func (c *Counter) EndTx(tx *db.Tx, a actor.Actor, visit string) error {
	ended, err := endVisit(tx, visit, a.Person, c.now())
	if err != nil || !ended {
		return err
	}
	v, err := visitByID(tx, visit)
	if err != nil {
		return err
	}
	_, err = c.Journal.Append(tx, journal.Record{Kind: "counter.end", By: named(a), Subjects: []string{v.Person},
		Why: locale.Text{MS: "Khidmat kaunter tamat", EN: "The visit to the counter ended"}, Data: map[string]any{"visit": visit}})
	return err
}

// Home is where an officer goes afterwards.
func (c *Counter) Home() string { return "/counter" }
