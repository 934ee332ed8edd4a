package backoffice

import (
	"context"
	"time"

	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/meter"
)

// Limits is how much agencies' systems may ask for: requests of one key in a
// rolling minute, and what one agency tells people on a day, since each is a
// mail, a text or a letter at the hall's cost.
type Limits struct{ Minute, Day int64 }

// UsualLimits let a large agency work, and bound what a stolen key does.
var UsualLimits = Limits{Minute: 1200, Day: 50_000}

func meterName(id string) string { return "office " + id }

// countRequest counts a request of a key.
func (b *BackOffice) countRequest(ctx context.Context, k Key) error {
	ok, err := b.Meter.Minute(ctx, meterName(k.ID), b.Limits.Minute)
	if err != nil || ok {
		return err
	}
	return fault.TooMuch(meter.Window, "backoffice.error.too_many_requests", "most", b.Limits.Minute)
}

// countTold counts one thing that an agency tells somebody.
func (b *BackOffice) countTold(ctx context.Context, agency string) error {
	ok, err := b.Meter.Day(ctx, meterName(agency), b.Limits.Day)
	if err != nil || ok {
		return err
	}
	now := b.Clock.Now()
	day, err := clock.ParseDay(clock.Day(now))
	if err != nil {
		return err
	}
	return fault.TooMuch(day.AddDate(0, 0, 1).Sub(now).Round(time.Second), "backoffice.error.too_many_told", "most", b.Limits.Day)
}

// holdTold counts n of them; back gives back those that came to nothing.
func (b *BackOffice) holdTold(ctx context.Context, agency string, n int) (back func(n int), err error) {
	back = func(n int) {
		for range n {
			b.Meter.GiveBack(meterName(agency))
		}
	}
	for held := range n {
		if err := b.countTold(ctx, agency); err != nil {
			back(held)
			return nil, err
		}
	}
	return back, nil
}

// tells are the changes of which the person is told.
func tells(change string) bool { return change == created || change == updated }

// telling is once for an act that tells the person, which counts where it did.
// Over the limit, a request that was answered before gets its answer again.
func telling[T any](ctx context.Context, b *BackOffice, change func(T) string, fn func(tx *db.Tx, by actor.Actor) (int, T, error)) (int, T, error) {
	agency := callOf(ctx).By.Agency
	over := b.countTold(ctx, agency)
	did := false
	status, out, err := once(ctx, b, func(tx *db.Tx, by actor.Actor) (int, T, error) {
		if over != nil {
			var none T
			return 0, none, over
		}
		did = true
		return fn(tx, by)
	})
	if over == nil && (err != nil || !did || !tells(change(out))) {
		b.Meter.GiveBack(meterName(agency))
	}
	return status, out, err
}
