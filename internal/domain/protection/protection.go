package protection

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/policy"
)

// Texts are the part's sentences.
//
//go:embed text.yaml
var Texts embed.FS

// Policy is the part's cedar text.
//
//go:embed policy.cedar
var Policy string

//go:embed migration
var migrations embed.FS

// Migration makes the tables protection_*.
func Migration() db.Migration { return db.Migration{Part: "protection", FS: migrations} }

// Kinds of orders.
const (
	Violence = "violence"
	Adoption = "adoption"
	Witness  = "witness"
)

func kinds() []string { return []string{Violence, Adoption, Witness} }

// basis is the law on which a kind of order stands, as in the catalogue.
func basis(kind string) string {
	return map[string]string{Violence: "law-521", Adoption: "law-257", Witness: "law-696"}[kind]
}

// openFor is how long an officer sees a case that was opened to them.
const openFor = 24 * time.Hour

// Order protects one person. Times are unix microseconds; UntilAt 0 is until
// it is lifted, LiftedAt 0 is not yet.
type Order struct {
	ID, Person, Kind string
	Against          []string // persons who learn nothing, even from the same household
	Number           string   // the court's
	Reason           string
	By, Post         string // who made it
	MadeAt, UntilAt  int64
	LiftedAt         int64
}

// Active tells whether the order stands at now.
func (o Order) Active(now int64) bool {
	return o.LiftedAt == 0 && (o.UntilAt == 0 || now < o.UntilAt)
}

// States of a request to see a case.
const (
	Asked   = "asked"
	Opened  = "opened"
	Refused = "refused"
)

// Opening is an officer's request to see a sealed case, and what became of it.
type Opening struct {
	ID, Ref               string
	Officer, Post, Agency string
	Title                 locale.Text // of the officer's post
	Reason, State, Answer string
	AskedAt, DecidedAt    int64
	UntilAt               int64
}

// People are the registers, as far as this part needs them.
type People interface {
	ByIDNumber(tx *db.Tx, number string) (person string, err error)
	NameOf(tx *db.Tx, person string) (string, error)
	Related(tx *db.Tx, person string) ([]string, error)
	HouseholdOf(tx *db.Tx, person string) (string, error)
}

// Cases are those of the hall.
type Cases interface {
	Get(tx *db.Tx, ref string) (casework.Case, error)
	Subjects(tx *db.Tx, ref string) ([]string, error)
}

// Deps is what the part stands on.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *id.Source
	Journal *journal.Journal
	People  People
	Cases   Cases
	// CaseResource is what policies may know of a case.
	CaseResource func(r *http.Request, ref string) (policy.Resource, error)
}

// Protection is the part.
type Protection struct{ Deps }

// New makes the part.
func New(d Deps) *Protection { return &Protection{d} }

func (p *Protection) now() int64 { return clock.Micro(p.Clock.Now()) }

// Protected tells whether an order for the person stands.
func (p *Protection) Protected(tx *db.Tx, person string) (bool, error) {
	list, err := p.standing(tx, person)
	return len(list) > 0, err
}

// Hides tells whether where somebody is must be kept from another person.
func (p *Protection) Hides(tx *db.Tx, of, from string) (bool, error) {
	if of == from || of == "" {
		return false, nil
	}
	list, err := p.standing(tx, of)
	if err != nil || len(list) == 0 {
		return false, err
	}
	if named(list, from) {
		return true, nil
	}
	theirs, err := p.People.HouseholdOf(tx, of)
	if err != nil {
		return false, err
	}
	other, err := p.People.HouseholdOf(tx, from)
	return theirs == "" || theirs != other, err
}

// Against tells whether an order for somebody names another person.
func (p *Protection) Against(tx *db.Tx, of, other string) (bool, error) {
	list, err := p.standing(tx, of)
	return named(list, other), err
}

func named(list []Order, person string) bool {
	return slices.ContainsFunc(list, func(o Order) bool { return slices.Contains(o.Against, person) })
}

// HidesAny tells whether where one of several people is must be kept from
// another person.
func (p *Protection) HidesAny(tx *db.Tx, of []string, from string) (bool, error) {
	for _, o := range of {
		if hides, err := p.Hides(tx, o, from); hides || err != nil {
			return hides, err
		}
	}
	return false, nil
}

// Sealed tells whether a case hides where somebody is from the viewer: it
// concerns a protected person, and it was not opened to this officer. Who is
// no officer sees their own case, from which the registers leave out others.
func (p *Protection) Sealed(tx *db.Tx, viewer actor.Actor, c casework.Case) (bool, error) {
	if !viewer.Officer() || viewer.IsSystem() {
		return false, nil
	}
	people, err := p.concerned(tx, c)
	if err != nil || len(people) == 0 {
		return false, err
	}
	for _, person := range people { // an order that came after the opening
		if named, err := p.Against(tx, person, viewer.Person); err != nil || named {
			return true, err
		}
	}
	open, err := p.openTo(tx, c.Ref, viewer.Person)
	return !open, err
}

// concerned are the protected people of a case.
func (p *Protection) concerned(tx *db.Tx, c casework.Case) (out []string, err error) {
	all, err := p.Cases.Subjects(tx, c.Ref)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(all, c.Applicant) {
		all = append(all, c.Applicant)
	}
	for _, person := range all {
		on, err := p.Protected(tx, person)
		if err != nil {
			return nil, err
		}
		if on {
			out = append(out, person)
		}
	}
	return out, nil
}

// Ordering is what a new order needs. Numbers are id numbers as typed.
type Ordering struct {
	Number, Kind, Court, Reason string
	Against                     []string
	Until                       string // the last day, 2006-01-02; "" until lifted
}

// Make makes an order. Nobody makes one for themselves or for family: the
// post is a power over what others can see.
func (p *Protection) Make(ctx context.Context, by actor.Actor, in Ordering) (o Order, err error) {
	id := p.IDs.New()
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		o, err = p.makeTx(tx, by, id, in)
		return err
	})
	return o, err
}

// MakeTx is Make together with another part's act.
func (p *Protection) MakeTx(tx *db.Tx, by actor.Actor, in Ordering) (Order, error) {
	return p.makeTx(tx, by, p.IDs.New(), in)
}

func (p *Protection) makeTx(tx *db.Tx, by actor.Actor, id string, in Ordering) (o Order, err error) {
	until, wrong := in.check(p.Clock.Now())
	o = Order{ID: id, Kind: in.Kind, Number: strings.TrimSpace(in.Court), Reason: strings.TrimSpace(in.Reason),
		By: by.Person, Post: by.Post, MadeAt: p.now(), UntilAt: until}
	if o.Person, err = p.find(tx, in.Number, "id_number", &wrong); err != nil {
		return o, err
	}
	for _, number := range in.Against {
		if strings.TrimSpace(number) == "" {
			continue
		}
		person, err := p.find(tx, number, "against", &wrong)
		if err != nil {
			return o, err
		}
		o.Against = append(o.Against, person)
	}
	if o.Person != "" && slices.Contains(o.Against, o.Person) {
		wrong = append(wrong, fault.Field{Location: "against", Key: "protection.error.self"})
	}
	if len(wrong) > 0 {
		return o, fault.New(fault.Invalid, "web.error.invalid").With(wrong...)
	}
	if err := p.impartial(tx, by, o.Person); err != nil {
		return o, err
	}
	if err := insertOrder(tx, o); err != nil {
		return o, err
	}
	return o, p.record(tx, by, "protection.ordered", o, "", locale.Text{MS: "Perlindungan diperintahkan", EN: "Protection was ordered"})
}

// check says what is wrong with what was typed, and when the order ends: with
// the last day, in Malaysia.
func (in Ordering) check(now time.Time) (until int64, faults []fault.Field) {
	wrong := func(location, key string) { faults = append(faults, fault.Field{Location: location, Key: key}) }
	if !slices.Contains(kinds(), in.Kind) {
		wrong("kind", "protection.error.kind")
	}
	if n := len([]rune(strings.TrimSpace(in.Court))); n == 0 || n > 100 {
		wrong("court", "protection.error.court")
	}
	if n := len([]rune(strings.TrimSpace(in.Reason))); n < 10 || n > 2000 {
		wrong("reason", "protection.error.reason")
	}
	if in.Until == "" {
		return 0, faults
	}
	day, err := clock.ParseDay(in.Until)
	if err != nil || in.Until < clock.Day(now) {
		wrong("until", "protection.error.until")
		return 0, faults
	}
	return clock.Micro(day.AddDate(0, 0, 1)), faults
}

func (p *Protection) find(tx *db.Tx, number, location string, wrong *[]fault.Field) (string, error) {
	person, err := p.People.ByIDNumber(tx, strings.TrimSpace(number))
	if fault.CodeOf(err) == fault.Missing {
		*wrong = append(*wrong, fault.Field{Location: location, Key: "protection.error.nobody", Args: []any{"number", strings.TrimSpace(number)}})
		return "", nil
	}
	return person, err
}

// impartial keeps an officer out of their own family's orders, and out of what
// protects a person from them.
func (p *Protection) impartial(tx *db.Tx, by actor.Actor, person string) error {
	kin, err := p.People.Related(tx, person)
	if err != nil {
		return err
	}
	list, err := p.standing(tx, person)
	if err != nil {
		return err
	}
	if named(list, by.Person) || by.Person == person || slices.Contains(kin, by.Person) {
		return fault.New(fault.Denied, "protection.error.kin")
	}
	return nil
}

// Lift ends an order before its time.
func (p *Protection) Lift(ctx context.Context, by actor.Actor, order, reason string) error {
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n < 10 || n > 2000 {
		return fault.New(fault.Invalid, "web.error.invalid").With(fault.Field{Location: "reason", Key: "protection.error.reason"})
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		o, err := orderByID(tx, order)
		if err != nil {
			return err
		}
		if err := p.impartial(tx, by, o.Person); err != nil {
			return err
		}
		if !o.Active(p.now()) {
			return fault.New(fault.Conflict, "protection.error.ended")
		}
		o.LiftedAt = p.now()
		if err := liftOrder(tx, o); err != nil {
			return err
		}
		return p.record(tx, by, "protection.lifted", o, reason, locale.Text{MS: "Perlindungan ditamatkan", EN: "Protection was ended"})
	})
}

func (p *Protection) record(tx *db.Tx, by actor.Actor, kind string, o Order, reason string, why locale.Text) error {
	data := map[string]any{"order": o.ID, "kind": o.Kind, "until": o.UntilAt}
	if reason != "" {
		data["reason"] = reason
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(by), Subjects: []string{o.Person},
		Why: why, Basis: basis(o.Kind), Data: data})
	return err
}
