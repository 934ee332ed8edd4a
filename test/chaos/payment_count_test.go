package chaos

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"time"
)

// count insists on what must be true after all that broke. It reads the bank's own database, and trusts nothing that
// the hall says of itself.
func (b *bazaar) count() {
	t := b.t
	t.Helper()
	if *payShare*float64(len(b.all)) >= 10 && b.cut.Load() == 0 {
		t.Error("no line was cut after a debit")
	}
	if b.kills == 0 || b.disk.mounted && b.fills == 0 || b.asked.Load() == 0 || b.unheard.Load()+b.refused.Load() == 0 {
		t.Error("nothing broke, so nothing is proved")
	}
	states, unexplained := map[string]int{}, 0
	for _, x := range b.all {
		states[x.end]++
		if (x.end == "success") != (x.slip != "") {
			t.Errorf("payment %d ended as %q with the receipt %q", x.n, x.end, x.slip)
		}
		if x.end == "failed" || x.end == "error" || x.debits == 0 && x.end == "success" || x.debits > 0 && x.deed != changes && x.end != "success" {
			t.Errorf("payment %d, debited %d times, ended as %q", x.n, x.debits, x.end)
		}
		if !x.past.explained() {
			unexplained++
		}
	}
	if unexplained > 0 {
		t.Errorf("what was heard of %d payments fits with no order of events", unexplained)
	}
	books := b.engine.Open(t, b.hall)
	bank, err := sql.Open("sqlite", "file:"+filepath.Join(b.bank.Data, "bank.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer bank.Close()
	b.wentBack(books, bank)
	b.hall.Stop()
	b.bank.Stop()
	b.compare(books, bank)
	orphans := b.orphans(books, bank)
	for _, o := range orphans {
		t.Error(o)
	}
	if out, code := b.hall.Command(append([]string{"ledger", "audit", "--data", b.hall.Data}, b.engine.Args()...)...); code != 0 {
		t.Errorf("the books: %s", out)
	}
	t.Logf("%s: %d payments in %s: %v; %d requests, %d refused, %d unheard, %d of the bank's lines cut; %d kills, %d full disks; %d debits without receipt or refund",
		b.engine.Name, len(b.all), time.Since(b.began).Round(time.Second), states, b.asked.Load(), b.refused.Load(), b.unheard.Load(), b.cut.Load(), b.kills, b.fills, len(orphans))
}

// wentBack waits until every refund has ended at the bank, and until the hall has found every debit of which it was told
// nothing: by asking, or on the bank's statement.
func (b *bazaar) wentBack(books, bank *sql.DB) {
	b.t.Helper()
	for {
		open := rows(b, books, `select 'refunds', count(*) from payment_refund where status <> $1`, "success")["refunds"]
		orphans := len(b.orphans(books, bank))
		if open == 0 && orphans == 0 {
			return
		}
		select {
		case <-b.ctx.Done():
			b.t.Errorf("%d refunds never went back, and %d debits were never found", open, orphans)
			return
		case <-time.After(time.Second):
		}
	}
}

// orphans are the debits at the bank that are neither a receipt nor went back.
func (b *bazaar) orphans(books, bank *sql.DB) (bad []string) {
	b.t.Helper()
	slips := rows(b, books, `select bank_ref, amount from payment_receipt where live = $1`, false)
	back := rows(b, books, `select debit, cast(sum(amount) as bigint) from payment_refund where live = $1 group by debit`, false)
	for ref, amount := range rows(b, bank, `select bank_reference, amount from bank_payment where state = $1`, "paid") {
		slip, paid := slips[ref]
		if paid && slip != amount || !paid && back[ref] != amount {
			bad = append(bad, fmt.Sprintf("the debit %s of %d sen: receipt of %d, %d went back", ref, amount, slip, back[ref]))
		}
	}
	return bad
}

// compare holds the hall's books against the bank's, debit by debit and account by account.
func (b *bazaar) compare(books, bank *sql.DB) {
	t := b.t
	t.Helper()
	slips := rows(b, books, `select bank_ref, amount from payment_receipt where live = $1`, false)
	back := rows(b, books, `select debit, cast(sum(amount) as bigint) from payment_refund where live = $1 group by debit`, false)
	debits := rows(b, bank, `select bank_reference, amount from bank_payment where state = $1`, "paid")
	gone := rows(b, bank, `select bank_reference, refunded from bank_payment where state = $1`, "paid")
	for ref := range debits {
		if gone[ref] != back[ref] {
			t.Errorf("of the debit %s the bank sent %d sen back, and the hall's books say %d", ref, gone[ref], back[ref])
		}
		delete(slips, ref)
	}
	if len(slips) > 0 {
		t.Errorf("%d receipts of debits that the bank does not know", len(slips))
	}
	held := rows(b, bank, `select code, balance from bank_account where kind = $1`, "merchant")
	for _, a := range b.hall.Demo.Payments.Agencies {
		ours := int64(0)
		for code, n := range rows(b, books, `select code, debits_posted - credits_posted from ledger_account where agency = $1`, a.Code+"-sandbox") {
			if len(code) > 5 && (code[:5] == "bank:" || code[:5] == "clear") {
				ours += n
			}
		}
		if held[a.Account] != ours {
			t.Errorf("%s: the bank holds %d sen, the books %d; %v", a.Code, held[a.Account], ours,
				rows(b, books, `select code, debits_posted - credits_posted from ledger_account where agency = $1 and debits_posted <> credits_posted`, a.Code+"-sandbox"))
			t.Errorf("%s: lines that nothing explains: %v", a.Code, rows(b, books, `select id || ' ' || state || ' ' || rule || ' ' || bank_ref || ' ' || end_to_end || ' ' || text || ' ' || case when is_credit then 'in' else 'out' end, amount from statement_line where agency = $1 and state <> 'matched'`, a.Code))
		}
	}
}

// rows are a word and a number each.
func rows(b *bazaar, d *sql.DB, query string, arg any) map[string]int64 {
	b.t.Helper()
	list, err := d.Query(query, arg)
	if err != nil {
		b.t.Fatal(err)
	}
	defer list.Close()
	out := map[string]int64{}
	for list.Next() {
		var word string
		var n int64
		if err := list.Scan(&word, &n); err != nil {
			b.t.Fatal(err)
		}
		out[word] = n
	}
	if err := list.Err(); err != nil {
		b.t.Fatal(err)
	}
	return out
}
