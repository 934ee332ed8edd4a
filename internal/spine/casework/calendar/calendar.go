package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
)

// Office hours in clock.Zone, the same in every state. What arrives after
// CloseHour counts as of the next day; a deadline ends at CloseHour.
const (
	OpenHour  = 8
	CloseHour = 17
)

// FirstYear and LastYear bound what the published holidays cover. A day
// outside is an error, never a guess.
const (
	FirstYear = 1952
	LastYear  = 2050
)

const daySeconds = 24 * 60 * 60

var (
	firstDay = number(FirstYear, time.January, 1)
	lastDay  = number(LastYear, time.December, 31)
)

// number is the civil date as days since 1970-01-01.
func number(y int, m time.Month, d int) int {
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

func dayText(n int) string {
	return time.Unix(int64(n)*daySeconds, 0).UTC().Format(time.DateOnly)
}

func parseDay(day string) (int, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0, fault.New(fault.Invalid, "calendar.fault.day", "day", day).Wrap(err)
	}
	n := number(t.Date())
	if n < firstDay || n > lastDay {
		return 0, outside()
	}
	return n, nil
}

func outside() *fault.Error {
	return fault.New(fault.Invalid, "calendar.fault.outside", "first", fmt.Sprint(FirstYear), "last", fmt.Sprint(LastYear))
}

// weekday of a day number; 1970-01-01 was a Thursday.
func weekday(n int) time.Weekday { return time.Weekday(((n+4)%7 + 7) % 7) }

// Name is one reason for a holiday. Estimated: it follows the moon and its
// date was computed, not gazetted. Observed: the day off in place of a
// holiday that fell on a weekend or on another holiday.
type Name struct {
	Text      locale.Text
	Estimated bool
	Observed  bool
}

// Holiday is one public holiday of a state.
type Holiday struct {
	Day   string // 2026-11-08
	Names []Name
}

// Estimated says that the day is a holiday only if an estimate holds: each
// of its names is estimated.
func (h Holiday) Estimated() bool {
	for _, n := range h.Names {
		if !n.Estimated {
			return false
		}
	}
	return true
}

// Text joins the names in each language.
func (h Holiday) Text() locale.Text {
	var t locale.Text
	for i, n := range h.Names {
		if i > 0 {
			t.MS += "; "
			t.EN += "; "
		}
		t.MS += n.Text.MS
		t.EN += n.Text.EN
	}
	return t
}

// Calendar is the working days of one state, 1952 to 2050.
type Calendar struct {
	state    string
	weekends []Weekend
	holidays map[int]Holiday
	// worked[i] is the number of working days in [firstDay, firstDay+i), so
	// that a count is one subtraction and a due date one binary search.
	worked []int32
	digest string
}

// Weekend is the rule of one period; From and To are days, "" is open.
type Weekend struct {
	From, To string
	Days     [2]time.Weekday
}

// weekendsOf is the weekly rest of a state. Kedah, Kelantan and Terengganu
// rest on Friday and Saturday; Johor did from 2014 to 2024.
func weekendsOf(state string) []Weekend {
	fri := [2]time.Weekday{time.Friday, time.Saturday}
	sat := [2]time.Weekday{time.Saturday, time.Sunday}
	switch state {
	case "MY-02", "MY-03", "MY-11":
		return []Weekend{{Days: fri}}
	case "MY-01":
		return []Weekend{
			{To: "2013-12-31", Days: sat},
			{From: "2014-01-01", To: "2024-12-31", Days: fri},
			{From: "2025-01-01", Days: sat},
		}
	default:
		return []Weekend{{Days: sat}}
	}
}

func build(state string, holidays map[int]Holiday) (*Calendar, error) {
	c := &Calendar{state: state, weekends: weekendsOf(state), holidays: holidays}
	type period struct {
		from, to int
		days     [2]time.Weekday
	}
	var periods []period
	for _, w := range c.weekends {
		p := period{firstDay, lastDay, w.Days}
		var err error
		if w.From != "" {
			if p.from, err = parseDay(w.From); err != nil {
				return nil, err
			}
		}
		if w.To != "" {
			if p.to, err = parseDay(w.To); err != nil {
				return nil, err
			}
		}
		periods = append(periods, p)
	}
	c.worked = make([]int32, lastDay-firstDay+2)
	open := make([]byte, lastDay-firstDay+1)
	for _, p := range periods {
		for n := p.from; n <= p.to; n++ {
			i := n - firstDay
			c.worked[i+1] = c.worked[i]
			if _, off := holidays[n]; off {
				continue
			}
			if d := weekday(n); d == p.days[0] || d == p.days[1] {
				continue
			}
			c.worked[i+1]++
			open[i] = 1
		}
	}
	sum := sha256.Sum256(append([]byte("balai calendar v1\n"+state+"\n"), open...))
	c.digest = hex.EncodeToString(sum[:8])
	return c, nil
}

// State is the ISO 3166-2:MY code, such as MY-03.
func (c *Calendar) State() string { return c.state }

// Digest names the set of working days: two calendars with the same digest
// give the same due dates. It is the first 16 hex digits of the SHA-256 of
// "balai calendar v1", the state, and one byte a day from 1952-01-01 on, 1
// where offices open.
func (c *Calendar) Digest() string { return c.digest }

// Weekends are the periods of the weekly rest, oldest first.
func (c *Calendar) Weekends() []Weekend { return append([]Weekend(nil), c.weekends...) }

// Working says whether offices open on the civil date day. A day that is no
// date or outside 1952 to 2050 is not a working day; Check tells why.
func (c *Calendar) Working(day string) bool {
	n, err := parseDay(day)
	return err == nil && c.working(n)
}

// Check is nil for a day that the calendar covers.
func (c *Calendar) Check(day string) error {
	_, err := parseDay(day)
	return err
}

func (c *Calendar) working(n int) bool { return c.count(n, n+1) == 1 }

// count is the number of working days in [from, to); both are clipped to the
// days that the calendar covers.
func (c *Calendar) count(from, to int) int {
	from, to = clip(from), clip(to)
	if to <= from {
		return 0
	}
	return int(c.worked[to-firstDay] - c.worked[from-firstDay])
}

func clip(n int) int { return min(max(n, firstDay), lastDay+1) }

// nth is the n-th working day at or after from, n from 1; false when the
// calendar ends before it.
func (c *Calendar) nth(from, n int) (int, bool) {
	want := c.worked[clip(from)-firstDay] + int32(n)
	i := sort.Search(len(c.worked), func(i int) bool { return c.worked[i] >= want })
	if i == len(c.worked) {
		return 0, false
	}
	return firstDay + i - 1, true
}

// Holiday is the public holiday on day, by name; estimated when nothing but
// an estimate makes it one.
func (c *Calendar) Holiday(day string) (name locale.Text, estimated, ok bool) {
	n, err := parseDay(day)
	if err != nil {
		return locale.Text{}, false, false
	}
	h, ok := c.holidays[n]
	if !ok {
		return locale.Text{}, false, false
	}
	return h.Text(), h.Estimated(), true
}

// Weekend says whether day is one of the weekly days of rest.
func (c *Calendar) Weekend(day string) bool {
	n, err := parseDay(day)
	return err == nil && c.weekend(n)
}

func (c *Calendar) weekend(n int) bool {
	day := dayText(n)
	for _, w := range c.weekends {
		if (w.From == "" || day >= w.From) && (w.To == "" || day <= w.To) {
			return weekday(n) == w.Days[0] || weekday(n) == w.Days[1]
		}
	}
	return false
}

// Holidays of one year in order.
func (c *Calendar) Holidays(year int) ([]Holiday, error) {
	if year < FirstYear || year > LastYear {
		return nil, outside()
	}
	var out []Holiday
	for n := number(year, time.January, 1); n <= number(year, time.December, 31); n++ {
		if h, ok := c.holidays[n]; ok {
			out = append(out, h)
		}
	}
	return out, nil
}

// effective is the day as of which an event counts: its civil date in
// clock.Zone, or the next one when it came after office hours.
func effective(t time.Time) int {
	t = t.In(clock.Zone)
	n := number(t.Date())
	closes := time.Date(t.Year(), t.Month(), t.Day(), CloseHour, 0, 0, 0, clock.Zone)
	if t.After(closes) {
		n++
	}
	return n
}

// AsOf is the day, counted from 1970-01-01, as of which something at a moment in
// unix microseconds counts: the next one after office hours.
func AsOf(at int64) int { return effective(clock.FromMicro(at)) }

// Noon is a moment that counts as of that day.
func Noon(day int) int64 {
	return clock.Micro(closing(day).Add((12 - CloseHour) * time.Hour))
}

// closing is the end of office hours on day n.
func closing(n int) time.Time {
	y, m, d := time.Unix(int64(n)*daySeconds, 0).UTC().Date()
	return time.Date(y, m, d, CloseHour, 0, 0, 0, clock.Zone)
}
