package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	holidays "balai/demo/calendar"
	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/casework/calendar"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// quiet is a service that does nothing of its own, so that only the engine is measured.
type quiet struct{}

func (quiet) Approved(*db.Tx, casework.Case, casework.Act) error  { return nil }
func (quiet) Refused(*db.Tx, casework.Case, casework.Act) error   { return nil }
func (quiet) Revoked(*db.Tx, casework.Case, casework.Act) error   { return nil }
func (quiet) Withdrawn(*db.Tx, casework.Case, casework.Act) error { return nil }
func (quiet) Replied(*db.Tx, casework.Case, casework.Act) error   { return nil }
func (quiet) Corrected(*db.Tx, casework.Case, casework.Act) error { return nil }

func quietLog() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// submissions opens cases that are decided at once, from so many callers, at full fsync, with the journal's sequencer
// running beside them: each is one case, two acts, two leaves, a deadline and its events in one commit. dir holds the key.
func submissions(ctx context.Context, dir, dsn string, callers int, d time.Duration) (result, error) {
	log := quietLog()
	database, err := db.Open(ctx, dsn, log)
	if err != nil {
		return result{}, err
	}
	defer database.Close()
	if err := database.Migrate(ctx, outbox.Migration(), journal.Migration(), casework.Migration()); err != nil {
		return result{}, err
	}
	clk := clock.System()
	ids := id.NewSource(clk, nil)
	key, _, err := journal.LoadKey(filepath.Join(dir, "key"), "bench.example/journal")
	if err != nil {
		return result{}, err
	}
	j, err := journal.New(database, clk, ids, "bench.example/journal", key)
	if err != nil {
		return result{}, err
	}
	calendars, err := calendar.Load(holidays.Files)
	if err != nil {
		return result{}, err
	}
	box := outbox.New(database, clk, ids, log)
	engine, err := casework.New(database, clk, ids, j, box, calendars)
	if err != nil {
		return result{}, err
	}
	engine.Handle("bench/", quiet{})

	ctx, stop := context.WithCancel(ctx)
	sequencer := make(chan error, 1)
	go func() { sequencer <- j.Run(ctx) }()
	r := race(callers, d, func(caller int) error { return opened(ctx, database, engine, caller) })
	stop()
	<-sequencer
	return r, nil
}

// opened opens one case.
func opened(ctx context.Context, database *db.DB, engine *casework.Engine, caller int) error {
	text := locale.Text{MS: "Permohonan", EN: "Application"}
	who := actor.Actor{Person: fmt.Sprintf("bench-%d", caller), Name: "Bench"}
	return database.Write(ctx, func(tx *db.Tx) error {
		_, err := engine.OpenTx(tx, casework.Opening{
			Kind: "bench/submission", Release: "1", Title: text, Applicant: who.Person, By: who,
			Agency: "jpn", Unit: "jpn-kelantan", Calendar: "MY-03",
			Plan:      []casework.Step{{Name: casework.StepDecide, Role: "jpn/assistant-registrar", WithinDays: 1}},
			Automatic: &casework.Decision{Approve: true, Reasons: text, Trace: []byte(`[]`)},
			Data:      map[string]any{"answers": map[string]any{"child_name": "Nur Iman binti Ahmad"}},
		})
		return err
	})
}

// race lets callers write until the time is over.
func race(callers int, d time.Duration, write func(caller int) error) result {
	var n, failures atomic.Int64
	var first atomic.Pointer[error]
	waits := make([][]time.Duration, callers)
	var wg sync.WaitGroup
	began := time.Now()
	for i := range waits {
		wg.Go(func() {
			for time.Since(began) < d {
				from := time.Now()
				if err := write(i); err != nil {
					failures.Add(1)
					first.CompareAndSwap(nil, &err)
				}
				n.Add(1)
				waits[i] = append(waits[i], time.Since(from))
			}
		})
	}
	wg.Wait()
	r := result{n: int(n.Load()), took: time.Since(began), failures: int(failures.Load())}
	for _, w := range waits {
		r.waits = append(r.waits, w...)
	}
	r.sort()
	if e := first.Load(); e != nil {
		r.first = (*e).Error()
	}
	return r
}
