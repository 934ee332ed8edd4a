package ledger

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"balai/internal/spine/money"

	"pgregory.net/rapid"
)

// run runs an outside program. One that is absent is a fault: tools/debian
// installs it.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// rows are a CSV's.
func rows(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%v in %s", err, text)
	}
	return all
}

// judged has three programs check an agency's export.
func (r *rig) judged(agency string) {
	r.t.Helper()
	for format, judge := range map[string][]string{"hledger": {"hledger", "check", "--strict", "-f"}, "ledger": {"ledger", "--strict", "--pedantic", "bal", "-f"}, "beancount": {"bean-check"}} {
		path := filepath.Join(r.t.TempDir(), "books."+format)
		r.must(os.WriteFile(path, []byte(r.export(format, agency)), 0o600))
		run(r.t, judge[0], append(judge[1:], path)...)
	}
}

// Three programs that others wrote read the books that are taken along, find them
// balanced, and work out the same balance of every account.
func TestOthersReadTheBooks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		n := 0
		rapid.Check(t, func(rt *rapid.T) { // it draws the books
			n++
			g := r.group(fmt.Sprintf("g%d", n), Transfer{Debit: clearing, Credit: collect, Amount: money.Amount(rapid.Int64Range(1, 1e12).Draw(rt, "amount"))},
				Transfer{Debit: "bank:514000", Credit: clearing, Amount: money.Amount(rapid.Int64Range(1, 1e9).Draw(rt, "settled"))})
			g.Ref = rapid.StringMatching(`[ -~éß漢]{0,40}`).Draw(rt, "ref") // an agency's own words
			r.must(r.post(g))
		})
		r.must(r.post(r.group("hold", Transfer{ID: "h", Kind: Hold, Debit: collect, Credit: clearing, Amount: 600})))
		r.must(r.post(r.group("part", Transfer{Kind: Capture, Of: "h", Amount: 250})))
		want := map[string]string{}
		for _, code := range []string{clearing, collect, "bank:514000"} {
			a := r.account(code)
			want[nameOf(code)] = (a.DebitsPosted - a.CreditsPosted).Decimal(a.Currency)
		}
		file := func(format string) string {
			path := filepath.Join(t.TempDir(), "books."+format)
			r.must(os.WriteFile(path, []byte(r.export(format, "")), 0o600))
			return path
		}
		same := func(who string, got map[string]string) {
			t.Helper()
			for name, amount := range want {
				if strings.TrimSuffix(got[name], " MYR") != amount {
					t.Errorf("%s: %s holds %q, not %q", who, name, got[name], amount)
				}
			}
		}
		books := file("hledger")
		run(t, "hledger", "-f", books, "check", "--strict")
		got := map[string]string{}
		for _, row := range rows(t, run(t, "hledger", "-f", books, "bal", "--flat", "-N", "-O", "csv")) {
			got[row[0]] = row[1]
		}
		same("hledger", got)
		books = file("ledger")
		got = map[string]string{}
		for line := range strings.Lines(run(t, "ledger", "-f", books, "--strict", "--pedantic", "bal", "--flat", "--no-total", "--format", "%(account)\t%(display_total)\n")) {
			name, amount, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got[name] = amount
		}
		same("ledger", got)
		books = file("beancount")
		run(t, "bean-check", books)
		got = map[string]string{}
		for _, row := range rows(t, run(t, "bean-query", "-f", "csv", books, "select account, sum(number) as n group by account")) {
			got[strings.TrimSpace(row[0])] = strings.TrimSpace(row[1])
		}
		same("beancount", got)
	})
}
