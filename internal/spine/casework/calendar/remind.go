package calendar

import (
	"time"

	"balai/internal/spine/clock"
)

const (
	remindDays  = 2  // before the last day
	eveningHour = 20 // nobody is reminded from then until OpenHour
)

// RemindAt is when a person is told again of what ends at a moment and has been
// open since another: on the morning two days before the last day, or half way
// where all of it is shorter than four days. It is never at night; the zero time
// says that it ends before the next morning.
func RemindAt(since, end time.Time) time.Time {
	wait := end.Sub(since)
	if wait >= 2*remindDays*24*time.Hour {
		y, m, d := end.Add(-time.Microsecond).In(clock.Zone).Date()
		return time.Date(y, m, d-remindDays, OpenHour, 0, 0, 0, clock.Zone)
	}
	at := since.Add(wait / 2).In(clock.Zone)
	y, m, d := at.Date()
	switch {
	case at.Hour() >= eveningHour:
		at = time.Date(y, m, d+1, OpenHour, 0, 0, 0, clock.Zone)
	case at.Hour() < OpenHour:
		at = time.Date(y, m, d, OpenHour, 0, 0, 0, clock.Zone)
	}
	if wait <= 0 || !at.Before(end) {
		return time.Time{}
	}
	return at
}
