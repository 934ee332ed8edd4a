package casework_test

import (
	"context"
	"testing"

	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/journal"
	"balai/internal/spine/outbox"
)

// BenchmarkOpen is automatic cases per second through the engine at full
// durability, from many callers: receive and decide, two leaves, two events.
func BenchmarkOpen(b *testing.B) {
	d := dbtest.Open(b, "sqlite", casework.Migration(), journal.Migration(), outbox.Migration())
	r := newRig(b, d)
	b.SetParallelism(64)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				_, err := r.engine.OpenTx(tx, automatic(opening()))
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}
