package outbox

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/id"
)

// BenchmarkJobs is jobs per second from Enqueue to DoneTx while eight callers
// enqueue, each job with a write of its own.
func BenchmarkJobs(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			d := dbtest.Open(b, engine, Migration(), effect)
			o := New(d, clock.System(), id.NewSource(clock.System(), nil), nil)
			var ran atomic.Int64
			all := make(chan struct{})
			o.Handle("k", func(ctx context.Context, j Job) error {
				return d.Write(ctx, func(tx *db.Tx) error {
					tx.OnCommit(func() {
						if ran.Add(1) == int64(b.N) {
							close(all)
						}
					})
					if _, err := tx.Exec("insert into effect_effect (job, n) values ($1, 1)", j.ID); err != nil {
						return err
					}
					return o.DoneTx(tx, j)
				})
			})
			ctx, stop := context.WithCancel(context.Background())
			ended := make(chan error)
			go func() { ended <- o.Run(ctx) }()
			b.ResetTimer()
			var next atomic.Int64
			var group sync.WaitGroup
			for range 8 {
				group.Go(func() {
					for next.Add(1) <= int64(b.N) {
						if err := d.Write(ctx, func(tx *db.Tx) error { return o.Enqueue(tx, "k", 1) }); err != nil {
							b.Error(err)
						}
					}
				})
			}
			group.Wait()
			<-all
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
			b.ReportMetric(float64(d.Stats().Reruns)/float64(b.N), "reruns/job")
			stop()
			<-ended
		})
	}
}
