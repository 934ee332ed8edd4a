package payment_test

import (
	"fmt"
	"strings"
	"testing"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
)

func (r *rig) exec(q string, args ...any) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error { _, err := tx.Exec(q, args...); return err })
}

// What is changed by hand in the cash desk's rows is found by its audit, by name, and
// nothing is found any more once it is put right.
func TestAuditFinds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, ref := r.asked("jpj")
		r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
		r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 1000}`, "")
		r.drain()
		open, _ := r.asked("jpj")
		r.sound()
		for _, c := range []struct{ do, undo, says string }{
			{`update payment_payment set receipt = 'X' where receipt <> ''`, `update payment_payment set receipt = 'UJI-JPJ-2026-0000001' where receipt = 'X'`, "has no receipt of its own"},
			{`update payment_payment set amount = 4551 where status = 'success'`, `update payment_payment set amount = 4550 where status = 'success'`, "has no receipt of its own"},
			{`update payment_payment set status = 'success' where status = 'started'`, fmt.Sprintf(`update payment_payment set status = 'started' where id = '%s'`, open), "has no receipt of its own"},
			{`update payment_payment set status = 'error' where status = 'success'`, `update payment_payment set status = 'success' where status = 'error'`, "did not succeed"},
			{`update payment_payment set refunded = 0 where refunded > 0`, `update payment_payment set refunded = 1000 where status = 'success'`, "was sent back than came"},
			{`update payment_refund set amount = 4551`, `update payment_refund set amount = 1000`, "was sent back than came"},
			{`update payment_series set last = 2`, `update payment_series set last = 1`, "have a gap"},
			{`update payment_receipt set n = 2`, `update payment_receipt set n = 1`, "have a gap"},
			{`update payment_attempt set status = 'gone' where status = 'paid'`, `update payment_attempt set status = 'paid' where status = 'gone'`, "did not go back"},
			{`update payment_receipt set leaf = 'x' || leaf`, `update payment_receipt set leaf = substr(leaf, 2)`, "is not what was posted"},
			{`update ledger_transfer set amount = amount + 1 where kind = 'post'`, `update ledger_transfer set amount = amount - 1 where kind = 'post'`, "is not what was posted"},
			{`update ledger_group set reason = 'gift' where reason = 'payment'`, `update ledger_group set reason = 'payment' where reason = 'gift'`, "0 payments are in the ledger"},
			{`insert into payment_event (id, payment, status, code, at) select 'x', id, 'failed', '', ended_at + 1 from payment_payment where status = 'success'`, `delete from payment_event where id = 'x'`, "went on after its end"},
			{`update payment_refund set status = 'submitted', created_at = created_at - 604800000001`, `update payment_refund set status = 'success', created_at = created_at + 604800000001`, "waited for the bank"},
		} {
			r.exec(c.do)
			if all := strings.Join(r.wrong(), "\n"); !strings.Contains(all, c.says) {
				t.Errorf("%s: it finds %q", c.do, all)
			}
			r.exec(c.undo)
			if all := r.wrong(); len(all) > 0 {
				t.Fatalf("%s: %v", c.undo, all)
			}
		}
		r.write(func(tx *db.Tx) error { // a success that nobody has a receipt of
			return r.ledger.PostTx(tx, ledger.Group{ID: "payment:x", Agency: "jpj-sandbox", Reason: "payment", Ref: "x", Day: "2026-11-30", Transfers: []ledger.Transfer{
				{Kind: ledger.Post, Debit: "clearing:jpj-sandbox:qr", Credit: "agency:jpj-sandbox:collected", Amount: 5}}})
		})
		if all := strings.Join(r.wrong(), "\n"); !strings.Contains(all, "2 payments are in the ledger, and there are 1 receipts") {
			t.Errorf("%q", all)
		}
		r.tampered = true
	})
}

// Whatever one row of a debit, a request or a refund cannot be written, none of it
// is; a moment later the same message does all of it, once, and without a gap.
func TestOneCommit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.write(func(tx *db.Tx) error {
			_, err := r.SetEndpointTx(tx, actor.System("balai"), "jpj", "http://127.0.0.1:1/never", false)
			return err
		})
		for _, table := range []string{"payment_attempt", "payment_debit", "payment_payment", "payment_event", "payment_series", "payment_receipt", "payment_message", "payment_delivery",
			"ledger_account", "ledger_group", "ledger_transfer", "journal_leaf", "outbox_job"} {
			id, ref := r.asked("jpj")
			d := r.bank.debit("MYJPJ", ref, 4550)
			r.broken(table, func() int { return r.tell("MYJPJ", d).status })
			if s := r.state("jpj", id).str("state", "status"); s != "started" {
				t.Errorf("without %s: %s", table, s)
			}
			r.tell("MYJPJ", d)
			if s := r.state("jpj", id).str("state", "status"); s != "success" {
				t.Errorf("after %s: %s", table, s)
			}
		}
		for _, table := range []string{"payment_request", "payment_payment", "payment_event", "journal_leaf"} {
			ask := func() answer { return r.call("jpj", "POST", "/v1/payments", wanted, "key of "+table) }
			r.broken(table, func() int { return ask().status })
			if a, b := ask(), ask(); a.status != 201 || a.str("payment_id") != b.str("payment_id") {
				t.Errorf("after %s: %d %s, %s", table, a.status, a.text, b.text)
			}
		}
		for _, table := range []string{"payment_request", "payment_payment", "payment_refund", "ledger_account", "ledger_group", "ledger_transfer", "journal_leaf", "outbox_job"} {
			id, ref := r.asked("jpj")
			r.tell("MYJPJ", r.bank.debit("MYJPJ", ref, 4550))
			ask := func() answer {
				return r.call("jpj", "POST", "/v1/payments/"+id+"/refunds", `{"amount": 1000}`, "key of "+table)
			}
			r.broken(table, func() int { return ask().status })
			if a, b := ask(), ask(); a.status != 202 || a.str("refund_id") != b.str("refund_id") {
				t.Errorf("after %s: %d %s, %s", table, a.status, a.text, b.text)
			}
		}
	})
}

// broken does something while no row of a table can be written: it has to fail, and
// to leave every table as it was.
func (r *rig) broken(table string, do func() int) {
	r.t.Helper()
	before := r.rows()
	for _, on := range []string{"insert", "update"} {
		q := fmt.Sprintf(`create trigger broken_%[2]s before %[2]s on %[1]s begin select raise(abort, 'broken'); end`, table, on)
		if r.db.Engine() == "postgres" {
			r.exec(`create or replace function broken() returns trigger language plpgsql as 'begin raise exception ''broken''; end'`)
			q = fmt.Sprintf(`create trigger broken_%[2]s before %[2]s on %[1]s for each row execute function broken()`, table, on)
		}
		r.exec(q)
	}
	if status := do(); status < 500 {
		r.t.Errorf("without %s it answers %d", table, status)
	}
	for _, on := range []string{"insert", "update"} {
		q := "drop trigger broken_" + on
		if r.db.Engine() == "postgres" {
			q += " on " + table
		}
		r.exec(q)
	}
	if after := r.rows(); after != before {
		r.t.Errorf("without %s something was kept:\n%s\nbefore\n%s", table, after, before)
	}
}

// rows counts what each table holds, and sums up what changes in place.
func (r *rig) rows() (out string) {
	r.t.Helper()
	var b strings.Builder
	for _, q := range []string{"count(*) from payment_attempt where status = 'open'", "count(*) from payment_debit", "count(*) from payment_payment", "count(*) from payment_payment where ended_at = 0",
		"coalesce(sum(refunded), 0) from payment_payment", "count(*) from payment_event", "coalesce(sum(last), 0) from payment_series", "count(*) from payment_receipt", "count(*) from payment_request",
		"count(*) from payment_refund", "count(*) from payment_message", "count(*) from payment_delivery", "coalesce(sum(debits_posted + debits_pending), 0) from ledger_account",
		"count(*) from ledger_group", "count(*) from ledger_transfer", "count(*) from journal_leaf", "count(*) from outbox_job", "count(*) from payment_exception"} {
		var n int64
		if err := r.db.Read(r.t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow("select cast(" + strings.Replace(q, " from", " as bigint) from", 1)).Scan(&n)
		}); err != nil {
			r.t.Fatal(err)
		}
		fmt.Fprintln(&b, n, q)
	}
	return b.String()
}

// count is how many rows a table has.
func (r *rig) count(table string) (n int64) {
	r.t.Helper()
	if err := r.db.Read(r.t.Context(), func(tx *db.Tx) error { return tx.QueryRow("select count(*) from " + table).Scan(&n) }); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// notes are what officers are told of: "mismatch 2, stranger 1".
func (r *rig) notes(agency string, live bool) string {
	r.t.Helper()
	var list []string
	if err := r.db.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		list, err = db.List(tx, func(s db.Scanner) (string, error) {
			var kind string
			var n int64
			err := s.Scan(&kind, &n)
			return fmt.Sprint(kind, " ", n), err
		}, `select kind, count(*) from payment_exception where agency = $1 and live = $2 and closed_at = 0 group by kind order by kind`, agency, live)
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(list, ", ")
}
