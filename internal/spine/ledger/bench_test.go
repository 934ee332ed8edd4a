package ledger

import (
	"context"
	"fmt"
	"testing"

	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/journal"
)

// One caller posts groups into one hot account.
func BenchmarkPost(b *testing.B) {
	for _, size := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r := newRig(b, dbtest.Open(b, "sqlite", journal.Migration(), Migration()))
			r.chart()
			for n := 0; b.Loop(); n++ {
				g := r.group(fmt.Sprint(n), make([]Transfer, size)...)
				for i := range g.Transfers {
					g.Transfers[i] = Transfer{Kind: Post, Debit: clearing, Credit: collect, Amount: 1}
				}
				if refused, err := r.Post(context.Background(), []Group{g}); err != nil || refused[0] != nil {
					b.Fatal(err, refused)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "transfers/s")
		})
	}
}
