package delegation

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/web"
	"balai/internal/ui"
	"golang.org/x/text/unicode/norm"
)

// giveForm is what was typed, shown again where something is missing.
type giveForm struct {
	To, Number, Name, Days string
	Services               []string
	Here                   string // "yes": staff of a company may apply in the hall too
	Errors                 map[string]string
}

// toPerson is the choice of a person in place of an organisation, allServices
// that of whatever the hall offers: it is said, and never what is left over.
const (
	toPerson    = "person"
	allServices = "all"
)

// Of one person, or of the officer who serves one: a number may be mistyped, but
// nobody finds one by trying.
const (
	missWindow = 15 * time.Minute
	missMost   = 5
)

const noSuchPerson = "delegation.error.nobody"

// grantGive lets an organisation or a person act. A person is named by
// number and whole name together, so that nobody is found by trying numbers.
func (x *Delegations) grantGive(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	f := giveForm{To: r.PostForm.Get("to"), Number: strings.TrimSpace(r.PostForm.Get("number")), Name: strings.TrimSpace(r.PostForm.Get("name")),
		Days: r.PostForm.Get("days"), Services: r.PostForm["services"], Errors: map[string]string{}}
	v := grantsView{}
	wrong := func(field, key string) {
		f.Errors[field] = web.L(r.Context()).T(key)
		v.Problems = append(v.Problems, ui.Problem{Href: "#" + field, Text: f.Errors[field]})
	}
	days, _ := strconv.Atoi(f.Days)
	if !slices.Contains(lives, days) {
		wrong("days", "delegation.error.days")
	}
	m := Grant{ID: x.ids.New(), UntilAt: x.until(days)}
	var chosen bool
	if m.Services, chosen = x.chosen(f.Services); !chosen {
		wrong("services", "delegation.error.services")
	}
	a := web.ActorOf(r.Context())
	nobody, miss := false, x.ids.New()
	err := x.db.Write(r.Context(), func(tx *db.Tx) error {
		one := m
		err := x.named(tx, a, f, &one)
		if e, ok := fault.As(err); ok && e.Key == noSuchPerson {
			nobody = true
			return x.missed(tx, a, f.Number, f.Name, miss) // which stays, unlike what is refused
		}
		nobody = false
		if err != nil || len(v.Problems) > 0 {
			return err
		}
		return x.giveTx(tx, a, one)
	})
	if e, ok := fault.As(err); ok && (e.Code == fault.Invalid || e.Code == fault.Conflict) {
		wrong("to", e.Key)
		err = nil
	}
	if err != nil {
		return err
	}
	if nobody {
		wrong("to", noSuchPerson)
	}
	if len(v.Problems) > 0 {
		v.Form = f
		return x.grantsRender(w, r, v, fault.Status(fault.Invalid))
	}
	return web.SeeOther(w, r, "/me/mandates")
}

// chosen are the services that a mandate is for, nil for all. A service that is
// not there is refused, for what is left without it is not what was meant.
func (x *Delegations) chosen(ids []string) (out []string, ok bool) {
	if slices.Contains(ids, allServices) {
		return nil, true
	}
	titles := x.services.Titles()
	for _, s := range ids {
		if !slices.ContainsFunc(titles, func(t ServiceTitle) bool { return t.ID == s }) {
			return nil, false
		}
		out = append(out, s)
	}
	return out, len(out) > 0
}

// missed keeps that a name and a number were not those of one person.
func (x *Delegations) missed(tx *db.Tx, a actor.Actor, number, name, id string) error {
	if number == "" || name == "" { // nothing was tried
		return nil
	}
	if err := insertMiss(tx, id, a.Person, x.now()); err != nil {
		return err
	}
	_, err := x.journal.Append(tx, journal.Record{Kind: "mandate.missed", By: journal.ByActor(a), Why: locale.Text{
		MS: "Nama dan nombor yang ditaip bukan milik orang yang sama", EN: "The name and the number that were typed are not of one person"}})
	return err
}

// named finds whom the mandate is for.
func (x *Delegations) named(tx *db.Tx, a actor.Actor, f giveForm, m *Grant) (err error) {
	if f.To == toPerson {
		m.Person, err = x.personOf(tx, a, f.Number, f.Name)
		return err
	}
	orgs, err := x.organisations(tx)
	for _, o := range orgs {
		if o.ID == f.To {
			m.Agency = o.ID
		}
	}
	if err == nil && m.Agency == "" {
		err = fault.New(fault.Invalid, "delegation.error.to")
	}
	return err
}

// personOf is who has a number and a whole name, as a types them. After some
// misses the right ones are not told apart either.
func (x *Delegations) personOf(tx *db.Tx, a actor.Actor, number, name string) (string, error) {
	misses, err := countMisses(tx, a.Person, clock.Micro(x.clock.Now().Add(-missWindow)))
	if err != nil {
		return "", err
	}
	if misses >= missMost {
		return "", fault.New(fault.Conflict, "delegation.error.slow")
	}
	nobody := fault.New(fault.Invalid, noSuchPerson)
	person, err := x.people.ByIDNumber(tx, number)
	if fault.CodeOf(err) == fault.Missing {
		return "", nobody
	}
	if err != nil {
		return "", err
	}
	has, err := x.people.NameOf(tx, person)
	if err != nil {
		return "", err
	}
	one := func(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }
	if !strings.EqualFold(one(has), one(name)) {
		return "", nobody
	}
	return person, nil
}
