package statement_test

import (
	"slices"
	"testing"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/db"
)

// A line comes back from the disk as it was, whatever stands in it.
func TestSpool(t *testing.T) {
	list := []statement.Line{
		{Day: today, Amount: 4550, Credit: true, BankRef: "B1", EndToEnd: "E1", Batch: "C1", Text: "baris satu\nbaris dua", Party: "SITI BINTI AHMAD"},
		{Day: today, Amount: 1, Reversal: true, Rule: "fee"},
		statement.Line{Day: today, Amount: 1 << 60, Credit: true, Reversal: true, Text: "\u00e9\u4e2d"}.Lump(),
		{},
	}
	out, err := statement.Spooled(t.TempDir(), list)
	if err != nil || !slices.Equal(out, list) {
		t.Errorf("%v\n%+v\n%+v", err, list, out)
	}
}

// What a movement is known by never changes: the lines of years ago are kept by it.
func TestKeyStays(t *testing.T) {
	x := statement.Statement{Ident: "S2026-11-30", Page: 2}
	l := statement.Line{Agency: "jpj", Live: true, Account: "514011112222", Day: today, Amount: 4550, BankRef: "B1", Rule: "fee", EndToEnd: "E", Batch: "C"}
	back := l
	back.Credit, back.Reversal, back.Rule = true, true, ""
	nameless := back
	nameless.BankRef = ""
	for _, c := range []struct{ got, want string }{
		{l.Key(x, "N1", 0), "eadd3d223f65d1b3e9033607067171f7"},
		{back.Key(x, "N1", 3), "faf7063d7ecc0b16f11a03aa09ebc3cd"},
		{nameless.Key(x, "N1", 0), "257b45f2e6bfb5c1f0d668205305a0f5"},
		{nameless.Key(x, "", 1), "a73893858bf4620b978fe93b83272c9d"},
	} {
		if c.got != c.want {
			t.Errorf("%s, not %s", c.got, c.want)
		}
	}
}

// A debit that was read before a line is booked, and that another line has taken
// since, is not taken again: the line waits.
func TestTakenMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		_, e := r.paid(4550)
		var told []payment.Debit
		r.write(func(tx *db.Tx) (err error) {
			told, err = r.pay.DebitsTx(tx, r.c.Agency, false, []string{e.Bank}, nil)
			return err
		})
		x := r.read(r.xml(r.day(today, 0, e), e))[0]
		twin := statement.Line{Day: "2026-12-01", N: 2, Amount: 4550, Credit: true, BankRef: e.Bank, EndToEnd: e.Details[0].EndToEnd, Printed: x.ID}
		if err := r.room.BookTold(r.c, x, twin, told...); err != nil {
			t.Fatal(err)
		}
		if w := r.waits(); len(w) != 1 || r.clearing() != 0 {
			t.Errorf("%v, clearing %d", w, r.clearing())
		}
		r.sound()
	})
}
