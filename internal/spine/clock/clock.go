// Package clock is the only door to the time of day. Everything else is
// handed a Clock, so that a past case can be replayed and a test can wait
// without sleeping.
package clock

import (
	"sync"
	"time"
	_ "time/tzdata" // the binary needs nothing from the machine
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

// Zone is the civil time of Malaysia, in which days begin and offices open.
var Zone = mustZone("Asia/Kuala_Lumpur")

func mustZone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic("clock: embedded zone data is broken: " + err.Error())
	}
	return z
}

type system struct{}

func (system) Now() time.Time { return time.Now() }

// System is the machine's clock.
func System() Clock { return system{} }

type offset struct {
	clock Clock
	by    time.Duration
}

func (o offset) Now() time.Time { return o.clock.Now().Add(o.by) }

// Offset is c moved by d; the demo's --today uses it, so that time goes on.
func Offset(c Clock, d time.Duration) Clock { return offset{c, d} }

// Manual stands still until it is told otherwise.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t} }

func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t, in either direction.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = t
}

// Advance moves the clock by d.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// Day is the civil date of t in Zone, as 2006-01-02.
func Day(t time.Time) string { return t.In(Zone).Format(time.DateOnly) }

// ParseDay is the start of a civil date in Zone.
func ParseDay(day string) (time.Time, error) {
	return time.ParseInLocation(time.DateOnly, day, Zone)
}

// Micro is t as the database keeps it: microseconds since 1970, UTC.
func Micro(t time.Time) int64 { return t.UnixMicro() }

// FromMicro is Micro's inverse; zero stays the zero time.
func FromMicro(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
