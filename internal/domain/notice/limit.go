package notice

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
)

// Limits is how much a service may ask for: requests in a rolling minute for
// each kind of key, and messages on a day, which test keys do not use up.
type Limits struct{ Minute, Day int64 }

// NotifyLimits are Notify's own.
var NotifyLimits = Limits{Minute: 3000, Day: 250_000}

const (
	window = time.Minute
	// fresh is how long a lot may be used. Lots count for the window and this
	// much more, so that no minute sees more than the limit, whenever within
	// that time each was used.
	fresh = 5 * time.Second
)

// meter keeps the limits over all processes. Each takes lots out of the
// database and uses them up in memory: a count for each request would make
// every request wait for every other. What a process has taken and not used
// is lost to the others, never gained.
type meter struct {
	db     *db.DB
	clock  clock.Clock
	ids    *id.Source
	limits Limits

	mu   sync.Mutex
	held map[string]*allowance
}

// allowance is what this process may still use of one limit.
type allowance struct {
	mu    sync.Mutex // held while a lot is fetched, so that fifty callers fetch one
	n     int64
	until time.Time
}

func newMeter(d *db.DB, c clock.Clock, ids *id.Source, l Limits) *meter {
	return &meter{db: d, clock: c, ids: ids, limits: l, held: map[string]*allowance{}}
}

func (m *meter) of(name string) *allowance {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.held[name]
	if a == nil {
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
	if a.n == 0 || !now.Before(a.until) {
		n, until, err := fetch()
		if err != nil {
			return false, err
		}
		a.n, a.until = n, until
	}
	if a.n == 0 {
		return false, nil
	}
	a.n--
	return true, nil
}

// request counts a request; the answer is a problem where there were too many.
func (m *meter) request(ctx context.Context, c caller) (*problem, error) {
	now := m.clock.Now()
	ok, err := m.of("minute "+c.ID+" "+string(c.Key.Kind)).use(now, func() (n int64, until time.Time, err error) {
		err = m.db.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Lock("notice.limit " + c.ID); err != nil {
				return err
			}
			since := clock.Micro(now.Add(-window - fresh))
			if err := dropLots(tx, c.ID, string(c.Key.Kind), since); err != nil {
				return err
			}
			taken, err := lots(tx, c.ID, string(c.Key.Kind))
			if err != nil {
				return err
			}
			n = min(lot(m.limits.Minute), m.limits.Minute-taken)
			if n <= 0 {
				n = 0
				return nil
			}
			return insertLot(tx, m.ids.New(), c.ID, string(c.Key.Kind), clock.Micro(now), n)
		})
		return n, now.Add(fresh), err
	})
	if err != nil || ok {
		return nil, err
	}
	name := string(c.Key.Kind)
	if c.Key.Kind == Normal {
		name = "live"
	}
	return tooMany("RateLimitError", fmt.Sprintf("Exceeded rate limit for key type %s of %d requests per 60 seconds", strings.ToUpper(name), m.limits.Minute)), nil
}

// message counts a message of today.
func (m *meter) message(ctx context.Context, c caller) (*problem, error) {
	if c.Key.Kind == Test {
		return nil, nil
	}
	now := m.clock.Now()
	day := clock.Day(now)
	ok, err := m.of("day "+c.ID).use(now, func() (n int64, until time.Time, err error) {
		start, err := clock.ParseDay(day)
		if err != nil {
			return 0, until, err
		}
		err = m.db.Write(ctx, func(tx *db.Tx) error {
			if err := tx.Lock("notice.limit " + c.ID); err != nil {
				return err
			}
			taken, err := taken(tx, c.ID, day)
			if err != nil {
				return err
			}
			n = max(0, min(lot(m.limits.Day), m.limits.Day-taken))
			if n == 0 {
				return nil
			}
			return take(tx, c.ID, day, n)
		})
		return n, start.AddDate(0, 0, 1), err
	})
	if err != nil || ok {
		return nil, err
	}
	return tooMany("TooManyRequestsError", fmt.Sprintf("Exceeded send limits (%d) for today", m.limits.Day)), nil
}

// unused gives back a message that was counted and not accepted.
func (m *meter) unused(c caller) {
	if c.Key.Kind == Test {
		return
	}
	a := m.of("day " + c.ID)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
}

func tooMany(kind, message string) *problem {
	return &problem{http.StatusTooManyRequests, []wireError{{kind, message}}}
}
