package statement_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/ledger"
	"balai/internal/spine/money"
)

// linesVariable says how many lines the benchmark's statement has.
const linesVariable = "BALAI_BENCH_LINES"

// benchAmount is the n-th payment's: many are of the same amount.
func benchAmount(n int) money.Amount { return money.Amount(1000 + n%997) }

func benchReference(n int) string { return fmt.Sprintf("BNCH%016d", n) }

// stranger tells whether the n-th line is nobody's: one in two thousand.
func isStranger(n int) bool { return n%2000 == 1999 }

// paidBefore makes n debits of which the hall was told, in the rows that the cash
// desk keeps; every third is printed by its bank reference alone.
func (r *till) paidBefore(n int) (sum money.Amount) {
	r.t.Helper()
	named := func(list string) (out []db.Column) {
		for name := range strings.SplitSeq(list, ",") {
			out = append(out, db.Column{Name: name})
		}
		return out
	}
	attempts := db.Table{Name: "payment_attempt", Columns: named("id,payment,agency,live,method,status,amount,currency,account,session,bank_ref,checks,next_at,opened_at,ended_at")}
	debits := db.Table{Name: "payment_debit", Columns: named("agency,live,bank_ref,attempt,amount,is_reversed,at,line")}
	at := clock.Micro(start)
	for from := 0; from < n; from += 5000 {
		var a, d [][]any
		for i := from; i < min(from+5000, n); i++ {
			if isStranger(i) {
				continue
			}
			ref, bank, amount := benchReference(i), fmt.Sprint("B", i), benchAmount(i)
			sum += amount
			a = append(a, []any{ref, ref, "jpj", false, "qr", "paid", int64(amount), "MYR", r.c.Account, "", bank, int64(1), int64(0), at, at})
			d = append(d, []any{"jpj", false, bank, ref, int64(amount), false, at, ""})
		}
		r.write(func(tx *db.Tx) error {
			if err := tx.Insert(attempts, a); err != nil {
				return err
			}
			return tx.Insert(debits, d)
		})
	}
	b := r.c.Books(false)
	r.write(func(tx *db.Tx) error {
		return r.ledger.PostTx(tx, ledger.Group{ID: "bench", Agency: b.Owner(), Reason: "bench", Day: today, Transfers: []ledger.Transfer{{Kind: ledger.Post, Debit: b.Clearing(payment.QR), Credit: b.Collected(), Amount: sum}}})
	})
	return sum
}

// printed writes the statement of n lines.
func (r *till) printed(n int) *os.File {
	r.t.Helper()
	file, err := os.Create(filepath.Join(r.t.TempDir(), "statement.xml"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = file.Close() })
	var sum money.Amount
	for i := range n {
		sum += benchAmount(i)
	}
	s := r.day(today, 0)
	s.Balances[1].Amount = sum
	s.Totals = iso20022.Totals{Credits: int64(n), CreditSum: sum}
	out := bufio.NewWriterSize(file, 1<<20)
	w := iso20022.NewStatementWriter(out, s)
	for i := range n {
		ref := benchReference(i)
		switch {
		case isStranger(i):
			ref = "NOBODY"
		case i%3 == 2:
			ref = ""
		}
		if err := w.Entry(credit(benchAmount(i), fmt.Sprint("B", i), ref)); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		r.t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		r.t.Fatal(err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		r.t.Fatal(err)
	}
	return file
}

// highWater is the most memory that this process has had, in MiB.
func highWater() int {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	n, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return n >> 10
}

// A long statement is read in little memory, and its lines are matched with what
// they are of and nothing else.
func TestLongStatement(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { newTill(t, d).long(4_000) }, migrations()...)
}

func (r *till) long(n int) {
	r.t.Helper()
	sum := r.paidBefore(n)
	file := r.printed(n)
	list, err := r.room.Import(context.Background(), r.c, false, statement.From{Source: "api"}, file)
	if err != nil {
		r.t.Fatal(err)
	}
	want := int64(n - n/2000)
	if list[0].Lines != int64(n) || list[0].Matched != want || r.clearing() != 0 {
		r.t.Errorf("%+v of %d are matched, clearing is %d of %d", list[0], want, r.clearing(), sum)
	}
	wrong, err := r.room.Audit(context.Background())
	if err != nil || len(wrong) > 0 {
		r.t.Error(err, strings.Join(wrong, "\n"))
	}
	if p := r.proof(); !p.Agrees() {
		r.t.Errorf("%+v", p)
	}
}

// BenchmarkStatement reads one statement of BALAI_BENCH_LINES lines into a database
// on the disk that holds as many payments.
func BenchmarkStatement(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv(linesVariable))
	if err != nil {
		n = 20_000
	}
	for _, engine := range dbtest.Engines() {
		b.Run(engine, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				r := newTill(b, dbtest.Open(b, engine, migrations()...))
				r.paidBefore(n)
				file := r.printed(n)
				info, err := file.Stat()
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				list, err := r.room.Import(context.Background(), r.c, false, statement.From{Source: "api"}, file)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n)/b.Elapsed().Seconds()*float64(b.N), "lines/s")
				b.ReportMetric(100*float64(list[0].Matched)/float64(n), "%matched")
				b.ReportMetric(float64(info.Size()>>20), "MiB-file")
				b.ReportMetric(float64(highWater()), "MiB-RSS")
				if r.clearing() != 0 {
					b.Errorf("clearing is %d", r.clearing())
				}
			}
		})
	}
}
