package calendar

import (
	"sort"
	"time"

	"balai/internal/spine/clock"
)

// Left is the working time from now until a moment, in working days that have
// not ended yet: 1 is the rest of today or the next working day. It is 0 or
// less once the moment has passed. With one calendar it never falls as the
// moment grows, so that what is due first has the least left; over two
// calendars only it, not the date, tells what is more urgent.
func (c *Calendar) Left(now, until time.Time) int {
	today, day := effective(now), number(until.In(clock.Zone).Date())
	if day < today {
		return -c.count(day+1, today)
	}
	return c.count(today, day+1)
}

// Reach is the first moment for which Left is n or more.
func (c *Calendar) Reach(now time.Time, n int) time.Time {
	i := sort.Search(lastDay-firstDay, func(i int) bool { return c.Left(now, closing(firstDay+i)) >= n })
	y, m, d := closing(firstDay + i).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, clock.Zone)
}
