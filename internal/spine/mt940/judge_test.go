package mt940

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/iso20022"

	"pgregory.net/rapid"
)

// aqbanking-cli, which nobody here wrote, sees in what we write the entries that
// we meant.
func TestAqbankingAgrees(t *testing.T) {
	drawn := rapid.Custom(func(t *rapid.T) told {
		s, entries := drawStatement(t)
		for i := range entries {
			if entries[i].Info != "" { // in a structure of a German bank's it looks for more
				entries[i].Info = "CUKAI JALAN " + entries[i].Reference
			}
		}
		return told{s, entries}
	})
	seen := 0
	for i := range 25 {
		one := drawn.Example(i)
		var out bytes.Buffer
		if err := Write(&out, one.Statement, one.entries); err != nil {
			t.Fatal(err)
		}
		got := aqbanking(t, out.Bytes())
		var want []string
		for _, e := range one.entries {
			amount, _ := new(big.Rat).SetString(e.Signed().Decimal(e.Currency))
			purpose := e.Info
			if len(e.Details) > 0 { // it takes the first of both for the purpose
				purpose = e.Details[0].Info
			}
			want = append(want, fmt.Sprint(one.Account.Other, " ", e.Value, " ", e.Booked, " ", amount, " ", e.Currency, " ", e.Code[1:], " ", e.Reference, " ", e.Bank, " ", purpose))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nis read as\n%s\nnot\n%s", out.String(), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		seen += len(got)
	}
	if seen < 20 {
		t.Errorf("only %d entries were read", seen)
	}
}

// told is a statement with its entries.
type told struct {
	iso20022.Statement
	entries []iso20022.Entry
}

// aqbanking gives a line for each entry that it reads.
func aqbanking(t *testing.T, text []byte) (out []string) {
	t.Helper()
	dir := t.TempDir()
	in, context := filepath.Join(dir, "in"), filepath.Join(dir, "context")
	if err := os.WriteFile(in, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) []byte {
		cmd := exec.Command("aqbanking-cli", append([]string{"-D", filepath.Join(dir, "settings"), "-n"}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+dir)
		var says bytes.Buffer
		cmd.Stderr = &says
		b, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, says.String(), text)
		}
		return b
	}
	run("import", "--importer=swift", "--profile=SWIFT-MT940", "-f", in, "-c", context)
	r := csv.NewReader(bytes.NewReader(run("export", "-c", context, "--exporter=csv", "--profile=full")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err, rows)
	}
	for _, row := range rows[1:] {
		of := func(name string) string { return row[slices.Index(rows[0], name)] }
		amount, _ := new(big.Rat).SetString(of("value_value"))
		day := strings.NewReplacer("/", "-")
		out = append(out, fmt.Sprint(of("localAccountNumber"), " ", day.Replace(of("valutaDate")), " ", day.Replace(of("date")), " ", amount, " ", of("value_currency"), " ",
			of("transactionKey"), " ", of("customerReference"), " ", of("bankReference"), " ", of("purpose")))
	}
	return out
}
