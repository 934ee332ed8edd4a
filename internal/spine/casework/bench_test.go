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

// BenchmarkWorklist is one page of a desk whose queue holds 50,000 open cases,
// with the counts beside it: as a queue, under a filter that nothing passes,
// and newest first.
func BenchmarkWorklist(b *testing.B) {
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			d := dbtest.Open(b, engine, casework.Migration(), journal.Migration(), outbox.Migration())
			r := newRig(b, d)
			r.many(50_000)
			f := casework.Filter{Roles: []string{checker}, Place: "MY-03", Limit: 30}
			for _, row := range []struct {
				name   string
				change func(f *casework.Filter)
			}{
				{"queue", func(f *casework.Filter) { f.Work = []string{casework.WorkTodo} }},
				{"late", func(f *casework.Filter) { f.Due = casework.DueLate }},
				{"kind", func(f *casework.Filter) { f.Kind = "jpn/none" }},
				{"unpaid", func(f *casework.Filter) { f.Unpaid = true }},
				{"kind newest", func(f *casework.Filter) { f.Kind, f.Newest = "jpn/none", true }},
				{"newest", func(f *casework.Filter) { f.Newest = true }},
				{"mine", func(f *casework.Filter) { f.Assignees = []string{"salmah"} }},
				{"unit", func(f *casework.Filter) { f.Roles, f.Unit = nil, "u-MY-03" }},
			} {
				b.Run(row.name, func(b *testing.B) {
					f := f
					row.change(&f)
					for b.Loop() {
						r.read(func(tx *db.Tx) error {
							if _, _, err := r.engine.Worklist(tx, f); err != nil {
								return err
							}
							_, err := r.engine.WorkCount(tx, f)
							return err
						})
					}
				})
			}
		})
	}
}
