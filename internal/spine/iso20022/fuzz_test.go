package iso20022

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// seed adds what we write and the banks' samples.
func seed(f *testing.F) {
	f.Add([]byte(written(f)))
	f.Add([]byte(ordered(f)))
	f.Add([]byte(old))
	dir, err := samples()
	if err != nil {
		f.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "test/testdata/*.xml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 16<<10 {
			f.Add(text)
		}
	}
}

// Whatever comes is read or refused; what can be written again has the same sums.
func FuzzReadStatements(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		var entries []Entry
		all, err := ReadStatements(bytes.NewReader(in), func(_ *Statement, e Entry) error {
			if e.Amount < 0 {
				t.Fatalf("an amount below zero: %+v", e)
			}
			entries = append(entries, e)
			return nil
		})
		if err != nil || len(all) != 1 {
			return
		}
		var out bytes.Buffer
		if WriteStatement(&out, all[0], entries) != nil {
			return
		}
		again, err := ReadStatements(&out, func(*Statement, Entry) error { return nil })
		if err != nil || len(again) != 1 || again[0].Totals != all[0].Totals {
			t.Fatalf("%v: %+v was %+v", err, again, all)
		}
	})
}

func FuzzReadInitiation(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		var all []Transfer
		var last Payment
		read, err := ReadInitiation(bytes.NewReader(in), func(_ *Initiation, p *Payment, x Transfer) error {
			all, last = append(all, x), *p
			return nil
		})
		if err != nil {
			return
		}
		var out bytes.Buffer
		if WriteInitiation(&out, read, last, all) != nil {
			return
		}
		again, err := ReadInitiation(&out, func(*Initiation, *Payment, Transfer) error { return nil })
		if err != nil || again.Count != read.Count || again.Sum != read.Sum || len(again.Wrong) != 0 {
			t.Fatalf("%v: %+v was %+v", err, again, read)
		}
	})
}

func FuzzReadReport(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		ReadReport(bytes.NewReader(in), func(*Report, *PaymentStatus, TransferStatus) error { return nil })
	})
}
