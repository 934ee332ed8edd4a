package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"balai/internal/spine/clock"
)

var months = map[Lang][12]string{
	Malay:   {"Januari", "Februari", "Mac", "April", "Mei", "Jun", "Julai", "Ogos", "September", "Oktober", "November", "Disember"},
	English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

var weekdays = map[Lang][7]string{
	Malay:   {"Ahad", "Isnin", "Selasa", "Rabu", "Khamis", "Jumaat", "Sabtu"},
	English: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
}

// Date is "23 November 2026" in Malaysia's civil time.
func (p Printer) Date(t time.Time) string {
	t = t.In(clock.Zone)
	return fmt.Sprintf("%d %s %d", t.Day(), months[p.lang][t.Month()-1], t.Year())
}

// Weekday is the name of t's day of the week.
func (p Printer) Weekday(t time.Time) string {
	return weekdays[p.lang][t.In(clock.Zone).Weekday()]
}

// Month is the name of t's month with the year.
func (p Printer) Month(t time.Time) string {
	t = t.In(clock.Zone)
	return fmt.Sprintf("%s %d", months[p.lang][t.Month()-1], t.Year())
}

// Time is "3.04 petang" in Malay and "3:04pm" in English.
func (p Printer) Time(t time.Time) string {
	t = t.In(clock.Zone)
	h := t.Hour() % 12
	if h == 0 {
		h = 12
	}
	if p.lang == English {
		return fmt.Sprintf("%d:%02d%s", h, t.Minute(), t.Format("pm"))
	}
	return fmt.Sprintf("%d.%02d %s", h, t.Minute(), partOfDay(t.Hour()))
}

// partOfDay follows Malay usage: pagi until noon, tengah hari until two,
// petang until seven, malam after it.
func partOfDay(hour int) string {
	switch {
	case hour < 12:
		return "pagi"
	case hour < 14:
		return "tengah hari"
	case hour < 19:
		return "petang"
	default:
		return "malam"
	}
}

// DateTime is "Isnin, 23 November 2026, 3.04 petang" or
// "Monday 23 November 2026, 3:04pm".
func (p Printer) DateTime(t time.Time) string {
	sep := " "
	if p.lang == Malay {
		sep = ", "
	}
	return p.Weekday(t) + sep + p.Date(t) + ", " + p.Time(t)
}

// Day is the civil date day (2006-01-02) in words; what is no date is
// returned as it came.
func (p Printer) Day(day string) string {
	t, err := clock.ParseDay(day)
	if err != nil {
		return day
	}
	return p.Date(t)
}

// Number groups thousands by commas, as both languages do in Malaysia.
func (p Printer) Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Ringgit is an amount of sen as "RM1,234.50".
func (p Printer) Ringgit(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%sRM%s.%02d", sign, p.Number(cents/100), cents%100)
}

// Phone is a Malaysian number as people write it, "013-004 2277": the area or
// network, then what is dialled there in two groups. Another stays as it is.
func Phone(number string) string {
	for _, r := range number {
		if r < '0' || r > '9' {
			return number
		}
	}
	area := 2 // "03-8000 8000"
	if strings.HasPrefix(number, "01") || strings.HasPrefix(number, "08") {
		area = 3 // "013-004 2277", "088-123 456"
	}
	if rest := len(number) - area; !strings.HasPrefix(number, "0") || rest < 6 || rest > 8 {
		return number
	}
	head := area + 3
	if len(number)-area == 8 {
		head++
	}
	return number[:area] + "-" + number[area:head] + " " + number[head:]
}
