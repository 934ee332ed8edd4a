package proof

import (
	"embed"
	"slices"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/meter"
	"balai/internal/spine/notify"
	"balai/internal/spine/outbox"
)

// Texts are this part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is this part's cedar text.
//
//go:embed policy.cedar
var Policy string

// Evidence is one piece of what is known of who somebody is. Times are
// microseconds since 1970; ExpiresAt, ApprovedAt and VoidAt are 0 for never.
type Evidence struct {
	ID, Person string
	Kind       string
	Strength   int    // the kind's, as it was when recorded
	Channel    string // AtCounter, FromAfar, FromRegister
	Verifier   string // the officer's person id, or the name of the register
	Post       string // the officer's
	Agency     string // that the officer was of, or that keeps the register
	Detail     string // the end of a document's number, or who vouched; never a whole number
	At         int64
	ExpiresAt  int64
	ApprovedBy string // the second officer
	ApprovedAt int64
	VoidAt     int64
	Enrolment  string // in which it was recorded, or ""
}

// counts tells whether a piece counts at a time. What was recorded at a counter
// counts by two people, neither of whom it is about: the ledger is asked again
// here, whatever let it in.
func (e Evidence) counts(at int64) bool {
	k, known := KindOf(e.Kind)
	switch {
	case !known || !slices.Contains(k.Channels, e.Channel):
		return false
	case e.At > at || e.ExpiresAt > 0 && e.ExpiresAt <= at || e.VoidAt > 0:
		return false
	case e.Channel != AtCounter:
		return true
	}
	return e.Verifier != "" && e.ApprovedBy != "" && e.ApprovedAt <= at && e.ApprovedAt > 0 &&
		e.ApprovedBy != e.Verifier && e.ApprovedBy != e.Person && e.Verifier != e.Person
}

// Level is how well an identity is known, from 0 to 3:
//
//	0  nothing
//	1  a match in the register and a code that reached the contact on record;
//	   or somebody in office vouches
//	2  in person: a document with a photograph, or two independent pieces in
//	   its place
//	3  besides, the card's chip was read or the thumb matched
//
// It does not depend on the order of the evidence; more evidence never lowers
// it, and taking some away never raises it.
func Level(evidence []Evidence, at int64) int {
	have := map[string]bool{}
	for _, e := range evidence {
		if e.counts(at) {
			have[e.Kind] = true
		}
	}
	document, pieces, superior := false, 0, false
	for _, k := range kinds {
		if !have[k.Name] {
			continue
		}
		document = document || k.Document
		superior = superior || k.Strength == Superior
		if k.Pair {
			pieces++
		}
	}
	switch {
	case (document || pieces >= 2) && superior:
		return 3
	case document || pieces >= 2:
		return 2
	case have[Vouch] || have[RegistryMatch] && have[ContactCode]:
		return 1
	}
	return 0
}

// Person is somebody as the register knows them.
type Person struct{ ID, Name, IDNumber, BornOn string }

// leastAge is that at which a MyKad is first issued: before it, parents act for
// a child.
const leastAge = 12

// ofAge tells whether somebody born on a civil date is old enough at a time.
func ofAge(bornOn string, now time.Time) bool {
	born, err := clock.ParseDay(bornOn)
	return err != nil || !born.AddDate(leastAge, 0, 0).After(now)
}

// People are the population register as this part needs it. Missing where
// nobody is found.
type People interface {
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	Known(tx *db.Tx, person string) (Person, error)
	// ParentsOf are the names of a person's mother and father in the register of
	// births, "" where it has none.
	ParentsOf(tx *db.Tx, person string) (mother, father string, err error)
	// Related are those with whom an officer has a conflict of interest.
	Related(tx *db.Tx, person string) ([]string, error)
}

// Shield knows the orders that protect people.
type Shield interface {
	// Against tells whether an order for somebody names another person.
	Against(tx *db.Tx, of, other string) (bool, error)
}

// Journal is the public record as this part needs it.
type Journal interface {
	Append(tx *db.Tx, r journal.Record) (leaf string, err error)
	Look(tx *db.Tx, a actor.Actor, ref string, subjects []string, why locale.Text, basis string) error
}

// Notices tell a person what was done in their name.
type Notices interface {
	SendTx(tx *db.Tx, m notify.Message) error
}

// Deps is what the part stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	IDs       *id.Source
	Outbox    *outbox.Outbox
	Meter     *meter.Meter
	Journal   Journal
	Directory *directory.Directory
	People    People
	Shield    Shield
	Notices   Notices
	Carrier   Carrier
	Door      Door
	Cards     Cards  // nil gives no cards
	Reader    Reader // nil reads no chip and no thumb
	Texts     *locale.Catalog
	BaseURL   string
	Site      locale.Text
	Specimen  bool // of a demo country: its papers must pass for nothing
	AtOnce    int  // enrolments from afar that are worked on at one time
}

// Proof is the part.
type Proof struct {
	Deps
	gate *gate
}

// New makes the part, and takes its jobs.
func New(d Deps) *Proof {
	p := &Proof{Deps: d, gate: newGate(d.Clock, d.AtOnce)}
	d.Outbox.Handle(jobSend, p.send)
	return p
}

func (p *Proof) now() int64 { return clock.Micro(p.Clock.Now()) }

func (p *Proof) ago(d time.Duration) int64 { return clock.Micro(p.Clock.Now().Add(-d)) }

func (p *Proof) in(d time.Duration) int64 { return clock.Micro(p.Clock.Now().Add(d)) }

// Level is a person's level at a time: see Level.
func (p *Proof) Level(tx *db.Tx, person string, at int64) (int, error) {
	list, err := evidenceOf(tx, person)
	return Level(list, at), err
}

// RecordTx puts a piece of evidence into the ledger, with its leaf. Where the
// piece is from a counter it counts once it is approved: by ApprovedBy, or later.
func (p *Proof) RecordTx(tx *db.Tx, e Evidence) error {
	k, known := KindOf(e.Kind)
	if !known || e.Person == "" || e.Verifier == "" || !slices.Contains(k.Channels, e.Channel) {
		return fault.New(fault.Invalid, "proof.error.kind")
	}
	if e.Verifier == e.Person || e.ApprovedBy != "" && (e.ApprovedBy == e.Verifier || e.ApprovedBy == e.Person) {
		return fault.New(fault.Denied, "proof.error.own")
	}
	if e.At == 0 {
		e.At = p.now()
	}
	if e.ApprovedBy != "" && e.ApprovedAt == 0 {
		e.ApprovedAt = e.At
	}
	if k.Years > 0 {
		end := clock.Micro(clock.FromMicro(e.At).AddDate(k.Years, 0, 0))
		if e.ExpiresAt == 0 || e.ExpiresAt > end {
			e.ExpiresAt = end
		}
	}
	e.ID, e.Strength = p.IDs.New(), k.Strength
	if err := insertEvidence(tx, e); err != nil {
		return err
	}
	by := journal.By{Agency: e.Agency}
	if e.Channel == AtCounter {
		by.Person, by.Post = e.Verifier, e.Post
	}
	if by.Post != "" {
		post, err := p.Directory.Post(tx, by.Post)
		if err != nil {
			return err
		}
		by.Title = post.Title
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "evidence.recorded", At: e.At, By: by, Subjects: []string{e.Person},
		Why:  locale.Text{MS: "Bukti pengenalan diri dicatat", EN: "Evidence of identity was recorded"},
		Data: map[string]any{"evidence": e.ID, "kind": e.Kind, "channel": e.Channel, "expires_at": e.ExpiresAt}})
	return err
}

// VoidTx takes a piece of evidence away, for a reason that its person can read.
func (p *Proof) VoidTx(tx *db.Tx, by journal.By, evidence string, reason locale.Text) error {
	e, err := evidenceByID(tx, evidence)
	if err != nil {
		return err
	}
	if done, err := voidEvidence(tx, evidence, p.now()); err != nil || !done {
		return err // it was void already
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "evidence.voided", By: by, Subjects: []string{e.Person},
		Why:  locale.Text{MS: "Bukti pengenalan diri dibatalkan: " + reason.MS, EN: "Evidence of identity was voided: " + reason.EN},
		Data: map[string]any{"evidence": e.ID, "kind": e.Kind}})
	return err
}

// SeedTx gives a person the evidence of a level, as two officers would have: for
// a demo country and for tests, which have nobody stand at a counter.
func (p *Proof) SeedTx(tx *db.Tx, person string, level int, agency, officer, second string) error {
	want := [][]Evidence{
		1: {{Kind: RegistryMatch, Channel: FromRegister, Verifier: agency}, {Kind: ContactCode, Channel: FromAfar, Verifier: agency}},
		2: {{Kind: MyKadSeen, Channel: AtCounter, Verifier: officer, ApprovedBy: second}},
		3: {{Kind: MyKadSeen, Channel: AtCounter, Verifier: officer, ApprovedBy: second}, {Kind: MyKadChip, Channel: AtCounter, Verifier: officer, ApprovedBy: second}},
	}
	if level < 0 || level >= len(want) {
		return fault.New(fault.Invalid, "proof.error.kind")
	}
	posts, err := p.Directory.PostsOf(tx, officer, p.now())
	if err != nil {
		return err
	}
	for _, e := range want[level] {
		e.Person, e.Agency = person, agency
		if e.Channel == AtCounter && len(posts) > 0 {
			e.Post = posts[0].ID
		}
		if err := p.RecordTx(tx, e); err != nil {
			return err
		}
	}
	return nil
}
