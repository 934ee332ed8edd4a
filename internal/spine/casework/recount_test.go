package casework_test

import (
	"context"
	"encoding/json"
	"fmt"
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

// gazetted is the calendars with some of Kelantan's holidays added and taken
// away.
func gazetted(t *testing.T, added, away string) *calendar.Set {
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
			days := map[string]string{}
			if err := json.Unmarshal(data, &days); err != nil {
				t.Fatal(err)
			}
			if days[added] = "Additional holiday"; away != "" && days[away] == "" {
				t.Fatalf("%s is no holiday", away)
			}
			delete(days, away)
			if data, err = json.Marshal(days); err != nil {
				t.Fatal(err)
			}
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	s, err := calendar.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// gazette makes Tuesday 24 November 2026 a holiday in Kelantan.
func gazette(t *testing.T) *calendar.Set { return gazetted(t, "2026-11-24", "") }

// correction makes it one, and a day before everything else a working day: what
// was counted from a later day has other numbers, and another date.
func correction(t *testing.T) *calendar.Set { return gazetted(t, "2026-11-24", "2026-11-08") }

// leaves are the journal's entries of a kind.
func (r *rig) leaves(kind string) (n int) {
	r.t.Helper()
	r.read(func(tx *db.Tx) error {
		list, err := db.List(tx, func(row db.Scanner) (text string, err error) { return text, row.Scan(&text) }, `select coalesce(record, '') from journal_leaf`)
		for _, text := range list {
			if strings.Contains(text, `"`+kind+`"`) {
				n++
			}
		}
		return err
	})
	return n
}

// A holiday to come moves what is promised at once, and writes nothing but that
// it was gazetted.
func TestGazette(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		recount := func() {
			t.Helper()
			if moved, err := r.engine.Recount(context.Background()); err != nil || moved != 0 {
				t.Fatalf("moved %d, %v", moved, err)
			}
		}
		recount()
		open := r.open(opening())
		done := r.open(automatic(opening()))
		other := opening()
		other.Calendar = "MY-10"
		selangor := r.open(other)
		waits := r.open(opening())
		r.do(checks(), waits.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})

		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), gazette(t))
		c := r.get(open.Ref)
		if c.DueAt != local(11, 26, 17) || open.DueAt != local(11, 25, 17) {
			t.Errorf("due %d, before %d", c.DueAt, open.DueAt)
		}
		if was := casework.MovedFrom(r.acts(open.Ref), clock.FromMicro(c.DueAt)); clock.Micro(was) != open.DueAt {
			t.Errorf("it was due at %v before", was)
		}
		if was := casework.MovedFrom(r.acts(selangor.Ref), clock.FromMicro(selangor.DueAt)); !was.IsZero() {
			t.Errorf("in Selangor it was due at %v before", was)
		}
		r.sound()
		for range 2 {
			recount()
			if n := r.leaves("calendar.changed"); n != 1 {
				t.Errorf("the journal says %d times that the calendar changed", n)
			}
		}
		if got := r.get(open.Ref); got.Version != open.Version {
			t.Error("an act for a date that follows by itself")
		}
		if got := r.get(done.Ref); got.DueAt != done.DueAt || got.Version != done.Version {
			t.Error("a decided case moved")
		}
		if got := r.get(selangor.Ref); got.DueAt != selangor.DueAt {
			t.Error("another state's case moved")
		}
		// Once it is decided, its date stands, whatever is gazetted afterwards.
		r.do(checks(), open.Ref, casework.Check, data{"finding": "in_order"})
		r.do(decides(), open.Ref, casework.Decide, data{"verdict": "approve", "reasons": "Lengkap."})
		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), gazetted(t, "2026-11-25", ""))
		if got := r.get(open.Ref); got.DueAt != c.DueAt {
			t.Errorf("a decided case moved to %d", got.DueAt)
		}
	})
}

// A date that is counted from a day with another number is told by an act, after
// all that was done before, though the clock was set back.
func TestRecountAfterTheClockWasSetBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		c := r.open(opening())
		r.clock.Advance(time.Hour)
		r.do(checks(), c.Ref, casework.Check, data{"finding": "in_order"})
		r.clock.Advance(-48 * time.Hour)
		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), correction(t))
		for want := 1; want >= 0; want-- {
			if moved, err := r.engine.Recount(context.Background()); err != nil || moved != want {
				t.Fatalf("moved %d, %v", moved, err)
			}
		}
		acts := r.acts(c.Ref)
		for i, a := range acts[1:] {
			if a.At < acts[i].At {
				t.Errorf("act %d, %s, is %d us before the one before it", a.N, a.Kind, acts[i].At-a.At)
			}
		}
		last := acts[len(acts)-1]
		if last.Kind != casework.Recount || last.Data["old"] != c.DueAt || last.Data["new"] != r.get(c.Ref).DueAt {
			t.Errorf("%+v", last)
		}
		r.checkJournal(c.Ref)
		r.sound()
	})
}

// TestRecountFindsEach: of many cases, received at all hours, stopped and
// running, a gazette is told to just those whose date no longer follows.
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
		before := map[string]int64{}
		for _, ref := range r.queue(casework.Filter{Limit: 200}) {
			before[ref] = r.get(ref).DueAt
		}
		r.engine = r.newEngine(outbox.New(r.db, r.clock, id.NewSource(r.clock, nil), nil), correction(t))
		_, wrong, err := r.engine.VerifyDeadlines(context.Background())
		if err != nil || len(wrong) < 5 {
			t.Fatalf("the gazette moves %d, %v", len(wrong), err)
		}
		moved, err := r.engine.Recount(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r.sound()
		told := 0
		for ref, due := range before {
			acts := r.acts(ref)
			last := acts[len(acts)-1]
			if last.Kind != casework.Recount {
				continue
			}
			told++
			if now := r.get(ref).DueAt; last.Data["old"] != due || last.Data["new"] != now || now == due {
				t.Errorf("%s: due %d, now %d, and told %v", ref, due, now, last.Data)
			}
		}
		if told != moved || told < 5 {
			t.Errorf("%d moved, %d told", moved, told)
		}
	})
}

// A hall of before, which kept dates, gets its numbers when it is opened, and
// lists the same.
func TestNumber(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 6 {
			r.clock.Advance(5 * time.Hour)
			o := opening()
			o.Calendar = []string{"MY-03", "MY-10"}[i%2]
			c := r.open(o)
			if i == 2 {
				r.do(checks(), c.Ref, casework.Ask, data{"question": "Apa?", "due_in_days": 5})
			}
		}
		r.sampled()
		lists := func() (out []string) {
			for _, work := range []string{casework.WorkTodo, casework.WorkWaiting, casework.WorkAudit} {
				r.read(func(tx *db.Tx) error {
					list, _, err := r.engine.Worklist(tx, casework.Filter{Agency: "jpn", Work: []string{work}})
					for _, c := range list {
						out = append(out, fmt.Sprint(c.Ref, c.DueAt))
					}
					return err
				})
			}
			return out
		}
		want := lists()
		if err := r.write(func(tx *db.Tx) error {
			_, err := tx.Exec("update casework_case set due_no = 0, queue_no = 0")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.engine.Number(context.Background()); err != nil {
				t.Fatal(err)
			}
			same(t, "lists", lists(), want...)
			r.sound()
		}
		if len(want) < 7 {
			t.Error(want)
		}
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
			"due_at":      {"update casework_case set due_no = due_no + 1", "update casework_case set due_no = due_no - 1"},
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
