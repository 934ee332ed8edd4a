package payout

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"

	"pgregory.net/rapid"
)

// words are references by what they look like.
var words = rapid.StringMatching(`[ABab019][ABab0019 .,/_-]{0,10}[ABab019]`)

// References that only look different are one, and those that people tell apart are two.
func TestFoldedReferences(t *testing.T) {
	for text, want := range map[string]string{
		"X-1": "X-1", "x-1": "X-1", "X-01": "X-1", "x - 001": "X-1", "X- 1": "X-1", "0001": "1", "0": "0", "X-000": "X-0", "A01": "A1", "A1": "A1", "A10": "A10", "A100": "A100", "X 01": "X 1",
		"INV-2026-001": "INV-2026-1", "INV-2026-0010": "INV-2026-10", "BR1M 2026/01": "BR1M 2026/1", "(01)": "(1)", "1 11": "1 11", "11 1": "11 1", "A 1": "A 1",
		"0A01": "0A01", "A001": "A1", "A01B02": "A01B02", "00A1": "00A1", "1.50": "1.50", "1.05": "1.05", "01.05": "1.05", "1. 05": "1.05", "A.05": "A.5", "1.B05": "1.B5", "1.0.01": "1.0.01",
	} {
		if got := folded(text); got != want {
			t.Errorf("%q is %q, and not %q", text, got, want)
		}
	}
	form := func(s string) string { // where its words and marks stand
		return strings.Map(func(r rune) rune {
			if r == ' ' || mark(byte(r)) {
				return r
			}
			return 'x'
		}, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := one(words.Draw(t, "a")), one(words.Draw(t, "b"))
		if plain := folded(a); folded(plain) != plain || folded(strings.ToLower(a)) != plain {
			t.Fatalf("%q is %q, which is %q", a, plain, folded(plain))
		}
		if folded(a) == folded(b) && form(a) == form(b) && !strings.EqualFold(a, b) {
			t.Fatalf("%q and %q are one", a, b)
		}
	})
}

// What is there when the column comes is folded in SQL as it is in Go. Of two payments
// that are alike and both were sent, each keeps a place of its own.
func TestFoldedBefore(t *testing.T) {
	text, err := fs.ReadFile(Migration().FS, "migration/0001_payout.sql")
	must(t, err)
	before := db.Migration{Part: "payout", FS: fstest.MapFS{"migration/0001_payout.sql": {Data: text}}}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all := []string{"X-1", "x-1", "X-01", "INV-2026-001", "INV-2026-0010", "A1", "A10", "0", "000-1", "Q 01", "(01).", "1.05", "a, 01"}
		for i := range 1500 {
			all = append(all, one(words.Example(i)))
		}
		seen := map[string]bool{}
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			for i, x := range all {
				freed := 0
				if i >= 3 && seen[folded(x)] {
					freed = 1
				}
				seen[folded(x)] = true
				if _, err := tx.Exec(`insert into payout_line (batch, n, agency, live, reference, bank, account, name, note, amount, is_repeat, state, reason, bank_ref, freed_at)
					values ('b', $1, 'jkm', true, $2, '', '', '', '', 1, false, 'paid', '', '', $3)`, i+1, x, freed); err != nil {
					return err
				}
			}
			return nil
		}))
		must(t, d.Migrate(t.Context(), Migration()))
		must(t, d.Read(t.Context(), func(tx *db.Tx) error {
			list, err := db.List(tx, func(s db.Scanner) (x [2]string, err error) { return x, s.Scan(&x[0], &x[1]) }, `select reference, folded from payout_line where batch = 'b' order by n`)
			for i, x := range list {
				want := folded(x[0])
				if i == 1 || i == 2 {
					want = "X-1~" + x[0]
				}
				if x[0] != all[i] || x[1] != want {
					t.Errorf("%q is folded to %q, and not %q", x[0], x[1], want)
				}
			}
			if len(list) != len(all) {
				t.Errorf("%d lines are there", len(list))
			}
			return err
		}))
	}, before)
}

// rows is a sheet of "reference account amount".
func rows(of ...[3]string) string {
	text := header
	for _, x := range of {
		text += fmt.Sprintf("%s,MBBEMYKL,Ali bin Abu,%s,%s,Bantuan\n", x[1], x[2], x[0])
	}
	return text
}

// A payment that was sent under a reference pays nobody again where the reference comes
// in small letters or with noughts: not from another file, nor the same; whatever the
// account and the amount are.
func TestReferencesWrittenOtherwise(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.fund(100_000)
		send := func(file string) reply { return r.call("jkm", "POST", "/v1/payouts", "text/csv", file, "") }
		first := r.approved(rows([3]string{"X-1", "12345678", "10.00"}, [3]string{"Y-2", "23456789", "20.00"}, [3]string{"Z-3", "34567890", "30.00"}, [3]string{"W-04", "45670000", "40.00"}))
		refused := func(when string) {
			t.Helper()
			for _, again := range []string{"x-1", "X-01", "X - 1", "x-0001"} {
				p := send(rows([3]string{"N-1", "99887766", "10.00"}, [3]string{again, "87654321", "11"})).problem(t)
				if p.status != 422 || p.Code != "P1102" || p.Total != 1 || len(p.Errors) != 1 {
					t.Fatalf("%s, %s: %+v", when, again, p)
				}
				if e := p.Errors[0]; e.Line != 3 || e.Payment != 2 || e.Field != "reference" || !strings.Contains(e.Description, "The reference "+again+" is the same as X-1, payment 1 of the list "+first) {
					t.Errorf("%s, %s: %+v", when, again, e)
				}
			}
		}
		refused("approved")
		r.drain()
		r.bank.settle()
		r.later(10 * time.Second)
		refused("paid")
		// In a longer file than one part, and at the desk.
		p := send(rows([3]string{"z-03", "34567890", "30.00"}, [3]string{"x-1", "1234567", "1"}, [3]string{"N-2", "99887766", "1"}, [3]string{"N-3", "99887766", "1"}, [3]string{"y-2", "23456789", "20"})).problem(t)
		if p.Total != 3 || p.Errors[2].Payment != 5 {
			t.Errorf("parts of a longer file: %+v", p)
		}
		r.shows(r.uploaded(officer("aminah"), rows([3]string{"x-1", "12345678", "10.00"})), "The file has 1 error.", "The reference x-1 is the same as X-1, payment 1 of the list "+first)
		// In one file: in one part of it and in another.
		p = send(rows([3]string{"A-1", "56789012", "5.00"}, [3]string{"a-01", "56789013", "6.00"}, [3]string{"C-1", "56789012", "6.00"}, [3]string{"D-1", "56789012", "7.00"}, [3]string{"c-001", "56789014", "5.00"}, [3]string{"D-1", "56789012", "7.00"})).problem(t)
		for i, want := range []string{"2 The reference a-01 is the same as A-1, payment 1 of this file.", "5 The reference c-001 is the same as C-1, payment 3 of this file.", "6 Payment 4 of this file has this reference already."} {
			if len(p.Errors) != 3 || !strings.HasPrefix(fmt.Sprint(p.Errors[i].Payment, " ", p.Errors[i].Description), want) {
				t.Errorf("in one file: %+v, and not %s", p, want)
			}
		}
		n := 0
		r.read(func(tx *db.Tx) error { return tx.QueryRow(`select count(*) from payout_line`).Scan(&n) })
		if n != 4 {
			t.Errorf("%d lines are kept", n)
		}
		// Another number, another agency, and what paid nobody.
		for what, x := range map[string][3]string{"number": {"X-10", "12345678", "10.00"}, "was refused": {"w-4", "45670001", "40.00"}} {
			if a := send(rows(x)); a.status != http.StatusCreated {
				t.Errorf("%s: %d %s", what, a.status, a.text)
			}
		}
		r.call("ptptn", "POST", "/v1/payouts", "text/csv", rows([3]string{"x-1", "12345678", "10.00"}), "").payout(t)
		// The refused one is on its way under its other name: it is not offered for correction again.
		if a := r.page(officer("aminah"), r.againPage, "GET", first, "", "", nil); a.status != http.StatusOK || strings.Contains(a.text, "45670000") {
			t.Error("what was sent again is offered to be sent again")
		}
		if r.bank.paid["12345678"] != 1000 {
			t.Error(r.bank.paid)
		}
	})
}

// Of two files whose references are alike and that are read at once, one is taken: the
// other is told to wait, since the first may still be refused.
func TestWrittenOtherwiseAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, 500)
		var list []string
		for i := range 1500 {
			list = append(list, fmt.Sprintf("5140%08d 10.00", i))
		}
		text := sheet(list...)
		var no *Refusal
		other := strings.ReplaceAll(text, "R-", "r-")
		again := &atEnd{Reader: strings.NewReader(text), do: func() {
			var err error
			_, no, err = r.Take(t.Context(), File{Agency: "jkm", Format: CSV, Body: strings.NewReader(other), Reference: "B", By: officer("badrul")})
			must(t, err)
		}}
		b, first, err := r.Take(t.Context(), File{Agency: "jkm", Format: CSV, Body: again, Reference: "A", By: officer("aminah")})
		must(t, err)
		if first != nil || b.State != Submitted || b.Count != 1500 {
			t.Fatalf("the first is %+v, %+v", b, first)
		}
		if no == nil || !no.Busy || no.Of == nil || no.Of.ID != b.ID {
			t.Errorf("the second was answered %+v", no)
		}
		_, no, err = r.Take(t.Context(), File{Agency: "jkm", Format: CSV, Body: strings.NewReader(other), Reference: "B", By: officer("badrul")})
		must(t, err)
		if no == nil || no.Bad != 1500 || len(no.Wrong) != listed || no.Of != nil {
			t.Errorf("after it, it was answered %+v", no)
		}
		r.sound()
	}, migrations()...)
}
