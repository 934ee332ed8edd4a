package statement_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
)

// astray tells of money under a reference that is no attempt's.
func (r *till) astray(state, ref, bankRef string, amount money.Amount) {
	r.t.Helper()
	r.tell(payment.Finding{Reference: ref, State: state, Amount: amount, Currency: "MYR", Account: r.c.Account, BankRef: bankRef})
}

// swept is how many refunds there are once what goes back by itself has gone.
func (r *till) swept() int64 {
	r.t.Helper()
	if err := r.room.SendAstray(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	r.drain()
	r.sound()
	return r.count(`payment_refund`)
}

// One debit goes back once, and has one note, however often a statement shows it and
// in whichever letters: not by itself and not by an officer, be it that the bank did
// not take it.
func TestAstrayGoesBackOnce(t *testing.T) {
	for _, said := range []string{"paid", "failed"} {
		each(t, func(t *testing.T, r *till) {
			ref := r.elsewhere(4550)
			r.astray("paid", strings.ToLower(ref), "B-edited", 4550)
			r.bank.refunded["*"] = said
			list := []iso20022.Entry{credit(4550, "B-edited", strings.ToLower(ref)), credit(4550, "B-edited", ref)}
			r.read(r.xml(r.day(today, 0, list...), list...))
			if n := r.count(`payment_exception where kind = 'stranger'`); n != 1 {
				t.Errorf("%d notes of one debit", n)
			}
			for range 3 {
				if n := r.swept(); n != 1 {
					t.Fatalf("it was sent back %d times", n)
				}
			}
			line := r.waits()["B-edited"]
			if err := r.decide("aminah", line, statement.Back, ""); fault.CodeOf(err) != fault.Conflict {
				t.Errorf("an officer sends it back once more: %v", err)
			}
			if n := r.swept(); n != 1 {
				t.Errorf("it was sent back %d times", n)
			}
		})
	}
}

// What the bank took back is not there to be sent back: a line of the statement shows
// it, or the bank told of it before or after the money.
func TestAstrayTakenBack(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		under := func(bankRef, ref string) iso20022.Entry {
			e := debit(4550, bankRef, ref)
			e.Reversal = true
			return e
		}
		for _, ref := range []string{"PRINTED", "BY-ITS-OWN", "TOLD", "TOLD-BEFORE"} {
			if ref == "TOLD-BEFORE" {
				r.astray("reversed", ref, "B-"+ref, 4550)
			}
			r.astray("paid", ref, "B-"+ref, 4550)
		}
		r.astray("reversed", "TOLD", "B-TOLD", 4550)
		lines := []iso20022.Entry{credit(4550, "B-PRINTED", "PRINTED"), under("R-PRINTED", "PRINTED"), credit(4550, "B-BY-ITS-OWN", "BY-ITS-OWN"), under("B-BY-ITS-OWN", ""),
			credit(4550, "B-TOLD", "TOLD"), credit(4550, "B-TOLD-BEFORE", "TOLD-BEFORE")}
		r.read(r.xml(r.day(today, 0, lines...), lines...))
		if n := r.swept(); n != 0 {
			t.Errorf("%d were sent back of which the bank has none", n)
		}
		if n := r.count(`payment_exception where kind = 'reversed'`); n != 2 {
			t.Errorf("%d notes of what was taken back", n)
		}
		if n := r.count(`statement_line where state = 'waiting'`); n != 6 {
			t.Errorf("%d lines wait for officers", n)
		}
	})
}

// An MT940 has no room for a payer's reference: the bank's own word has it.
func TestAstrayOfMT940(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		ref := r.elsewhere(4550)
		r.astray("paid", ref, "B-edited", 4550)
		e := credit(4550, "B-edited", "")
		e.Details, e.Info = nil, "EREF "+ref
		e.Reference = ref // left out, as too long
		cut := credit(4550, "B-cut", "")
		cut.Details, cut.Reference = nil, "A-REFERENCE-CUT-"
		r.astray("paid", "A-REFERENCE-CUT-HERE", "B-cut", 4550)
		list := []iso20022.Entry{e, cut}
		var b bytes.Buffer
		if err := mt940.Write(&b, r.day(today, 0, list...), list); err != nil {
			t.Fatal(err)
		}
		r.read(b.Bytes())
		if n := r.swept(); n != 2 {
			t.Fatalf("%d of 2 went back:\n%s", n, b.String())
		}
		for _, ref := range []string{ref, "A-REFERENCE-CUT-HERE"} {
			if n := r.count(`payment_refund where attempt = $1 and status = 'success'`, ref); n != 1 {
				t.Errorf("%s did not go back under its reference", ref)
			}
		}
	})
}

// Whoever edits a hundred QRs, of a sen each that they get back, hides nothing from the
// officers.
func TestAstrayHidesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		var lines []iso20022.Entry
		for i := range 101 {
			ref, bankRef := fmt.Sprintf("EDITED-%d", i), fmt.Sprintf("B-%d", i)
			r.astray("paid", ref, bankRef, 1)
			lines = append(lines, credit(1, bankRef, ref))
		}
		r.read(r.xml(r.day(today, 0, lines...), lines...))
		r.clock.Advance(time.Second)
		r.astray("paid", "NOT-SEEN-YET", "B-last", 4550)
		if n := r.swept(); n != 101 {
			t.Fatalf("%d went back", n)
		}
		if !strings.Contains(r.shown("/exceptions"), "B-last") {
			t.Error("what waits is hidden by what went back")
		}
	})
}

// What went back is looked for by its debit, and not through all that ever did: of four
// thousand sen, sixteen million rows.
func TestAstrayIsLookedForByItsDebit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newTill(t, d)
		const all = `with recursive n (i) as (select 1 union all select i + 1 from n where i < 4000) insert into `
		r.exec(all+`payment_refund (id, payment, agency, attempt, debit, amount, live, status, bank_ref, is_unapplied, created_at, ended_at, asked_by, decided_by, line)
			select 'R' || i, '', $1, 'X' || i, 'B' || i, 1, false, 'success', 'R' || i, true, 1, 1, '', '', 'L' || i from n`, r.c.Agency)
		r.exec(all+`payment_exception (id, agency, live, kind, attempt, bank_ref, amount, at, closed_at, closed_by, note)
			select 'N' || i, $1, false, 'stranger', 'X' || i, 'B' || i, 1, 1, 0, '', '' from n`, r.c.Agency)
		ctx, end := context.WithTimeout(t.Context(), 3*time.Second) // a fiftieth of a second each
		defer end()
		if err := r.room.SendAstray(ctx); err != nil {
			t.Error(err)
		}
		var notes []payment.Note
		if err := d.Read(ctx, func(tx *db.Tx) (err error) { notes, err = r.pay.NotesTx(tx, r.desk()); return err }); err != nil || len(notes) != 100 {
			t.Errorf("%d notes: %v", len(notes), err)
		}
	}, migrations()...)
}

// Where a hall has no bank nothing can be sent back: an officer decides.
func TestAstrayWithoutABank(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		ref := r.elsewhere(4550) // of tests, and it came among real money
		e := credit(4550, "B-edited", ref)
		if _, err := r.room.Import(t.Context(), r.c, true, statement.From{Source: "file"}, bytes.NewReader(r.xml(r.day(today, 0, e), e))); err != nil {
			t.Fatal(err)
		}
		if n := r.swept(); n != 0 || r.count(`statement_line where live and state = 'waiting'`) != 1 {
			t.Errorf("%d wait for a bank that there is not", n)
		}
	})
}

// Two processes' sweeps and an officer come to the same money at once: it goes back once,
// or the officer keeps it.
func TestAstrayAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		for i := range 6 {
			ref := fmt.Sprintf("B-%d", i)
			e := credit(4550, ref, "EDITED-"+ref)
			s := r.day(today, money.Amount(i)*4550, e)
			s.ID = "S" + ref
			r.read(r.xml(s, e))
			r.astray("paid", "EDITED-"+ref, ref, 4550)
			line := r.waits()[ref]
			errs := make(chan error, 3)
			for range 2 {
				go func() { errs <- r.room.SendAstray(t.Context()) }()
			}
			action := []statement.Action{statement.Back, statement.Keep}[i%2]
			go func() {
				err := r.decide("aminah", line, action, "")
				if fault.CodeOf(err) == fault.Conflict {
					err = nil // it went back by itself
				}
				errs <- err
			}()
			for range 3 {
				if err := <-errs; err != nil && fault.CodeOf(err) != fault.Busy {
					t.Error(err)
				}
			}
			r.swept()
			back, kept := r.count(`payment_refund where debit = $1`, ref), r.count(`statement_line where id = $1 and state = 'decided' and rule = 'keep'`, line)
			if back+kept != 1 {
				t.Fatalf("%s: %d went back, %d were kept", ref, back, kept)
			}
		}
	})
}
