package ledger

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func (r *rig) export(format, agency string) string {
	r.t.Helper()
	var b bytes.Buffer
	r.must(r.Export(context.Background(), &b, format, agency))
	return b.String()
}

// A group may touch accounts of several agencies: each of them finds it in its own
// export, whoever's act it was, with all its lines.
func TestExportAcrossAgencies(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("own", Transfer{Debit: clearing, Credit: collect, Amount: 1})))
		r.must(r.post(r.group("by-jpj", Transfer{Debit: clearing, Credit: others, Amount: 1000})))
		g := r.group("by-jpn", Transfer{Debit: others, Credit: collect, Amount: 500}, Transfer{Debit: clearing, Credit: collect, Amount: 1})
		g.Agency = "jpn"
		r.must(r.post(g))
		for agency, want := range map[string][]string{"jpj": {"(own)", "(by-jpj)", "(by-jpn)"}, "jpn": {"(by-jpj)", "(by-jpn)"}, "jas": nil} {
			for _, format := range []string{"hledger", "ledger"} {
				text := r.export(format, agency)
				for _, group := range want {
					if !strings.Contains(text, group) {
						t.Errorf("%s of %s: no %s", format, agency, group)
					}
				}
				if n := strings.Count(text, "* ("); n != len(want) {
					t.Errorf("%s of %s: %d groups:\n%s", format, agency, n, text)
				}
			}
			for _, line := range []string{"Liabilities:Agency:Jpn:Collected  -10.00 MYR", "Assets:Clearing:Duitnow  0.01 MYR"} {
				if want != nil && !strings.Contains(r.export("hledger", agency), line) {
					t.Errorf("%s: no %s", agency, line)
				}
			}
			r.judged(agency)
		}
	})
}

// Two accounts are never one in an export.
func TestExportNames(t *testing.T) {
	if nameOf("agency:-a") == nameOf("agency:x-a") {
		t.Error(nameOf("agency:-a"))
	}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[ax-]{1,3}(:[ax-]{1,3}){0,2}`)
		if a, b := code.Draw(t, "a"), code.Draw(t, "b"); a != b && nameOf(a) == nameOf(b) {
			t.Errorf("%s and %s are %s", a, b, nameOf(a))
		}
	})
}
