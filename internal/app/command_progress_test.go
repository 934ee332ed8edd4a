package app

import (
	"bytes"
	"testing"
	"time"

	"balai/internal/spine/clock"
)

// Where a copy's progress goes into a file or a pipe, each part of the work has
// a line as it begins, and then one every few seconds.
func TestGaugeInALog(t *testing.T) {
	var out bytes.Buffer
	now := clock.NewManual(morning)
	g := newGauge(Std{Err: &out}, now)
	step := func(what string, done, all int64, took time.Duration) { g.show(what, done, all); now.Advance(took) }
	for n := range int64(100) { // ten seconds
		step("tables", n, 100, 100*time.Millisecond)
	}
	step("comparing a", 0, 2, time.Second) // a name that changes is no line of its own
	step("comparing b", 1, 2, time.Second)
	step("files", 0, 7, 0)
	g.end()
	const want = `tables: 0 of 100
tables: 50 of 100, about 5s left
comparing a: 0 of 2
files: 0 of 7
this took 12.0 s
`
	if out.String() != want {
		t.Errorf("%s, want\n%s", out.String(), want)
	}
}
