package ui

import (
	"context"
	"slices"
	"strconv"
	"time"
)

func parseDay(day string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, day)
	return t, err == nil
}

// shortWeekday is one or two letters of the weekday, as on a wall calendar.
func shortWeekday(ctx context.Context, day string) string {
	t, ok := parseDay(day)
	if !ok {
		return ""
	}
	return word(ctx, "weekday."+strconv.Itoa(int(t.Weekday())))
}

func dayOfMonth(day string) string {
	t, ok := parseDay(day)
	if !ok {
		return day
	}
	return strconv.Itoa(t.Day())
}

// dayWords says what a day was to the clock, for those who do not see it. Once
// the clock is over, nothing will be counted any more.
func dayWords(ctx context.Context, d Day, over bool) string {
	if over && d.Kind == "future" {
		d.Kind = "after"
	}
	say := word(ctx, "deadline.day."+d.Kind, "n", d.N, "name", d.Name)
	if d.Today {
		say += "; " + word(ctx, "deadline.today")
	}
	if d.Due {
		say += "; " + word(ctx, "deadline.due_day")
	}
	return say
}

// legend lists the kinds that occur, in the order of a case's life.
func legend(days []Day) []string {
	var kinds []string
	for _, k := range []string{"event", "counted", "future", "paused", "weekend", "holiday", "late"} {
		if slices.ContainsFunc(days, func(d Day) bool { return d.Kind == k }) {
			kinds = append(kinds, k)
		}
	}
	if slices.ContainsFunc(days, func(d Day) bool { return d.Due }) {
		kinds = append(kinds, "last")
	}
	return kinds
}

// A deadline's segments share a width of 300 with a gap of 4 between them.
const segmentsWidth, segmentGap = 300.0, 4.0

func segmentWidth(budget int) string {
	n := float64(max(budget, 1))
	return strconv.FormatFloat((segmentsWidth-segmentGap*(n-1))/n, 'f', 2, 64)
}

func segment(i, budget int) string {
	return strconv.FormatFloat(float64(i)*(segmentsWidth+segmentGap)/float64(max(budget, 1)), 'f', 2, 64)
}
