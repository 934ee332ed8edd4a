// Package meter keeps limits over all processes: so many in a rolling minute,
// so many on a day.
//
// Each process takes lots out of the database and uses them up in memory: a
// count for each request would make every request wait for every other. What a
// process has taken and not used is lost to the others, never gained, so a
// limit may be met a lot early and is never passed.
package meter

import (
	"context"
	"embed"
	"sync"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
)

//go:embed migration
var migrations embed.FS

// Migration makes the tables meter_*.
func Migration() db.Migration { return db.Migration{Part: "meter", FS: migrations} }

const (
	// Window is what a limit by the minute rolls over.
	Window = time.Minute
	// Fresh is how long a lot may be used. Lots count for the window and this
	// much more, so that no minute sees more than the limit, whenever within
	// that time each was used.
	Fresh = 5 * time.Second
	// refused is how long a limit that is used up is not asked for again, so that
	// a caller who does not stop costs no write for each request.
	refused = time.Second
	// keepDays is how long a day's count is kept.
	keepDays = 7
	// mostHeld bounds the names that a process has lots of: some are made of what
	// strangers send, such as their address. What is held is then given up, as
	// with a process that ends.
	mostHeld = 10_000
)

// Meter counts for one process, beside those of the others.
type Meter struct {
	db    *db.DB
	clock clock.Clock
	ids   *id.Source

	mu   sync.Mutex
	held map[string]*allowance
}

// allowance is what this process may still use of one limit.
type allowance struct {
	mu    sync.Mutex // held while a lot is fetched, so that fifty callers fetch one
	n     int64
	until time.Time // n may be used before
	none  time.Time // nothing is asked for before
}

// New makes a meter on d.
func New(d *db.DB, c clock.Clock, ids *id.Source) *Meter {
	return &Meter{db: d, clock: c, ids: ids, held: map[string]*allowance{}}
}

func (m *Meter) of(name string) *allowance {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.held[name]
	if a == nil {
		if len(m.held) >= mostHeld {
			clear(m.held)
		}
		a = &allowance{}
		m.held[name] = a
	}
	return a
}

// lot is how much is taken at a time: a sixtieth of the limit.
func lot(limit int64) int64 { return max(1, limit/60) }

// use takes one of a limit; fetch brings more of it and says until when.
func (a *allowance) use(now time.Time, fetch func() (int64, time.Time, error)) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n == 0 && now.Before(a.none) {
		return false, nil
	}
	if a.n == 0 || !now.Before(a.until) {
		n, until, err := fetch()
		if err != nil {
			return false, err
		}
		a.n, a.until = n, until
	}
	if a.n == 0 {
		a.none = now.Add(refused)
		return false, nil
	}
	a.n--
	return true, nil
}

// Minute takes one of what name may use in a rolling minute; false where
// nothing is left.
func (m *Meter) Minute(ctx context.Context, name string, limit int64) (bool, error) {
	now := m.clock.Now()
	return m.of("minute "+name).use(now, func() (n int64, until time.Time, err error) {
		err = m.db.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Lock("meter " + name); err != nil {
				return err
			}
			if err := dropLots(tx, name, clock.Micro(now.Add(-Window-Fresh)), clock.Micro(now.Add(Window))); err != nil {
				return err
			}
			taken, err := lots(tx, name)
			if err != nil {
				return err
			}
			if n = max(0, min(lot(limit), limit-taken)); n == 0 {
				return nil
			}
			return insertLot(tx, m.ids.New(), name, clock.Micro(now), n)
		})
		return n, now.Add(Fresh), err
	})
}

// Day takes one of what name may use today; false where nothing is left.
func (m *Meter) Day(ctx context.Context, name string, limit int64) (bool, error) {
	now := m.clock.Now()
	day := clock.Day(now)
	return m.of("day "+name).use(now, func() (n int64, until time.Time, err error) {
		start, err := clock.ParseDay(day)
		if err != nil {
			return 0, until, err
		}
		err = m.db.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Lock("meter " + name); err != nil {
				return err
			}
			taken, err := taken(tx, name, day)
			if err != nil {
				return err
			}
			if n = max(0, min(lot(limit), limit-taken)); n == 0 {
				return nil
			}
			if err := dropDays(tx, name, clock.Day(now.AddDate(0, 0, -keepDays))); err != nil {
				return err
			}
			return take(tx, name, day, n)
		})
		return n, start.AddDate(0, 0, 1), err
	})
}

// GiveBack is for what Day gave and was not used after all.
func (m *Meter) GiveBack(name string) {
	a := m.of("day " + name)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
}
