package calendar_test

import (
	"testing"
	"time"

	country "balai/demo/calendar"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"pgregory.net/rapid"
)

// A number and the end of its day lead to each other, and numbers follow as
// days do.
func TestNumber(t *testing.T) {
	set, err := calendar.Load(country.Files)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		cal, err := set.State(rapid.SampledFrom(set.States()).Draw(t, "state"))
		if err != nil {
			t.Fatal(err)
		}
		from := clock.Micro(time.Date(1971, 1, 1, 0, 0, 0, 0, clock.Zone))
		to := clock.Micro(time.Date(2049, 1, 1, 0, 0, 0, 0, clock.Zone))
		at := rapid.Int64Range(from, to).Draw(t, "at")
		n := cal.Number(at)
		end, ok := cal.Ending(n)
		if !ok || end < at || cal.Number(end) != n || cal.Number(end+1) != n+1 {
			t.Fatalf("%d is numbered %d, which ends at %d and is numbered %d, then %d", at, n, end, cal.Number(end), cal.Number(end+1))
		}
		if !cal.Working(clock.Day(clock.FromMicro(end))) {
			t.Fatalf("%d ends a day of rest", end)
		}
		if before, ok := cal.Ending(n - 1); !ok || before >= at {
			t.Fatalf("a working day ends at %d already, before %d", before, at)
		}
	})
	cal, err := set.State("MY-03")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{0, 1 << 62, -1} {
		if at, ok := cal.Ending(n); ok {
			t.Errorf("number %d ends at %d", n, at)
		}
	}
}
