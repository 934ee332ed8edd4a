package calendar

import (
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
)

// Span is one stretch of the service clock, in unix microseconds: it runs
// from the receipt or the citizen's answer (Start) until the office asks the
// citizen something (End). End is 0 while it runs.
type Span struct{ Start, End int64 }

// Deadline is a promise of Budget working days over a ledger of spans in
// time order, none overlapping, only the last one running. The due date is
// derived, never stored as a truth of its own.
type Deadline struct {
	Budget   int
	Calendar *Calendar
	Spans    []Span
}

// Due is CloseHour of the Budget-th counted day. While the clock is paused it
// is not known (false), unless the budget was spent before the pause: a
// pause cannot undo a missed promise. It is also false for an empty ledger
// and when the day lies outside the calendar; Err tells the two apart.
func (d Deadline) Due() (time.Time, bool) {
	n, ok, err := d.due()
	if !ok || err != nil {
		return time.Time{}, false
	}
	return closing(n), true
}

// Err is a fault when the deadline leaves the years that the calendar covers.
func (d Deadline) Err() error {
	_, _, err := d.due()
	return err
}

func (d Deadline) due() (day int, known bool, err error) {
	left := d.Budget
	for _, s := range d.Spans {
		start := effective(clock.FromMicro(s.Start))
		if start < firstDay || start > lastDay {
			return 0, false, outside()
		}
		if left <= 0 {
			return start, true, nil // nothing was promised: the day itself
		}
		n, ok := d.Calendar.nth(start+1, left)
		if s.End == 0 {
			if !ok {
				return 0, false, outside()
			}
			return n, true, nil
		}
		pause := effective(clock.FromMicro(s.End))
		if ok && n < pause {
			return n, true, nil
		}
		left -= d.Calendar.count(start+1, pause)
	}
	return 0, false, nil
}

// Paused says that no span runs.
func (d Deadline) Paused() bool {
	return len(d.Spans) == 0 || d.Spans[len(d.Spans)-1].End != 0
}

// Used is the number of counted working days that have ended by now: what a
// pause at this moment would leave on the ledger. It may exceed Budget.
func (d Deadline) Used(now time.Time) int {
	used := 0
	today := effective(now)
	for _, s := range d.Spans {
		end := today
		if s.End != 0 {
			end = min(end, effective(clock.FromMicro(s.End)))
		}
		used += d.Calendar.count(effective(clock.FromMicro(s.Start))+1, end)
	}
	return used
}

// Left is the budget that is not used yet; negative when it is overspent.
func (d Deadline) Left(now time.Time) int { return d.Budget - d.Used(now) }

// Kind says what a day is to a deadline.
type Kind string

const (
	DayEvent   Kind = "event"   // received, asked or answered as of this day; not counted
	DayCounted Kind = "counted" // a working day that has been used
	DayFuture  Kind = "future"  // a working day that is used if the clock runs on
	DayWeekend Kind = "weekend" // weekly rest
	DayHoliday Kind = "holiday" // public holiday
	DayPaused  Kind = "paused"  // the clock stands: the office waits for the citizen
	DayLate    Kind = "late"    // a working day after the due date
)

// DayMark is one day of the drawn bar.
type DayMark struct {
	Day       string // 2026-11-23
	Kind      Kind
	Name      locale.Text // of the holiday, also on a day of rest, an event or a pause
	Estimated bool        // the holiday's date is an estimate
	N         int         // the how-manieth counted day, from 1; 0 when not counted
	Due       bool        // the deadline ends at CloseHour of this day
	Today     bool
}

// Days are the days from the first event to the due date, and on to now where
// that is later or the due date is not known. For a case that is over, pass
// the moment of the decision as now.
func (d Deadline) Days(now time.Time) []DayMark {
	if len(d.Spans) == 0 || d.Err() != nil {
		return nil
	}
	due, known, _ := d.due()
	today := effective(now)
	last := today
	if known {
		last = max(last, due)
	}
	first := effective(clock.FromMicro(d.Spans[0].Start))
	var out []DayMark
	counted := 0
	for n := first; n <= min(last, lastDay); n++ {
		m := DayMark{Day: dayText(n), Today: dayText(n) == clock.Day(now), Due: known && n == due}
		if h, ok := d.Calendar.holidays[n]; ok {
			m.Name, m.Estimated = h.Text(), h.Estimated()
		}
		m.Kind = d.kind(n, today)
		switch {
		case m.Kind == DayCounted && known && n > due:
			m.Kind = DayLate
		case m.Kind == DayCounted, m.Kind == DayFuture:
			counted++
			m.N = counted
		}
		out = append(out, m)
	}
	return out
}

// kind is what day n is to the ledger, the budget left aside.
func (d Deadline) kind(n, today int) Kind {
	runs := false
	for _, s := range d.Spans {
		start, end := effective(clock.FromMicro(s.Start)), lastDay+1
		if s.End != 0 {
			end = effective(clock.FromMicro(s.End))
		}
		if n == start || s.End != 0 && n == end {
			return DayEvent
		}
		runs = runs || start < n && n < end
	}
	switch {
	case !runs:
		return DayPaused
	case d.Calendar.working(n) && n < today:
		return DayCounted
	case d.Calendar.working(n):
		return DayFuture
	case d.Calendar.weekend(n):
		return DayWeekend
	default:
		return DayHoliday
	}
}
