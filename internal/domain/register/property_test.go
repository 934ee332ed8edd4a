package register

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"pgregory.net/rapid"
)

// Many hands on one notice: one entry.
func TestOneNoticeOneEntry(t *testing.T) {
	each(t, func(t *testing.T, r rig) {
		quiet := New(r.clock, r.ids, silent{})
		var wg sync.WaitGroup
		errs := make([]error, 24)
		for i := range errs {
			wg.Go(func() {
				errs[i] = r.db.Write(context.Background(), func(tx *db.Tx) error {
					_, err := quiet.Enter(tx, Entry{Register: PathBirth, Values: birthOf("HN-1", "Adam bin Mohd Hafiz")})
					return err
				})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case fault.CodeOf(err) != fault.Conflict:
				t.Errorf("who came late was told: %v", err)
			}
		}
		if done != 1 {
			t.Errorf("%d entries of one notice", done)
		}
		r.want("mum", map[string]any{"household.members": int64(4), "birth_notice.number": "HN-2"})
	})
}

type silent struct{}

func (silent) Append(*db.Tx, journal.Record) (string, error) { return "leaf", nil }

// model is what the registers must hold after any acts.
type model struct {
	open    map[string]bool   // notices
	entered map[string]string // notice -> entry
	numbers map[string]bool   // every number ever given
	names   []string          // the mother's name, oldest first
	uses    map[string]int    // case -> the number of names there were when it used one
}

// Random acts in random order: numbers are never given twice, a notice is open
// or registered, an old value is never lost and its users are always found.
func TestRandomActs(t *testing.T) {
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				// Each run has a family of its own in the one database.
				r := shared(t, engine)
				k := r.newFamily(rt)
				m := &model{open: map[string]bool{}, entered: map[string]string{}, numbers: map[string]bool{}, names: []string{"Ibu Satu"}, uses: map[string]int{}}
				for _, n := range k.notices {
					m.open[n] = true
				}
				acts := []func(){
					func() { r.randomEnter(rt, k, m) }, func() { r.randomVoid(rt, k, m) },
					func() { r.randomCorrect(rt, k, m) }, func() { r.randomUse(rt, k, m) },
				}
				for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(acts)-1), 1, 14).Draw(rt, "acts") {
					acts[i]()
					r.agrees(rt, k, m)
				}
			})
		})
	}
}

type kin struct {
	mother, number string
	notices        []string
}

var (
	sharedOnce sync.Mutex
	sharedRigs = map[string]*rig{}
	runs       int
)

func shared(t *testing.T, engine string) *rig {
	sharedOnce.Lock()
	defer sharedOnce.Unlock()
	if r := sharedRigs[engine+t.Name()]; r != nil {
		return r
	}
	r := newRig(t, dbtest.Open(t, engine, Migration()))
	sharedRigs[engine+t.Name()] = r
	return r
}

func (r *rig) act(rt *rapid.T, fn func(tx *db.Tx) error) error {
	rt.Helper()
	r.clock.Advance(time.Second)
	return r.db.Write(context.Background(), fn)
}

func (r *rig) newFamily(rt *rapid.T) kin {
	runs++
	k := kin{mother: fmt.Sprintf("mum-%d", runs), number: fmt.Sprintf("X%07d", runs)}
	p := Population{AsOf: noon.UnixMicro(), People: []Person{{ID: k.mother, IDNumber: k.number, Name: "Ibu Satu", Sex: "female",
		BornOn: "1994-03-12", Citizenship: Citizen, State: "MY-03"}}}
	for i := range 4 {
		n := fmt.Sprintf("HN-%d-%d", runs, i)
		k.notices = append(k.notices, n)
		p.Notices = append(p.Notices, Notice{Number: n, Mother: k.mother, MotherName: "Ibu Satu", MotherIDNumber: k.number,
			BornOn: "2026-11-18", Sex: "male", State: "MY-03", Plurality: 4, Order: int64(i)})
	}
	if err := r.act(rt, func(tx *db.Tx) error { return r.LoadTx(tx, journal.By{}, p) }); err != nil {
		rt.Fatal(err)
	}
	return k
}

func (r *rig) randomEnter(rt *rapid.T, k kin, m *model) {
	n := rapid.SampledFrom(k.notices).Draw(rt, "notice")
	var e Entered
	err := r.act(rt, func(tx *db.Tx) (err error) {
		v := birthOf(n, "Anak "+n)
		delete(v, "father")
		v["mother"] = k.number
		e, err = r.Enter(tx, Entry{Register: PathBirth, Values: v})
		return err
	})
	if !m.open[n] {
		if fault.CodeOf(err) != fault.Conflict {
			rt.Fatalf("notice %s twice: %v", n, err)
		}
		return
	}
	if err != nil || m.numbers[e.Number] || m.numbers[e.IDNumber] {
		rt.Fatalf("enter %s: %+v %v", n, e, err)
	}
	m.open[n], m.entered[n], m.numbers[e.Number], m.numbers[e.IDNumber] = false, e.Entry, true, true
}

func (r *rig) randomVoid(rt *rapid.T, k kin, m *model) {
	for _, n := range k.notices {
		entry, ok := m.entered[n]
		if !ok {
			continue
		}
		if err := r.act(rt, func(tx *db.Tx) error { return r.Void(tx, Voiding{Entry: entry}) }); err != nil {
			rt.Fatal(err)
		}
		delete(m.entered, n)
		m.open[n] = true
		return
	}
}

func (r *rig) randomCorrect(rt *rapid.T, k kin, m *model) {
	name := "Ibu " + rapid.SampledFrom([]string{"Satu", "Dua", "Tiga"}).Draw(rt, "name")
	var uses []Use
	err := r.act(rt, func(tx *db.Tx) (err error) {
		uses, err = r.Correct(tx, Correction{Person: k.mother, Field: "mother.name", Value: name})
		return err
	})
	if err != nil {
		rt.Fatal(err)
	}
	if name == m.names[len(m.names)-1] {
		return
	}
	if len(uses) != len(m.uses) {
		rt.Fatalf("%d users found of %d", len(uses), len(m.uses))
	}
	for _, u := range uses {
		if m.uses[u.Case] != u.Version {
			rt.Fatalf("case %s used version %d, not %d", u.Case, u.Version, m.uses[u.Case])
		}
	}
	m.names = append(m.names, name)
}

func (r *rig) randomUse(rt *rapid.T, k kin, m *model) {
	ref := fmt.Sprintf("%s-%d", k.mother, len(m.uses))
	err := r.act(rt, func(tx *db.Tx) error {
		v, err := r.Facts(tx, k.mother, []string{PathPerson})
		if err != nil {
			return err
		}
		return r.UseTx(tx, ref, "jpn", []Value{v["mother.name"]})
	})
	if err != nil {
		rt.Fatal(err)
	}
	m.uses[ref] = len(m.names)
}

// agrees compares the registers with the model.
func (r *rig) agrees(rt *rapid.T, k kin, m *model) {
	err := r.db.Read(context.Background(), func(tx *db.Tx) error {
		v, err := r.Facts(tx, k.mother, []string{PathPerson, PathNotice})
		if err != nil {
			return err
		}
		if got := v["mother.name"]; got.V != m.names[len(m.names)-1] || got.Version != len(m.names) {
			rt.Fatalf("the name is %+v, not %s", got, m.names[len(m.names)-1])
		}
		first := any(nil)
		for _, n := range k.notices {
			if m.open[n] && first == nil {
				first = n
			}
		}
		if got, ok := v["birth_notice.number"]; ok != (first != nil) || ok && got.V != first {
			rt.Fatalf("the oldest open notice is %v, not %v", got.V, first)
		}
		h, err := r.History(tx, k.mother)
		if err != nil {
			return err
		}
		if len(h) != len(m.names)-1 {
			rt.Fatalf("%d old names, not %d", len(h), len(m.names)-1)
		}
		for i, x := range h {
			if x.Value != m.names[i] || x.From >= x.Until || i > 0 && x.From != h[i-1].Until {
				rt.Fatalf("old names %+v, not %v", h, m.names)
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
}

func BenchmarkFacts(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			r := newRig(b, dbtest.Open(b, engine, Migration()))
			if err := r.db.Write(context.Background(), func(tx *db.Tx) error { return r.LoadTx(tx, journal.By{}, family()) }); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				err := r.db.Read(context.Background(), func(tx *db.Tx) error {
					_, err := r.Facts(tx, "mum", []string{PathPerson, PathMarriage, PathNotice})
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
