package calendar_test

import (
	"testing"

	country "balai/demo/calendar"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
)

// BenchmarkLoad is what the sixteen calendars add to a cold start.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := calendar.Load(country.Files); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDue is one due date over a ledger with one pause.
func BenchmarkDue(b *testing.B) {
	d := calendar.Deadline{Budget: 10, Calendar: state(b, load(b), "MY-03"), Spans: []calendar.Span{
		{Start: at(b, "2026-11-22T10:00:00"), End: at(b, "2026-11-24T09:00:00")}, {Start: at(b, "2026-11-30T09:00:00")}}}
	for b.Loop() {
		if due, ok := d.Due(); !ok || clock.Day(due) != "2026-12-13" {
			b.Fatal(due)
		}
	}
}
