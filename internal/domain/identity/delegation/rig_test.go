package delegation

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/directory"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// A rig is the part over people who are said to be there, and a journal that
// keeps what was committed.
type rig struct {
	*Delegations
	t         *testing.T
	db        *db.DB
	now       *clock.Manual
	children  map[string][]Child
	companies map[string][]Company
	against   map[string]string // whom an order names, by whom it protects
	hides     map[string]string
	held      map[string]int64
	mu        sync.Mutex
	leaves    []journal.Record
}

func (r *rig) Append(tx *db.Tx, rec journal.Record) (string, error) {
	tx.OnCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.leaves = append(r.leaves, rec)
	})
	return "leaf", nil
}

func (r *rig) ForSubject(*db.Tx, string, string, int) ([]journal.Entry, error) { return nil, nil }

func (r *rig) NameOf(_ *db.Tx, person string) (string, error)    { return "Name of " + person, nil }
func (r *rig) Related(_ *db.Tx, person string) ([]string, error) { return kin(r.children, person), nil }
func (r *rig) BornOn(*db.Tx, string) (string, error)             { return "2015-02-03", nil }

func (r *rig) Parents(_ *db.Tx, child string) (out []string, err error) {
	for parent, list := range r.children {
		if slices.ContainsFunc(list, func(c Child) bool { return c.ID == child }) {
			out = append(out, parent)
		}
	}
	return out, nil
}

func (r *rig) ByIDNumber(_ *db.Tx, number string) (string, error) {
	return "", fault.New(fault.Missing, "web.error.missing")
}

func (r *rig) Children(_ *db.Tx, parent string) ([]Child, error) {
	return slices.Clone(r.children[parent]), nil
}

func (r *rig) Companies(_ *db.Tx, person string) ([]Company, error) {
	return slices.Clone(r.companies[person]), nil
}

func (r *rig) Held(_ *db.Tx, person string) (int64, error) { return r.held[person], nil }

func (r *rig) Against(_ *db.Tx, of, other string) (bool, error) {
	return other != "" && r.against[of] == other, nil
}

func (r *rig) Hides(_ *db.Tx, of, from string) (bool, error) {
	return from != "" && (r.hides[of] == from || r.against[of] == from), nil
}

func (r *rig) Titles() []ServiceTitle {
	return []ServiceTitle{{"s/one", locale.Same("One"), false}, {"s/two", locale.Same("Two"), true}, {"s/three", locale.Same("Three"), false}}
}

// kin are parents and children of somebody.
func kin(children map[string][]Child, person string) (out []string) {
	for parent, list := range children {
		for _, c := range list {
			switch person {
			case parent:
				out = append(out, c.ID)
			case c.ID:
				out = append(out, parent)
			}
		}
	}
	return out
}

func migrations() []db.Migration {
	return []db.Migration{actor.Migration(), directory.Migration(), Migration()}
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) }, migrations()...)
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, db: d, now: clock.NewManual(time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)), children: map[string][]Child{},
		companies: map[string][]Company{}, against: map[string]string{}, hides: map[string]string{}, held: map[string]int64{}}
	ids := id.NewSource(r.now, nil)
	dir := directory.New(d, r.now)
	r.Delegations = New(Options{DB: d, Clock: r.now, IDs: ids, Sessions: actor.NewSessions(d, r.now, ids, dir), Directory: dir,
		People: r, Journal: r, Services: r, Shield: r, Holds: r})
	return r
}

func (r *rig) write(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Write(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// refuses tells the code with which an act is refused; "" where it is done.
func (r *rig) refuses(fn func(tx *db.Tx) error) fault.Code {
	r.t.Helper()
	return fault.CodeOf(r.db.Write(context.Background(), fn))
}

// choices are the ids of those for whom somebody may act now.
func (r *rig) choices(person string) (out []string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		list, err := r.Choices(tx, person, clock.Micro(r.now.Now()))
		out = nil
		for _, c := range list {
			out = append(out, c.Kind+" "+c.Principal)
			again, stands, err := r.Stands(tx, c.ID, person, clock.Micro(r.now.Now()))
			if err != nil || !stands || again.Principal != c.Principal {
				r.t.Errorf("%s is offered and does not stand: %v", c.ID, err)
			}
			if _, stands, err := r.Stands(tx, c.ID, "stranger", clock.Micro(r.now.Now())); err != nil || stands {
				r.t.Errorf("%s stands for a stranger: %v", c.ID, err)
			}
		}
		return err
	})
	return out
}
