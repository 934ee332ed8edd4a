package meter

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/id"
)

// Two processes over one database pass no limit together, and a name's limit is
// its own.
func TestProcessesKeepOneLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
		two := []*Meter{New(d, c, id.NewSource(c, nil)), New(d, c, id.NewSource(c, nil))}
		round := func(name string, use func(m *Meter) func(context.Context, string, int64) (bool, error)) int64 {
			t.Helper()
			var good atomic.Int64
			var all sync.WaitGroup
			for _, m := range two {
				for range 4 {
					all.Go(func() {
						for range 50 {
							ok, err := use(m)(context.Background(), name, 120)
							if err != nil {
								t.Error(err)
							}
							if ok {
								good.Add(1)
							}
						}
					})
				}
			}
			all.Wait()
			return good.Load()
		}
		minute := func(m *Meter) func(context.Context, string, int64) (bool, error) { return m.Minute }
		day := func(m *Meter) func(context.Context, string, int64) (bool, error) { return m.Day }
		wants := func(what string, got, want int64) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %d, want %d", what, got, want)
			}
		}
		wants("of 400", round("a", minute), 120)
		c.Advance(Window)
		wants("within the minute and its slack", round("a", minute), 0)
		wants("of another name", round("b", minute), 120)
		c.Advance(Fresh)
		wants("a minute later", round("a", minute), 120)

		wants("of a day", round("a", day), 120)
		two[1].GiveBack("a")
		wants("what was given back", round("a", day), 1)
		c.Advance(23 * time.Hour)
		wants("the next day", round("a", day), 120)

		c.Advance(365 * 24 * time.Hour) // a clock that is ahead, and is set right
		wants("a year ahead", round("a", minute), 120)
		c.Advance(-365 * 24 * time.Hour)
		two = []*Meter{New(d, c, id.NewSource(c, nil)), New(d, c, id.NewSource(c, nil))} // started anew
		wants("and back", round("a", minute), 120)
	}, Migration())
}

// Names that strangers make up fill no process's memory, and a limit that was
// used up stays so.
func TestNamesAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.NewManual(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
		m := New(d, c, id.NewSource(c, nil))
		for range 3 {
			if ok, err := m.Minute(context.Background(), "known", 3); err != nil || !ok {
				t.Fatal(ok, err)
			}
		}
		for i := range 2*mostHeld + 1 {
			m.of("stranger " + strconv.Itoa(i))
			if len(m.held) > mostHeld {
				t.Fatalf("%d names are held", len(m.held))
			}
		}
		if ok, err := m.Minute(context.Background(), "known", 3); err != nil || ok {
			t.Errorf("a limit that was used up is open again: %v %v", ok, err)
		}
	}, Migration())
}
