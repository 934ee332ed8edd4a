package ledger

import (
	"context"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/money"
)

func (r *rig) exec(statements ...string) {
	r.t.Helper()
	r.must(r.d.Write(context.Background(), func(tx *db.Tx) error {
		for _, q := range statements {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	}))
}

// finds has the audit say so.
func (r *rig) finds(what string) {
	r.t.Helper()
	a, err := r.Audit(context.Background())
	r.must(err)
	if all := strings.Join(a.Wrong, "\n"); !strings.Contains(all, what) {
		r.t.Errorf("not found: %s. The audit says %q", what, all)
	}
}

// The audit finds every row that somebody changes behind the ledger's back.
func TestAuditFinds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{ID: "a", Debit: clearing, Credit: collect, Amount: 1000})))
		r.must(r.post(r.group("two", Transfer{ID: "h", Kind: Hold, Debit: collect, Credit: clearing, Amount: 600})))
		r.must(r.post(r.group("three", Transfer{ID: "c", Kind: Capture, Of: "h", Amount: 600})))
		r.sound()
		for _, q := range [][2]string{
			{`update ledger_account set credits_posted = credits_posted + 1 where code = 'agency:jpj:collected'`, `update ledger_account set credits_posted = credits_posted - 1 where code = 'agency:jpj:collected'`},
			{`update ledger_transfer set amount = 999 where id = 'a'`, `update ledger_transfer set amount = 1000 where id = 'a'`},
			{`update ledger_transfer set grp = 'two', n = 7 where id = 'a'`, `update ledger_transfer set grp = 'one', n = 0 where id = 'a'`},
			{`update ledger_group set day = '2026-11-29' where id = 'three'`, `update ledger_group set day = '2026-11-30' where id = 'three'`},
			{`update ledger_group set digest = 'x' where id = 'one'`, ""},
			{`update ledger_group set leaf = 'x' where id = 'two'`, ""},
			{`delete from ledger_group where id = 'three'`, ""},
		} {
			was, err := r.Audit(t.Context())
			r.must(err)
			r.exec(q[0])
			if now, err := r.Audit(t.Context()); err != nil || len(now.Wrong) <= len(was.Wrong) {
				t.Errorf("not found: %s (%v)", q[0], err)
			}
			if q[1] != "" {
				r.exec(q[1])
				r.sound()
			}
		}
	})
}

// books posts two groups, sequenced where signed, so that the head stands for them.
func (r *rig) books(signed bool) {
	r.t.Helper()
	r.chart()
	r.must(r.post(r.group("one", Transfer{Debit: clearing, Credit: collect, Amount: 1})))
	r.must(r.post(r.group("two", Transfer{Debit: clearing, Credit: collect, Amount: 1000})))
	if signed {
		_, err := r.j.Sequence(r.t.Context())
		r.must(err)
	}
	r.sound()
}

// Whoever has the database changes or takes out rows and puts the sums right: what
// the journal says of them is not so any more, and the journal itself cannot be
// put right.
func TestAuditFindsWhoPutsSumsRight(t *testing.T) {
	const (
		gone   = `delete from ledger_group where id = 'two'; delete from ledger_transfer where grp = 'two'; `
		less   = `update ledger_transfer set amount = 1 where grp = 'two'; update ledger_group set digest = 'DIGEST' where id = 'two'; `
		set1   = `update ledger_account set debits_posted = 1 where code = 'clearing:duitnow'; update ledger_account set credits_posted = 1 where code = 'agency:jpj:collected'`
		set2   = `update ledger_account set debits_posted = 2 where code = 'clearing:duitnow'; update ledger_account set credits_posted = 2 where code = 'agency:jpj:collected'`
		ofTwo  = ` where leaf = 'LEAF'`
		erased = `update journal_leaf set salt = null, record = null` + ofTwo + `; `
	)
	each(t, func(t *testing.T, r *rig) { r.books(false) })
	for name, c := range map[string]struct {
		signed   bool
		do, says string
	}{
		"a group with its transfers":              {false, gone + set1, "is of a group that there is not"},
		"a signed group with its leaf":            {true, gone + `delete from journal_leaf` + ofTwo + `; ` + set1, "the journal is not sound"},
		"a signed group whose leaf is destroyed":  {true, gone + erased + set1, "the journal is not sound"},
		"an amount":                               {false, less + set2, "the group two is not what its leaf says"},
		"an amount, and the leaf is destroyed":    {false, less + erased + set2, "the journal is not sound"},
		"an amount, and the leaf has no salt":     {false, less + `update journal_leaf set salt = null` + ofTwo + `; ` + set2, "the journal is not sound"},
		"an amount, and the leaf's record":        {true, less + `update journal_leaf set record = replace(record, 'WAS', 'DIGEST')` + ofTwo + `; ` + set2, "the journal is not sound"},
		"an amount, and another leaf is named":    {false, less + `update ledger_group set leaf = (select leaf from ledger_group where id = 'one') where id = 'two'; ` + set2, "is not what its leaf says"},
		"an amount, and a leaf of no group named": {false, less + `update ledger_group set leaf = (select min(leaf) from journal_leaf) where id = 'two'; ` + set2, "the group two has no leaf"},
		"an account's currency":                   {false, `update ledger_account set currency = 'JPY' where code = 'clearing:duitnow'`, "the account clearing:duitnow is not what its leaf says"},
		"an account's floor":                      {false, `update ledger_account set floor = false where code = 'agency:jpj:collected'`, "the account agency:jpj:collected is not what its leaf says"},
		"an account's agency":                     {false, `update ledger_account set agency = 'jpn' where code = 'agency:jpj:collected'`, "the account agency:jpj:collected is not what its leaf says"},
		"an account without transfers":            {false, `delete from ledger_account where code = 'bank:yen'`, "the account bank:yen is not what its leaf says"},
		"an account that nobody opened":           {false, `insert into ledger_account select 'x', agency, currency, normal, floor, 0, 0, 0, 0, 0, 0, 0 from ledger_account where code = 'bank:yen'`, "the account x has no leaf"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				r.books(c.signed)
				was := r.group("two", Transfer{Debit: clearing, Credit: collect, Amount: 1000})
				now := r.group("two", Transfer{Debit: clearing, Credit: collect, Amount: 1})
				var leaf string
				r.must(r.d.Read(t.Context(), func(tx *db.Tx) error {
					return tx.QueryRow(`select leaf from ledger_group where id = 'two'`).Scan(&leaf)
				}))
				r.exec(strings.Split(strings.NewReplacer("DIGEST", now.Digest(), "WAS", was.Digest(), "LEAF", leaf).Replace(c.do), "; ")...)
				r.finds(c.says)
			})
		})
	}
}

// What ends a hold is in the hold's accounts: they are in no digest but the hold's.
func TestAuditFindsMovedCapture(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		const due = "agency:jpj:refunds-due"
		r.must(r.post(r.group("in", Transfer{Debit: clearing, Credit: collect, Amount: 100}, Transfer{Debit: clearing, Credit: due, Amount: 100})))
		r.must(r.post(r.group("h1", Transfer{ID: "h1", Kind: Hold, Debit: collect, Credit: clearing, Amount: 50})))
		r.must(r.post(r.group("h2", Transfer{ID: "h2", Kind: Hold, Debit: due, Credit: clearing, Amount: 50})))
		r.must(r.post(r.group("c", Transfer{Kind: Capture, Of: "h1", Amount: 50})))
		r.sound()
		r.exec(`update ledger_transfer set debit = 'agency:jpj:refunds-due' where grp = 'c'`,
			`update ledger_account set debits_posted = 0, debits_pending = 50 where code = 'agency:jpj:collected'`,
			`update ledger_account set debits_posted = 50, debits_pending = 0 where code = 'agency:jpj:refunds-due'`)
		r.finds("a transfer of the group c is not in the accounts of the hold h1 that it ends")
	})
}

// A record that was destroyed by right says nothing any more, and nothing is wrong.
func TestAuditOfForgottenLeaf(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.books(true)
		r.must(r.d.Write(t.Context(), func(tx *db.Tx) error {
			some, err := leavesAfter(tx, "")
			if err != nil {
				return err
			}
			return r.j.Forget(tx, some[0].leaf, journal.By{Agency: "jpj"}, "Act 709")
		}))
		r.sound()
		// Nor is it once another group's leaf is gone.
		r.exec(`update ledger_group set leaf = 'x' where id = 'two'`)
		r.finds("the group two has no leaf")
		if a, err := r.Audit(t.Context()); err != nil || strings.Contains(strings.Join(a.Wrong, "\n"), "the group one has no leaf") {
			t.Errorf("%q, %v", a.Wrong, err)
		}
	})
}

// Accounts that are full come to more than can be counted, which is said: a sum that
// begins again below zero is none.
func TestAuditCountsNoFurther(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("full", Transfer{Debit: clearing, Credit: collect, Amount: money.Max})))
		r.sound()
		r.must(r.post(r.group("full too", Transfer{Debit: "bank:514000", Credit: "agency:jpj:refunds-due", Amount: money.Max})))
		r.must(r.post(r.group("a sen more", Transfer{Debit: others, Credit: clearing, Amount: 1})))
		if a, err := r.Audit(t.Context()); err != nil || len(a.Wrong) != 1 || a.Wrong[0] != "the accounts in MYR hold more than can be counted" || a.Totals[money.MYR] != money.Max {
			t.Error(a.Wrong, a.Totals, err)
		}
	})
}
