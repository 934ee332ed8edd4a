package statement_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/domain/payment/statement"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

func (r *till) exec(q string, args ...any) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error { _, err := tx.Exec(q, args...); return err })
}

func (r *till) count(q string, args ...any) (n int64) {
	r.t.Helper()
	if err := r.db.Read(r.t.Context(), func(tx *db.Tx) error { return tx.QueryRow("select count(*) from "+q, args...).Scan(&n) }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// What is changed by hand in the statements' rows is found by the audit, and so is
// money that is on no statement for longer than a bank takes.
func TestAuditFinds(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, line := r.paid(4550)
		gift := credit(77, "B-gift", "")
		r.call(r.key, "POST", "/v1/payments/"+id+"/refunds", []byte(`{"amount": 500}`))
		r.drain()
		var refund string
		if err := r.db.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow(`select replace(id, '-', '') from payment_refund`).Scan(&refund)
		}); err != nil {
			t.Fatal(err)
		}
		back := debit(500, "R1", refund)
		r.clock.Advance(24 * time.Hour)
		r.read(r.xml(r.day(today, 0, line, gift, back), line, gift, back))
		if err := r.decide("aminah", r.waits()["B-gift"], statement.Keep, ""); err != nil {
			t.Fatal(err)
		}
		r.sound()
		found := func(do, says string) {
			t.Helper()
			wrong, err := r.room.Audit(context.Background())
			if all := strings.Join(wrong, "\n"); err != nil || !strings.Contains(all, says) {
				t.Errorf("%s: it finds %q %v", do, all, err)
			}
		}
		for _, c := range []struct{ do, undo, says string }{
			{`update statement_day set net = net + 1`, `update statement_day set net = net - 1`, "the lines of its statements come to"},
			{`update statement_line set amount = amount + 1 where bank_ref = 'B-gift'`, `update statement_line set amount = amount - 1 where bank_ref = 'B-gift'`, "the lines of its statements come to"},
			{`update statement_line set state = 'waiting' where bank_ref = 'B-gift'`, `update statement_line set state = 'decided' where bank_ref = 'B-gift'`, "wait"},
			{`update payment_debit set line = ''`, `update payment_debit set line = (select l.id from statement_line l where l.bank_ref = payment_debit.bank_ref)`, "were matched with"},
			{`update payment_refund set line = ''`, `update payment_refund set line = (select l.id from statement_line l where l.bank_ref = 'R1')`, "were matched with"},
			{`update payment_debit set line = '', amount = amount + 1`, `update payment_debit set amount = amount - 1, line = (select l.id from statement_line l where l.bank_ref = payment_debit.bank_ref)`, "is on no statement yet"},
			{`update payment_collector set account = account || '9'`, `update payment_collector set account = substr(account, 1, length(account) - 1)`, "is not in the ledger"},
			{`update statement_decision set amount = 100001`, `update statement_decision set amount = 77`, "one person made it alone"},
		} {
			r.exec(c.do)
			found(c.do, c.says)
			r.exec(c.undo)
			r.sound()
		}
		r.paid(100) // and no statement ever shows it
		r.call(r.key, "POST", "/v1/payments/"+id+"/refunds", []byte(`{"amount": 1}`))
		r.drain()
		r.clock.Advance(6 * 24 * time.Hour)
		found("a debit that is lost", "the debit B")
		found("a refund that is lost", "the refund ")
		wrong, err := r.room.Audit(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r.differ = strings.Join(wrong, "\n")
	})
}

// A line that is nearly what it is taken for waits for a person: a refund's of another
// amount, one that the bank takes back, a sum that two ways of paying came to, a
// reference that two payments have. Nothing is settled by it.
func TestNearlyIsNot(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		id, paid := r.paid(4550)
		_, _, out := r.call(r.key, "POST", "/v1/payments/"+id+"/refunds", []byte(`{"amount": 500}`))
		refund, _ := out["refund_id"].(string)
		ref := strings.ReplaceAll(refund, "-", "")
		less := debit(499, "R-less", ref)
		taken := debit(500, "R-back", ref)
		taken.Reversal = true
		open, reference := r.asked(700)
		given := credit(700, "B-given", reference) // the bank gives back a debit of its own, and names a payment
		given.Reversal = true
		list := []iso20022.Entry{paid, less, taken, given}

		// Three hundred came by one way, and three hundred by another.
		_, _ = r.paid(300)
		_, _ = r.asked(300)
		r.chosen("fpx")
		r.exec(`update payment_attempt set method = 'fpx' where amount = 300 and status = 'open'`)
		r.paidAttempt(300)
		list = append(list, iso20022.Entry{Amount: 300, Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: today, Bank: "B-sum", Batch: iso20022.Batched{Message: "BATCH-9", Count: 1}})

		// Two transfers of one agency's reference were begun.
		for range 2 {
			r.asked(600)
			r.chosen("transfer")
		}
		r.exec(`update payment_payment set reference = 'SMN-777777' where amount = 600`)
		either := credit(600, "B-either", "")
		either.Details[0].Remittance = "SMN-777777"
		list = append(list, either)

		r.read(r.xml(r.day(today, 0, list...), list...))
		w := r.waits()
		for _, ref := range []string{"R-less", "R-back", "B-given", "B-sum", "B-either"} {
			if w[ref] == "" {
				t.Errorf("%s is settled", ref)
			}
		}
		if status, receipt := r.state(open); status != "started" || receipt != "" {
			t.Errorf("%s %s", status, receipt)
		}
		if n := r.count(`payment_refund where status = 'submitted' and line = ''`); n != 1 {
			t.Error("the refund is called paid")
		}
		if n := r.count(`payment_payment where amount = 600 and receipt <> ''`); n != 0 {
			t.Errorf("%d of the two have a receipt", n)
		}
	})
}

// paidAttempt is a debit of the open attempt over an amount, of which the bank tells.
func (r *till) paidAttempt(amount money.Amount) {
	r.t.Helper()
	var ref string
	if err := r.db.Read(r.t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(`select max(id) from payment_attempt where amount = $1 and status = 'open'`, int64(amount)).Scan(&ref)
	}); err != nil {
		r.t.Fatal(err)
	}
	r.tell(payment.Finding{Reference: ref, State: "paid", Amount: amount, Currency: "MYR", Account: r.c.Account, BankRef: "B-" + ref})
}

// Two movements that look alike are two, and a batch that came one by one is not
// booked again as its sum; the same file again is neither.
func TestAlikeIsNotTheSame(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		alike := credit(50, "", "")
		alike.Reference = ""
		batch := iso20022.Entry{Reference: "E1", Currency: "MYR", Credit: true, Status: iso20022.Booked, Booked: today, Batch: iso20022.Batched{Message: "BATCH-1", Count: 2}}
		for range 2 {
			_, e := r.paid(200)
			batch.Amount += 200
			batch.Details = append(batch.Details, e.Details[0])
		}
		notice := r.day(today, 0, batch)
		notice.Kind, notice.ID, notice.Balances = iso20022.Notice, "N1", nil
		r.read(r.xml(notice, batch))
		lump := batch
		lump.Details, lump.Bank = nil, "B-lump"
		list := []iso20022.Entry{alike, alike, lump}
		file := r.xml(r.day(today, 0, list...), list...)
		r.clock.Advance(24 * time.Hour)
		for range 2 {
			r.read(file)
			if n := r.balance(r.c.Books(false).Bank()); n != 500 {
				t.Errorf("the bank has 5.00, and the books %d sen", n)
			}
		}
		if n := len(r.waits()); n != 1 && n != 2 { // both have no bank reference: the map holds one
			t.Errorf("%d wait", n)
		}
		if n := r.count(`statement_line where amount = 50 and state = 'waiting'`); n != 2 {
			t.Errorf("%d of two movements are booked", n)
		}
	})
}

// A line is another desk's to decide on as little as its books are: neither another
// agency's, nor the same one's of real money.
func TestLineOfAnotherDesk(t *testing.T) {
	each(t, func(t *testing.T, r *till) {
		line := credit(70, "B-1", "X-1")
		r.read(r.xml(r.day(today, 0, line), line))
		id := r.waits()["B-1"]
		for name, change := range map[string]func() (agency string, live bool){
			"another agency": func() (string, bool) { return "pdrm", false },
			"real money":     func() (string, bool) { return "jpj", true },
		} {
			d := r.desk()
			d.Collector.Agency, d.Live = change()
			for _, act := range []func(tx *db.Tx) error{
				func(tx *db.Tx) error {
					_, err := r.room.DecideTx(tx, officer("aminah"), d, id, statement.Keep, "")
					return err
				},
				func(tx *db.Tx) error { return r.room.ConfirmTx(tx, officer("badrul"), d, id, true) },
			} {
				if err := r.db.Write(t.Context(), act); fault.CodeOf(err) != fault.Missing {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if r.waits()["B-1"] != id {
			t.Error("it waits no more")
		}
	})
}
