package casework_test

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	country "balai/demo/calendar"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/outbox"
)

// gazette is the calendars with Tuesday 24 November 2026 made a holiday in
// Kelantan.
func gazette(t *testing.T) *calendar.Set {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(country.Files, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := country.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "MY_03.json" {
			data = []byte(strings.Replace(string(data), "{", `{"2026-11-24": "Additional holiday",`, 1))
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	s, err := calendar.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGazette(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		open := r.open(opening())
		done := r.open(automatic(opening()))
		other := opening()
		other.Calendar = "MY-10"
		selangor := r.open(other)
		waits := r.open(opening())
		r.do(checks(), waits.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})

		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), gazette(t))
		_, wrong, err := r.engine.VerifyDeadlines(context.Background())
		if err != nil || len(wrong) != 1 || wrong[0].Ref != open.Ref || wrong[0].What != "due_at" {
			t.Fatalf("before the recount: %v %+v", err, wrong)
		}
		for want := 1; want >= 0; want-- {
			if moved, err := r.engine.Recount(context.Background()); err != nil || moved != want {
				t.Fatalf("moved %d, %v", moved, err)
			}
		}
		c := r.get(open.Ref)
		acts := r.acts(open.Ref)
		last := acts[len(acts)-1]
		if c.DueAt != local(11, 26, 17) || last.Kind != casework.Recount || last.Data["old"] != open.DueAt || last.Data["new"] != c.DueAt {
			t.Errorf("%+v\n%+v", c, last)
		}
		r.checkJournal(open.Ref)
		if got := r.get(done.Ref); got.DueAt != done.DueAt || got.Version != done.Version {
			t.Error("a decided case moved")
		}
		if got := r.get(selangor.Ref); got.Version != selangor.Version {
			t.Error("another state's case moved")
		}
		r.sound()
	})
}

// A gazette that is counted after the clock was set back is an act after those
// before it, as every other act is.
func TestRecountAfterTheClockWasSetBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.clock.Advance(time.Hour)
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		r.clock.Advance(-48 * time.Hour)
		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), gazette(t))
		if moved, err := r.engine.Recount(context.Background()); err != nil || moved != 1 {
			t.Fatalf("moved %d, %v", moved, err)
		}
		acts := r.acts(c.Ref)
		for i, a := range acts[1:] {
			if a.At < acts[i].At {
				t.Errorf("act %d, %s, is %d us before the one before it", a.N, a.Kind, acts[i].At-a.At)
			}
		}
		r.checkJournal(c.Ref)
	})
}

// TestRecountFindsEach: of many cases, received at all hours, stopped and
// running, a gazette moves just those whose date no longer follows.
func TestRecountFindsEach(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		rng := rand.New(rand.NewPCG(1, 2))
		r.clock.Set(monday().AddDate(0, 0, -6)) // the gazette is about the Tuesday after
		for range 150 {
			r.clock.Advance(time.Duration(rng.IntN(80)) * time.Minute)
			if rng.IntN(20) == 0 { // just at and just after the end of office hours
				now := r.clock.Now()
				r.clock.Set(time.Date(now.Year(), now.Month(), now.Day(), 17, 0, 0, rng.IntN(2)*1000, clock.Zone).AddDate(0, 0, 1))
			}
			o := opening()
			o.Calendar = []string{"MY-03", "MY-10"}[rng.IntN(2)]
			o.Plan[1].WithinDays = rng.IntN(3)
			c := r.open(o)
			if o.Calendar == "MY-03" && rng.IntN(3) == 0 {
				r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
				if rng.IntN(2) == 0 {
					r.clock.Advance(time.Duration(rng.IntN(30)) * time.Hour)
					r.do(citizen("aisyah"), c.Ref, casework.Reply, data{"text": "Ini."})
				}
			}
		}
		r.sound()
		// The days that a hall of before gets by its migration are the same.
		text, err := fs.ReadFile(casework.Migration().FS, "migration/0009_stops.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"update casework_case set stops = ''", strings.Split(string(text), ";")[1]} {
			if err := r.write(func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				t.Fatal(err)
			}
		}
		r.sound()
		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), gazette(t))
		_, wrong, err := r.engine.VerifyDeadlines(context.Background())
		if err != nil || len(wrong) < 5 {
			t.Fatalf("the gazette moves %d, %v", len(wrong), err)
		}
		if moved, err := r.engine.Recount(context.Background()); err != nil || moved != len(wrong) {
			t.Errorf("%d moved of %d, %v", moved, len(wrong), err)
		}
		r.sound()
	})
}

// Each stored value that a due date rests on is found when it is changed.
func TestVerifyFindsTampering(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
		r.clock.Advance(1)
		r.do(citizen("aisyah"), c.Ref, casework.Reply, data{"text": "Ini."})
		r.sound()
		changes := map[string][2]string{
			"due_at":      {"update casework_case set due_at = due_at + 1", "update casework_case set due_at = due_at - 1"},
			"budget_days": {"update casework_case set budget_days = 3", "update casework_case set budget_days = 2"},
			"ledger":      {"update casework_span set end_at = end_at + 1 where n = 1", "update casework_span set end_at = end_at - 1 where n = 1"},
			"stops":       {"update casework_case set stops = stops || ',1'", "update casework_case set stops = substr(stops, 1, length(stops) - 2)"},
			"calendar":    {"update casework_case set calendar = 'MY-10'", "update casework_case set calendar = 'MY-03'"},
			"acts":        {"update casework_act set kind = 'message' where n = 3", "update casework_act set kind = 'ask' where n = 3"},
		}
		for what, q := range changes {
			run := func(q string) {
				if err := r.write(func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
					t.Fatal(err)
				}
			}
			run(q[0])
			cases, wrong, err := r.engine.VerifyDeadlines(context.Background())
			found := false
			for _, m := range wrong {
				found = found || m.What == what
			}
			if err != nil || cases != 1 || !found {
				t.Errorf("%s: %v %+v", what, err, wrong)
			}
			run(q[1])
			r.sound()
		}
	})
}
