package calendar

import (
	"sort"
	"time"

	"balai/internal/spine/clock"
)

// Working days are numbered on from the one that is the first of the year
// below. A holiday that is gazetted for a day to come gives the days after it
// other numbers and moves none that was given before: what is due on the
// working day of a number is due a day later, and nothing has to be written.
const numberedFrom = 2020

// firstNumber keeps numbers above nought, those of days before the year too.
const firstNumber = 1 << 20

// Number is that of the first working day whose office hours end at a moment,
// in unix microseconds, or after it.
func (c *Calendar) Number(at int64) int64 {
	return firstNumber + int64(c.before(effective(clock.FromMicro(at)))-c.before(number(numberedFrom, time.January, 1)))
}

// Ending is the end of office hours, in unix microseconds, of the working day
// of a number; false where the calendar does not have it.
func (c *Calendar) Ending(n int64) (at int64, ok bool) {
	want := n - firstNumber + int64(c.before(number(numberedFrom, time.January, 1))) + 1
	if want < 1 || want > int64(c.worked[len(c.worked)-1]) {
		return 0, false
	}
	i := sort.Search(len(c.worked), func(i int) bool { return int64(c.worked[i]) >= want })
	return clock.Micro(closing(firstDay + i - 1)), true
}

// before is how many working days the calendar has before a day.
func (c *Calendar) before(n int) int32 { return c.worked[clip(n)-firstDay] }
