package casework_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	country "balai/demo/calendar"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// rig is an engine on one database with a clock of its own.
type rig struct {
	t       testing.TB
	db      *db.DB
	clock   *clock.Manual
	journal *journal.Journal
	outbox  *outbox.Outbox
	engine  *casework.Engine
	hook    *recorder

	refs int64

	mu     sync.Mutex
	events map[string][]string // by reference: "3 case.check"
}

// recorder is a service that notes what it is told, and can fail. An act that met
// another's is begun again and tells it anew; what was rolled back is not noted.
type recorder struct {
	mu    sync.Mutex
	calls []string
	fail  error
}

func (h *recorder) note(tx *db.Tx, what string, c casework.Case, a casework.Act) error {
	call := fmt.Sprintf("%s %s %s %s", what, c.Ref, a.Kind, c.State)
	tx.OnCommit(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calls = append(h.calls, call)
	})
	return h.fail
}

func (h *recorder) Approved(tx *db.Tx, c casework.Case, a casework.Act) error {
	return h.note(tx, "approved", c, a)
}
func (h *recorder) Refused(tx *db.Tx, c casework.Case, a casework.Act) error {
	return h.note(tx, "refused", c, a)
}
func (h *recorder) Revoked(tx *db.Tx, c casework.Case, a casework.Act) error {
	return h.note(tx, "revoked", c, a)
}
func (h *recorder) Withdrawn(tx *db.Tx, c casework.Case, a casework.Act) error {
	return h.note(tx, "withdrawn", c, a)
}
func (h *recorder) Replied(tx *db.Tx, c casework.Case, a casework.Act) error {
	return h.note(tx, "replied", c, a)
}
func (h *recorder) Corrected(tx *db.Tx, c casework.Case, a casework.Act) error {
	return h.note(tx, "corrected", c, a)
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) },
		casework.Migration(), journal.Migration(), outbox.Migration())
}

// monday is 10 o'clock of Monday 23 November 2026, a working day everywhere.
func monday() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, clock.Zone) }

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, db: d, clock: clock.NewManual(monday()), hook: &recorder{}, events: map[string][]string{}}
	ids := id.NewSource(r.clock, nil)
	signer, _, err := journal.LoadKey(filepath.Join(t.TempDir(), "journal.key"), "test.example/journal")
	if err != nil {
		t.Fatal(err)
	}
	if r.journal, err = journal.New(d, r.clock, ids, "test.example/journal", signer); err != nil {
		t.Fatal(err)
	}
	r.outbox = outbox.New(d, r.clock, ids, nil)
	r.outbox.On("case.*", "test", func(_ context.Context, j outbox.Job) error {
		var e casework.Event
		if err := json.Unmarshal(j.Args, &e); err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events[e.Ref] = append(r.events[e.Ref], fmt.Sprintf("%d %s", e.Act, j.Event))
		return nil
	})
	r.engine = r.newEngine(r.outbox, calendars(t))
	return r
}

func calendars(t testing.TB) *calendar.Set {
	t.Helper()
	s, err := calendar.Load(country.Files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *rig) newEngine(o *outbox.Outbox, cals *calendar.Set) *casework.Engine {
	r.t.Helper()
	e, err := casework.New(r.db, r.clock, id.NewSource(r.clock, nil), r.journal, o, cals)
	if err != nil {
		r.t.Fatal(err)
	}
	e.Handle("jpn/", r.hook)
	return e
}

func citizen(person string) actor.Actor { return actor.Actor{Person: person, Name: person} }

func officer(person, role, state string) actor.Actor {
	return actor.Actor{Person: person, Name: person, Post: person + "-post", Role: role, Agency: "jpn", Unit: "u-" + state,
		State: state, Title: locale.Text{MS: "Pegawai", EN: "Officer"}}
}

const (
	checker = "jpn/registration-officer"
	decider = "jpn/assistant-registrar"
	appeals = "jpn/appeal-officer"
)

func checks() actor.Actor  { return officer("salmah", checker, "MY-03") }
func decides() actor.Actor { return officer("rahman", decider, "MY-03") }

func opening() casework.Opening {
	return casework.Opening{
		Kind: "jpn/birth-registration", Release: "r1", Title: locale.Text{MS: "Daftar kelahiran", EN: "Register a birth"},
		Applicant: "aisyah", By: citizen("aisyah"), Agency: "jpn", Unit: "u-MY-03", Calendar: "MY-03",
		Subjects: []string{"hafiz"}, Basis: "law-299-s7",
		Plan: []casework.Step{
			{Name: casework.StepCheck, Role: checker, WithinDays: 1},
			{Name: casework.StepDecide, Role: decider, WithinDays: 1, NotSameAs: casework.StepCheck},
		},
		Data: map[string]any{"answers": map[string]any{"child_name": "Nur"}},
	}
}

func automatic(o casework.Opening) casework.Opening {
	o.Automatic = &casework.Decision{Approve: true, Reasons: locale.Text{MS: "Semua syarat dipenuhi.", EN: "All conditions hold."},
		Trace: json.RawMessage(`[{"rule":"birth_notice.matches","held":true}]`)}
	return o
}

func (r *rig) write(fn func(tx *db.Tx) error) error {
	return r.db.Write(context.Background(), fn)
}

func (r *rig) open(o casework.Opening) casework.Case {
	r.t.Helper()
	var c casework.Case
	if err := r.write(func(tx *db.Tx) (err error) { c, err = r.engine.OpenTx(tx, o); return err }); err != nil {
		r.t.Fatal(err)
	}
	return c
}

// try does an act at the case's present version.
func (r *rig) try(by actor.Actor, ref, kind string, data map[string]any) (casework.Case, error) {
	return r.tryAt(by, ref, r.get(ref).Version, kind, data)
}

func (r *rig) tryAt(by actor.Actor, ref string, version int, kind string, data map[string]any) (c casework.Case, err error) {
	err = r.write(func(tx *db.Tx) (err error) {
		c, err = r.engine.ActTx(tx, by, ref, version, casework.Act{Kind: kind, Data: data})
		return err
	})
	return c, err
}

func (r *rig) do(by actor.Actor, ref, kind string, data map[string]any) casework.Case {
	r.t.Helper()
	c, err := r.try(by, ref, kind, data)
	if err != nil {
		r.t.Fatalf("%s by %s: %v", kind, by.Person, err)
	}
	return c
}

// denied expects a fault of that code and locale key.
func (r *rig) refused(by actor.Actor, ref, kind string, data map[string]any, code fault.Code, key string) {
	r.t.Helper()
	before := r.get(ref)
	_, err := r.try(by, ref, kind, data)
	f, _ := fault.As(err)
	if fault.CodeOf(err) != code || f == nil || f.Key != key {
		r.t.Errorf("%s by %s: %v, want %s %s", kind, by.Person, err, code, key)
	}
	if after := r.get(ref); fmt.Sprint(after) != fmt.Sprint(before) {
		r.t.Errorf("%s by %s was refused and changed the case", kind, by.Person)
	}
}

func (r *rig) read(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.db.Read(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) get(ref string) (c casework.Case) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { c, err = r.engine.Get(tx, ref); return err })
	return c
}

func (r *rig) acts(ref string) (a []casework.Act) {
	r.t.Helper()
	r.read(func(tx *db.Tx) (err error) { a, err = r.engine.Acts(tx, ref); return err })
	return a
}

func (r *rig) story(ref string) (out []string) {
	for _, a := range r.acts(ref) {
		out = append(out, a.Kind+">"+string(a.State))
	}
	return out
}

func (r *rig) drain() {
	r.t.Helper()
	if err := r.outbox.Drain(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// sound expects all deadlines to follow from the acts.
func (r *rig) sound() {
	r.t.Helper()
	_, wrong, err := r.engine.VerifyDeadlines(context.Background())
	if err != nil || len(wrong) > 0 {
		r.t.Fatalf("%v %+v", err, wrong)
	}
}

// local is a time of day in November or December 2026.
func local(month time.Month, day, hour int) int64 {
	return clock.Micro(time.Date(2026, month, day, hour, 0, 0, 0, clock.Zone))
}

type data = map[string]any

func (r *rig) nextRef() int64 { r.refs++; return r.refs }
