package iso20022

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// count is how often an element begins in a text, whatever its prefix.
func count(text []byte, name string) int {
	return len(regexp.MustCompile(`<(\w+:)?`+name+`[\s>]`).FindAll(text, -1))
}

// texts are those of the elements of a name.
func texts(text []byte, name string) (out []string) {
	for _, m := range regexp.MustCompile(`<(?:\w+:)?`+name+`>\s*([^<]*?)\s*<`).FindAllSubmatch(text, -1) {
		out = append(out, string(m[1]))
	}
	slices.Sort(out)
	return out
}

// Samples of banks, most of older versions, are read with all that they hold.
func TestSamples(t *testing.T) {
	dir, err := samples()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "test/testdata/*"))
	if err != nil {
		t.Fatal(err)
	}
	statements, orders, reports := 0, 0, 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		var ends []string
		switch {
		case strings.HasPrefix(name, "invalid_file"): // no reader takes it
			_, err := readStatement(string(text))
			_, also := readOrder(string(text))
			_, too := ReadReport(bytes.NewReader(text), func(*Report, *PaymentStatus, TransferStatus) error { return nil })
			if err == nil || also == nil || too == nil {
				t.Errorf("%s is read", name)
			}
			continue
		case count(text, "Stmt")+count(text, "Rpt")+count(text, "Ntfctn") > 0 && filepath.Ext(path) == ".xml":
			statements++
			entries, details := 0, 0
			all, err := ReadStatements(bytes.NewReader(text), func(_ *Statement, e Entry) error {
				entries++
				details += len(e.Details)
				for _, d := range e.Details {
					if d.EndToEnd != "" {
						ends = append(ends, d.EndToEnd)
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			balances := 0
			for _, s := range all {
				balances += len(s.Balances)
			}
			if entries != count(text, "Ntry") || details != count(text, "TxDtls") || balances != count(text, "Bal") {
				t.Errorf("%s: %d entries, %d details and %d balances are read of %d, %d and %d", name, entries, details, balances, count(text, "Ntry"), count(text, "TxDtls"), count(text, "Bal"))
			}
		case count(text, "CstmrCdtTrfInitn") > 0:
			orders++
			read, err := ReadInitiation(bytes.NewReader(text), func(_ *Initiation, _ *Payment, x Transfer) error {
				ends = append(ends, x.EndToEnd)
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if read.Count != int64(count(text, "CdtTrfTxInf")) {
				t.Errorf("%s: %d transfers", name, read.Count)
			}
		case count(text, "CstmrPmtStsRpt") > 0:
			reports++
			_, err := ReadReport(bytes.NewReader(text), func(_ *Report, _ *PaymentStatus, x TransferStatus) error {
				ends = append(ends, x.EndToEnd)
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
		default: // of another kind
			if _, err := readStatement(string(text)); err == nil {
				t.Errorf("%s is taken for a statement", name)
			}
			if _, err := readOrder(string(text)); err == nil {
				t.Errorf("%s is taken for an order", name)
			}
			continue
		}
		want := append(texts(text, "EndToEndId"), texts(text, "OrgnlEndToEndId")...)
		slices.Sort(ends)
		slices.Sort(want)
		if !slices.Equal(ends, want) {
			t.Errorf("%s: end-to-end ids %q, not %q", name, ends, want)
		}
	}
	if statements < 10 || orders < 2 || reports < 4 {
		t.Errorf("only %d statements, %d orders and %d reports were found", statements, orders, reports)
	}
}
