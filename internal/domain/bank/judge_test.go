package bank

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"balai/internal/spine/money"
)

// busy is a bank on which all that a statement can have has happened on one day.
func busy(t *testing.T) *rig {
	r := newRig(t)
	c := browser()
	r.faults(`{"batch":true}`)
	for i := range 3 {
		r.pays(reference(i), money.Amount(5000+i))
	}
	r.faults(`{"reversal":1}`)
	r.pays(reference(3), 700)
	r.faults(`{}`)
	r.post(c, r.begin(reference(4), byFPX, 1234), "account", Payer)
	r.post(c, r.begin(reference(5), byCard, 4321), "card", testCards[0].number)
	r.refund(reference(0), "REFUND-1", 250)
	r.transfer("SETTLE-1", "JPJ-001", "JPJ-GOV", 900)
	r.ask("POST", "/acquirer/payouts", orderOf(t, "M1", "JPJ-001", false, to("phone", 100), to("123456", 200), to("889999", 300), to("110000", 400)))
	r.ask("POST", "/acquirer/payouts", orderOf(t, "M2", "JPJ-001", true, to("123456", 210), to("123457", 220)))
	for range 4 {
		r.now.Advance(time.Minute)
		r.deliver()
	}
	r.sound()
	return r
}

// The standard's own schemas accept what the bank writes.
func TestSchemasAgree(t *testing.T) {
	r := busy(t)
	for _, account := range []string{"JPJ-001", Payer, "phone", transit, "low"} {
		for message, path := range map[string]string{"camt.053.001.08": "/statements/", "camt.054.001.08": "/notifications/", "camt.052.001.08": "/reports/"} {
			validate(t, message, r.page(http.DefaultClient, path+account+"/2026-11-30.xml").body)
		}
	}
	for _, message := range []string{"M1", "M2"} {
		validate(t, "pain.002.001.11", r.ask("GET", "/acquirer/payouts/"+message, nil).body)
	}
}

// validate has xmllint hold a document against its schema.
func validate(t *testing.T, message string, document []byte) {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/moov-io/iso20022")
	cmd.Dir = "../../../tools/iso20022"
	out, err := cmd.Output()
	var m struct{ Dir string }
	if err != nil || json.Unmarshal(out, &m) != nil {
		t.Fatalf("the module of the schemas: %v %s", err, out)
	}
	schema, err := filepath.Glob(filepath.Join(m.Dir, "docs/specifications/*", message+"*.xsd"))
	if err != nil || len(schema) == 0 {
		t.Fatalf("%s: no schema in %s: %v", message, m.Dir, err)
	}
	lint := exec.Command("xmllint", "--noout", "--nonet", "--schema", schema[0], "-")
	lint.Stdin = bytes.NewReader(document)
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s\n%s", message, err, out, document)
	}
}

// aqbanking reads the MT940 statements: all entries, which lead to the balance.
func TestAqbankingAgrees(t *testing.T) {
	r := busy(t)
	for _, account := range []string{"JPJ-001", Payer, "phone"} {
		text := r.page(http.DefaultClient, "/statements/"+account+"/2026-11-30.mt940").body
		dir := t.TempDir()
		in, context := filepath.Join(dir, "in"), filepath.Join(dir, "context")
		must(t, os.WriteFile(in, text, 0o600))
		run := func(args ...string) []byte {
			cmd := exec.Command("aqbanking-cli", append([]string{"-D", filepath.Join(dir, "settings"), "-n"}, args...)...)
			cmd.Env = append(os.Environ(), "HOME="+dir)
			var says bytes.Buffer
			cmd.Stderr = &says
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s\n%s", err, says.String(), text)
			}
			return out
		}
		run("import", "--importer=swift", "--profile=SWIFT-MT940", "-f", in, "-c", context)
		table := csv.NewReader(bytes.NewReader(run("export", "-c", context, "--exporter=csv", "--profile=full")))
		table.Comma = ';'
		rows, err := table.ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatal(err, rows)
		}
		sum := money.Amount(0)
		for _, row := range rows[1:] {
			value, ok := new(big.Rat).SetString(row[slices.Index(rows[0], "value_value")])
			if !ok || !value.Mul(value, big.NewRat(100, 1)).IsInt() {
				t.Fatal(row)
			}
			sum += money.Amount(value.Num().Int64())
		}
		if sum != r.balance(account) || len(rows)-1 != len(r.statement("/statements/"+account+"/2026-11-30.mt940").entries) {
			t.Errorf("%s: %d entries of %d sen, and it holds %d\n%s", account, len(rows)-1, sum, r.balance(account), text)
		}
	}
}
