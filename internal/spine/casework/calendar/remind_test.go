package calendar_test

import (
	"testing"
	"time"

	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"

	"pgregory.net/rapid"
)

func TestRemindAt(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, clock.Zone) }
	for _, c := range []struct {
		why              string
		since, end, want time.Time
	}{
		{"two weeks: the morning two days before the last day", at(1, 10), at(16, 0), at(13, 8)},
		{"it ends at noon", at(1, 10), at(15, 12), at(13, 8)},
		{"four days are enough", at(1, 0), at(5, 0), at(2, 8)},
		{"three days: half way", at(1, 12), at(4, 12), at(3, 8)},
		{"half way by day", at(1, 10), at(3, 14), at(2, 12)},
		{"half way in the evening: the next morning", at(1, 20), at(4, 0), at(3, 8)},
		{"one night is too short", at(1, 19), at(2, 0), time.Time{}},
		{"a day is enough", at(1, 0), at(2, 0), at(1, 12)},
		{"it has ended", at(2, 0), at(1, 0), time.Time{}},
	} {
		if got := calendar.RemindAt(c.since, c.end); !got.Equal(c.want) {
			t.Errorf("%s: %s, not %s", c.why, got.In(clock.Zone), c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		since := at(1, 0).Add(time.Duration(rapid.Int64Range(0, int64(60*24*time.Hour)).Draw(t, "since")))
		wait := time.Duration(rapid.Int64Range(1, int64(30*24*time.Hour)).Draw(t, "wait"))
		got := calendar.RemindAt(since, since.Add(wait))
		if got.IsZero() {
			if wait >= 24*time.Hour {
				t.Fatalf("nobody is reminded of what is open for %s", wait)
			}
			return
		}
		if h := got.In(clock.Zone).Hour(); !got.After(since) || !got.Before(since.Add(wait)) || h < calendar.OpenHour || h >= 20 {
			t.Fatalf("%s of %s to %s", got, since, since.Add(wait))
		}
	})
}
