package statement

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// daysAtOnce is how many days of an account are read in one go; the rest follows.
const daysAtOnce = 31

// restAfter is for how many times as long as the reading of a day so far took that
// account is then left alone: a busy day is long, and is read whole each time.
const restAfter = 20

// Wire makes the room read the bank's statements by itself, and send back what they
// show was paid to the wrong agency.
func (s *Part) Wire() {
	every := time.Hour
	if s.often {
		every = time.Minute
	}
	s.outbox.Every("statement.fetch", every, s.Fetch)
	s.outbox.Every("statement.astray", time.Minute, s.SendAstray)
}

// Fetch reads, from each bank that gives them, the statements of the days that
// are over and not read yet and, where it is to look often, the day so far of the
// agencies whose money is in clearing or may be on its way by a transfer. What fails
// is logged and tried again.
func (s *Part) Fetch(ctx context.Context) error {
	var list []payment.Collector
	if err := s.db.Read(ctx, func(tx *db.Tx) (err error) { list, err = s.pay.CollectorsTx(tx); return err }); err != nil {
		return err
	}
	for _, c := range list {
		for _, live := range []bool{true, false} {
			from, ok := s.pay.Banker(live).(Source)
			if !ok {
				continue
			}
			if err := s.fetchOne(ctx, c, live, from); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				s.log.Warn("a bank's statement could not be read", "agency", c.Agency, "error", err)
			}
		}
	}
	return nil
}

func (s *Part) fetchOne(ctx context.Context, c payment.Collector, live bool, from Source) error {
	today := clock.Day(s.clock.Now())
	last := ""
	busy := false
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		if last, err = lastClosed(tx, c.Agency, live, c.Account); err != nil {
			return err
		}
		if busy, err = s.pay.AwaitsStatementTx(tx, c.Agency, live); err != nil {
			return err
		}
		sums, err := s.pay.UnprintedSumsTx(tx, c.Agency, live)
		for _, sum := range sums {
			busy = busy || sum != 0
		}
		return err
	})
	if err != nil {
		return err
	}
	for n, day := 0, dayAfter(last, c.MadeAt); day < today && n < daysAtOnce; n, day = n+1, dayAfter(day, 0) {
		if err := s.fetchDay(ctx, c, live, from, day, true); err != nil {
			return err
		}
	}
	if s.often && busy {
		return s.fetchSoFar(ctx, c, live, from, today)
	}
	return nil
}

// fetchSoFar reads the day so far, unless it was read but lately for its length.
func (s *Part) fetchSoFar(ctx context.Context, c payment.Collector, live bool, from Source, today string) error {
	began, account := s.clock.Now(), fmt.Sprint(c.Account, live)
	if until, ok := s.rests.Load(account); ok && began.Before(until.(time.Time)) {
		return nil
	}
	err := s.fetchDay(ctx, c, live, from, today, false)
	end := s.clock.Now()
	s.rests.Store(account, end.Add(restAfter*end.Sub(began)))
	return err
}

// dayAfter is the day after one or, where there is none, the day of a moment.
func dayAfter(day string, at int64) string {
	if t, err := clock.ParseDay(day); err == nil {
		return clock.Day(t.AddDate(0, 0, 1))
	}
	return clock.Day(clock.FromMicro(at))
}

func (s *Part) fetchDay(ctx context.Context, c payment.Collector, live bool, from Source, day string, over bool) error {
	body, err := from.Statement(ctx, c.Account, day, over)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = s.Import(ctx, c, live, From{Source: "bank"}, body)
	return err
}
