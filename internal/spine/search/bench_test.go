package search

import (
	"slices"
	"testing"
	"time"

	"balai/internal/spine/locale"
)

// asked are questions of every kind: plain, derived, misspelt, long, mixed.
func asked(x *Index) []string {
	out := []string{"surat beranak", "memohon biasiswa", "bisiswa", "jabatan", "nak buat surat beranak anak baru lahir macam mana",
		"scholarhsip aplication", "qqqqqqqq wwwwwwww eeeeeeee rrrrrrrr", "kad pengenalan hilang", "ba", "jabatan 12"}
	for i := 0; i < len(x.sorted); i += len(x.sorted) / 60 {
		w := x.sorted[i]
		out = append(out, w, w+" "+x.sorted[len(x.sorted)-1-i], "x"+w)
	}
	return out
}

func BenchmarkFind5000(b *testing.B) {
	x := New(many(5000), synonyms(b))
	questions := asked(x)
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		at := time.Now()
		x.Find(Query{Text: questions[i%len(questions)], Lang: locale.Langs[i%2]})
		took = append(took, time.Since(at))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func BenchmarkNew5000(b *testing.B) {
	docs := many(5000)
	for b.Loop() {
		New(docs, nil)
	}
}
