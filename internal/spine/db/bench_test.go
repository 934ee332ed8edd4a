package db_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
)

// open is a durable database: benchmarks measure what is sold.
func open(b *testing.B, engine string) *db.DB {
	b.Helper()
	dsn := dbtest.DSN(b, engine)
	if engine == "sqlite" {
		dsn = filepath.Join(b.TempDir(), "bench.db")
	}
	d, err := db.Open(context.Background(), dsn, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	if err := d.Migrate(context.Background(), thing); err != nil {
		b.Fatal(err)
	}
	return d
}

// BenchmarkWrite is commits per second, each an insert, by how many write at
// once, with the median and the 99th percentile of how long one waits.
func BenchmarkWrite(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		for _, callers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/callers=%d", engine, callers), func(b *testing.B) {
				d := open(b, engine)
				took := make([]time.Duration, b.N)
				var next atomic.Int64
				var group sync.WaitGroup
				b.ResetTimer()
				for range callers {
					group.Go(func() {
						for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
							begun := clock.System().Now()
							err := d.Write(context.Background(), func(tx *db.Tx) error {
								_, err := tx.Exec("insert into thing_thing (id, n) values ($1, $2)", fmt.Sprint(i), i)
								return err
							})
							if err != nil {
								b.Error(err)
								return
							}
							took[i-1] = clock.System().Now().Sub(begun)
						}
					})
				}
				group.Wait()
				b.StopTimer()
				slices.Sort(took)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
				b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms-p50")
				b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "ms-p99")
			})
		}
	}
}

// BenchmarkRead is one row by its key in a snapshot of its own.
func BenchmarkRead(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			d := open(b, engine)
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec("insert into thing_thing (id, n) values ('a', 1)")
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					err := d.Read(context.Background(), func(tx *db.Tx) error {
						var n int64
						return tx.QueryRow("select n from thing_thing where id = $1", "a").Scan(&n)
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
