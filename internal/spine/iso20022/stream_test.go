package iso20022

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/money"
)

// long writes a statement of n entries to w.
func long(w io.Writer, n int) error {
	s := Statement{Kind: EndOfDay, Message: "M", ID: "S", Last: true, Created: time.Date(2026, 11, 30, 23, 0, 0, 0, clock.Zone), Account: Account{Other: "1", Currency: "MYR"},
		Totals:   Totals{Credits: int64(n), CreditSum: money.Amount(n) * 1234},
		Balances: []Balance{{Opening, "", 0, "MYR", "2026-11-30"}, {Closing, "", money.Amount(n) * 1234, "MYR", "2026-11-30"}}}
	sw := NewStatementWriter(w, s)
	for i := range n {
		id := fmt.Sprintf("%020d", i)
		if err := sw.Entry(Entry{Reference: id, Amount: 1234, Currency: "MYR", Credit: true, Status: Booked, Booked: "2026-11-30", Value: "2026-11-30", Bank: "B" + id, Code: "PMNT/RCDT/DMCT",
			Details: []Detail{{Amount: 1234, Currency: "MYR", Credit: true, EndToEnd: id, Debtor: Party{Name: "Aisyah binti Rahman", Account: Account{Other: id}}, Remittance: "Cukai jalan " + id}}}); err != nil {
			return err
		}
	}
	return sw.Close()
}

// A long statement needs no more memory than a short one, for its writer and its
// reader.
func TestStreams(t *testing.T) {
	const entries, step = 60_000, 10_000
	const most = 16 << 20
	in, out := io.Pipe()
	go func() { out.CloseWithError(long(out, entries)) }()
	var before, now runtime.MemStats
	n := 0
	all, err := ReadStatements(in, func(*Statement, Entry) error {
		if n++; n%step != 0 {
			return nil
		}
		runtime.GC()
		if n == step {
			runtime.ReadMemStats(&before)
			return nil
		}
		if runtime.ReadMemStats(&now); now.HeapAlloc > before.HeapAlloc+most {
			return fmt.Errorf("%d MiB after %d entries, %d MiB after %d", now.HeapAlloc>>20, n, before.HeapAlloc>>20, step)
		}
		return nil
	})
	if err != nil || n != entries || len(all[0].Wrong) != 0 {
		t.Fatal(err, n, all)
	}
}

// An entry may sum up only so many.
func TestManyDetails(t *testing.T) {
	in, out := io.Pipe()
	go func() {
		s := Statement{Kind: EndOfDay, Message: "M", ID: "S", Last: true, Created: time.Date(2026, 11, 30, 23, 0, 0, 0, clock.Zone), Account: Account{Other: "1", Currency: "MYR"}}
		out.CloseWithError(WriteStatement(out, s, []Entry{{Amount: 1, Currency: "MYR", Status: Booked, Details: make([]Detail, MaxDetails+1)}}))
	}()
	_, err := ReadStatements(in, func(*Statement, Entry) error { return nil })
	if !errors.Is(err, ErrSize) {
		t.Error(err)
	}
	in.Close()
}

func BenchmarkReadStatements(b *testing.B) {
	var file bytes.Buffer
	if err := long(&file, b.N); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len() / b.N))
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := ReadStatements(&file, func(*Statement, Entry) error { return nil }); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkWriteStatement(b *testing.B) {
	b.ReportAllocs()
	if err := long(io.Discard, b.N); err != nil {
		b.Fatal(err)
	}
}
