package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/money"
)

// Each transfer is good but for one thing, and is refused for that thing alone.
func TestEachFaultAlone(t *testing.T) {
	good := map[Kind]Transfer{
		Post:    {ID: "x", Kind: Post, Debit: clearing, Credit: collect, Amount: 1},
		Hold:    {ID: "x", Kind: Hold, Debit: clearing, Credit: collect, Amount: 1, Until: 1},
		Capture: {ID: "x", Kind: Capture, Of: "h", Amount: 1},
		Release: {ID: "x", Kind: Release, Of: "h"},
	}
	r := &rig{t: t}
	for kind, tr := range good {
		if err := r.group("g", tr).check(); err != nil {
			t.Fatal(kind, err)
		}
	}
	for _, c := range []struct {
		what   string
		kind   Kind
		change func(t *Transfer)
	}{
		{"an id of two lines", Post, func(t *Transfer) { t.ID = "a\nb" }},
		{"a debit of two lines", Post, func(t *Transfer) { t.Debit = "a\nb" }},
		{"a credit of two lines", Post, func(t *Transfer) { t.Credit = "a\nb" }},
		{"a hold of two lines", Capture, func(t *Transfer) { t.Of = "a\nb" }},
		{"no debit", Post, func(t *Transfer) { t.Debit = "" }},
		{"no credit", Post, func(t *Transfer) { t.Credit = "" }},
		{"one account", Post, func(t *Transfer) { t.Credit = t.Debit }},
		{"a post that ends a hold", Post, func(t *Transfer) { t.Of = "h" }},
		{"a hold that ends a hold", Hold, func(t *Transfer) { t.Of = "h" }},
		{"a capture of nothing named", Capture, func(t *Transfer) { t.Of = "" }},
		{"a capture with a debit", Capture, func(t *Transfer) { t.Debit = clearing }},
		{"a capture with a credit", Capture, func(t *Transfer) { t.Credit = collect }},
		{"a release with a debit", Release, func(t *Transfer) { t.Debit = clearing }},
		{"a post that lapses", Post, func(t *Transfer) { t.Until = 1 }},
		{"a capture that lapses", Capture, func(t *Transfer) { t.Until = 1 }},
		{"no kind", Post, func(t *Transfer) { t.Kind = "" }},
		{"a hold without an id", Hold, func(t *Transfer) { t.ID = "" }},
		{"a release of some", Release, func(t *Transfer) { t.Amount = 1 }},
		{"a capture of no amount", Capture, func(t *Transfer) { t.Amount = 0 }},
	} {
		tr := good[c.kind]
		c.change(&tr)
		g := Group{ID: "g", Reason: "payment", Day: "2026-11-30", Transfers: []Transfer{tr}}
		if err := g.check(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	for what, change := range map[string]func(g *Group){
		"no id":         func(g *Group) { g.ID = "" },
		"no transfers":  func(g *Group) { g.Transfers = nil },
		"a byte more":   func(g *Group) { g.Ref = strings.Repeat("a", longest+1) },
		"its last byte": nil,
	} {
		g := r.group("g", good[Post])
		g.Ref = strings.Repeat("a", longest)
		if change == nil {
			if err := g.check(); err != nil {
				t.Error(what, err)
			}
			continue
		}
		if change(&g); fault.CodeOf(g.check()) != fault.Invalid {
			t.Errorf("%s: %v", what, g.check())
		}
	}
}

// Nobody is told that a group was posted because fields of theirs hold the lines
// of one that was.
func TestForgedLines(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("posted", Transfer{ID: "a", Debit: clearing, Credit: collect, Amount: 10}, Transfer{ID: "b", Debit: clearing, Credit: collect, Amount: 5})))
		r.must(r.post(r.group("holds", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 10}, Transfer{ID: "k", Kind: Hold, Debit: clearing, Credit: collect, Amount: 5})))
		r.must(r.post(r.group("captured", Transfer{ID: "a", Kind: Capture, Of: "h", Amount: 10}, Transfer{ID: "b", Kind: Capture, Of: "k", Amount: 5})))
		for what, tr := range map[string]Transfer{
			"id":     {ID: "a\tpost\t" + clearing + "\t" + collect + "\t10\t\t0\nb", Debit: clearing, Credit: collect, Amount: 5},
			"debit":  {ID: "a", Debit: clearing + "\t" + collect + "\t10\t\t0\nb\tpost\t" + clearing, Credit: collect, Amount: 5},
			"credit": {ID: "a", Debit: clearing, Credit: collect + "\t10\t\t0\nb\tpost\t" + clearing + "\t" + collect, Amount: 5},
			"hold":   {ID: "a", Kind: Capture, Of: "h\t0\nb\tcapture\t\t\t5\tk", Amount: 10},
		} {
			id := "posted"
			if tr.Of != "" {
				id = "captured"
			}
			g := r.group(id, tr)
			var digest string
			r.must(r.d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.QueryRow(`select digest from ledger_group where id = $1`, id).Scan(&digest)
			}))
			if g.Digest() != digest {
				t.Fatalf("%s: the forgery has another digest, and shows nothing", what)
			}
			if err := r.post(g); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// A sum that no amount holds is refused where no floor would refuse it.
func TestSumsHaveABound(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		due := "agency:jpj:refunds-due" // without a floor
		r.must(r.post(r.group("all", Transfer{Debit: clearing, Credit: due, Amount: money.Max})))
		r.must(r.post(r.group("kept", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: due, Amount: money.Max})))
		for _, g := range []Group{
			r.group("one more", Transfer{Debit: clearing, Credit: due, Amount: 1}),
			r.group("one more is kept", Transfer{Kind: Hold, Debit: clearing, Credit: due, Amount: 1}),
			r.group("taken", Transfer{Kind: Capture, Of: "h", Amount: money.Max}),
		} {
			if err := r.post(g); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", g.ID, err)
			}
		}
		if a := r.account(due); a.CreditsPosted != money.Max || a.CreditsPending != money.Max {
			t.Errorf("%+v", a)
		}
	})
}

// Whoever finds an account below its floor can lift it and end its holds, and can
// sink it no further.
func TestBelowTheFloor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("in", Transfer{Debit: clearing, Credit: collect, Amount: 100})))
		r.must(r.post(r.group("kept", Transfer{ID: "h", Kind: Hold, Debit: collect, Credit: clearing, Amount: 50})))
		r.exec(`update ledger_account set debits_posted = 90 where code = 'agency:jpj:collected'`)
		if err := r.post(r.group("sinks", Transfer{Debit: collect, Credit: clearing, Amount: 1})); !errors.Is(err, ErrFloor) {
			t.Error("it sinks:", err)
		}
		r.must(r.post(r.group("lifts", Transfer{Debit: clearing, Credit: collect, Amount: 1})))
		r.must(r.post(r.group("as it was", Transfer{Kind: Capture, Of: "h", Amount: 50})))
		if a := r.account(collect); a.Available() != -39 {
			t.Errorf("%+v", a)
		}
	})
}

// What a transfer names and there is not is said by its name.
func TestWhatThereIsNot(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("a post", Transfer{ID: "t", Debit: clearing, Credit: collect, Amount: 1})))
		for _, c := range []struct {
			tr   Transfer
			want error
		}{
			{Transfer{Kind: Capture, Of: "t", Amount: 1}, ErrHold}, // its id is a post's
			{Transfer{Debit: "agency:none", Credit: collect, Amount: 1}, ErrAccount},
			{Transfer{Debit: clearing, Credit: "agency:none", Amount: 1}, ErrAccount},
			{Transfer{Kind: Capture, Of: "none", Amount: 1}, ErrHold},
			{Transfer{Kind: Release, Of: "none"}, ErrHold},
		} {
			if err := r.post(r.group("g", c.tr)); !errors.Is(err, c.want) {
				t.Errorf("%+v: %v", c.tr, err)
			}
		}
	})
}

// An account is opened as what it is, and stays so.
func TestOpen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		open := func(a Account) error {
			return r.d.Write(context.Background(), func(tx *db.Tx) error { return r.OpenTx(tx, a) })
		}
		good := Account{Code: "agency:jpj:collected", Agency: "jpj", Currency: money.MYR, Normal: Credit, Floor: true}
		r.must(open(good))
		r.must(open(good))
		for what, change := range map[string]func(a *Account){
			"of no currency": func(a *Account) { a.Currency = "ABC" }, "of another's form": func(a *Account) { a.Code = "Agency JPJ" },
			"of seven words": func(a *Account) { a.Code = "a:b:c:d:e:f:g" }, "on no side": func(a *Account) { a.Normal = "" },
		} {
			a := good
			a.Code = "agency:jpj:new"
			if change(&a); fault.CodeOf(open(a)) != fault.Invalid {
				t.Errorf("%s: %v", what, open(a))
			}
		}
		for what, change := range map[string]func(a *Account){
			"another's": func(a *Account) { a.Agency = "jpn" }, "in yen": func(a *Account) { a.Currency = "JPY" },
			"on the other side": func(a *Account) { a.Normal = Debit }, "without its floor": func(a *Account) { a.Floor = false },
		} {
			a := good
			if change(&a); !errors.Is(open(a), ErrChanged) {
				t.Errorf("%s: %v", what, open(a))
			}
		}
		if a := r.account(good.Code); a != good {
			t.Errorf("%+v", a)
		}
		r.sound()
	})
}

// Each thing that the audit looks at is found where everything else is in order,
// and nothing is said of what is in order.
func TestAuditFindsEachAlone(t *testing.T) {
	const due = "agency:jpj:refunds-due"
	for name, c := range map[string]struct {
		do, says, not string
	}{
		"a transfer of no group": {`insert into ledger_transfer select 'ghost', 0, 'z', debit, credit, amount, kind, hold, until_at from ledger_transfer where id = 'a'`, "1 transfers are in no group", ""},
		"both sides of a sum": {`update ledger_account set debits_posted = debits_posted + 1 where code = 'clearing:duitnow'; update ledger_account set credits_posted = credits_posted + 1 where code = 'agency:jpj:refunds-due'`,
			"the account clearing:duitnow holds", ""},
		"a hold that is gone":        {`delete from ledger_transfer where id = 'h'`, "a transfer of the group three ends the hold h, which there is not", ""},
		"a capture's other account":  {`update ledger_transfer set credit = 'bank:514000' where id = 'c'`, "a transfer of the group three is not in the accounts of the hold h", ""},
		"two currencies":             {`update ledger_account set currency = 'JPY' where code = 'clearing:duitnow'`, "debits of MYR are", ""},
		"a leaf that there is not":   {`update ledger_group set leaf = 'x' where id = 'two'`, "the group two has no leaf", "the group one has no leaf"},
		"a hold that is ended twice": {`insert into ledger_transfer select grp, 9, 'again', debit, credit, 0, 'release', hold, 0 from ledger_transfer where id = 'c'`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				r.chart()
				r.must(r.post(r.group("one", Transfer{ID: "a", Debit: clearing, Credit: due, Amount: 1000})))
				r.must(r.post(r.group("two", Transfer{ID: "h", Kind: Hold, Debit: due, Credit: clearing, Amount: 600})))
				r.must(r.post(r.group("three", Transfer{ID: "c", Kind: Capture, Of: "h", Amount: 600})))
				r.sound()
				if c.says == "" { // the database lets nobody end a hold twice
					if err := r.d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(c.do); return err }); !db.IsUnique(err) {
						t.Error(err)
					}
					r.exec(`drop index ledger_transfer_hold`, c.do,
						`update ledger_account set debits_pending = -600, debits_voided = 600 where code = 'agency:jpj:refunds-due'`,
						`update ledger_account set credits_pending = -600, credits_voided = 600 where code = 'clearing:duitnow'`)
					r.finds("the account agency:jpj:refunds-due holds back less than nothing")
					r.finds("the account clearing:duitnow holds back less than nothing")
					return
				}
				r.exec(strings.Split(c.do, "; ")...)
				r.finds(c.says)
				if a, err := r.Audit(t.Context()); err != nil || c.not != "" && strings.Contains(strings.Join(a.Wrong, "\n"), c.not) {
					t.Errorf("%q, %v", a.Wrong, err)
				}
			})
		})
	}
}

// An account below its floor is found where its sums are its transfers'.
func TestAuditFindsTheFloor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.exec(`update ledger_account set floor = false where code = 'agency:jpj:collected'`)
		r.must(r.post(r.group("out", Transfer{Debit: collect, Credit: clearing, Amount: 100})))
		r.exec(`update ledger_account set floor = true where code = 'agency:jpj:collected'`)
		r.finds("the account agency:jpj:collected is below its floor by 1.00")
		if a, err := r.Audit(t.Context()); err != nil || len(a.Wrong) != 1 {
			t.Errorf("%q, %v", a.Wrong, err)
		}
	})
}

// The audit says a hundred things and no more.
func TestAuditSaysAHundred(t *testing.T) {
	var a Audited
	for n := range 200 {
		a.wrong("%d", n)
	}
	if len(a.Wrong) != 100 || a.Wrong[99] != "99" {
		t.Errorf("%d: %q", len(a.Wrong), a.Wrong)
	}
}

// An export names the accounts whose books it is, used or not, and no others;
// what is only held back is not in it; and it is whole or refused.
func TestExportIsWhole(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("held", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 5})))
		for agency, want := range map[string]string{"": "514000 Collected Collected Duitnow Refunds-due Yen", "jpj": "514000 Collected Duitnow Refunds-due Yen", "jpn": "Collected", "jas": ""} {
			var got []string
			text := r.export("hledger", agency)
			for line := range strings.Lines(text) {
				if name, is := strings.CutPrefix(strings.TrimSpace(line), "account "); is {
					got = append(got, name[strings.LastIndex(name, ":")+1:])
				}
			}
			slices.Sort(got)
			if all := strings.Join(got, " "); all != want || strings.Contains(text, "held") {
				t.Errorf("%q: %q, not %q:\n%s", agency, all, want, text)
			}
		}
		if err := r.Export(t.Context(), &bytes.Buffer{}, "pdf", ""); fault.CodeOf(err) != fault.Invalid {
			t.Error("a format of none:", err)
		}
		r.must(r.post(r.group("in", Transfer{Debit: clearing, Credit: collect, Amount: 5})))
		for _, code := range []string{clearing, collect} {
			r.exec(`update ledger_account set code = 'moved' where code = '` + code + `'`)
			if err := r.Export(t.Context(), &bytes.Buffer{}, "ledger", ""); err == nil {
				t.Errorf("without the account %s", code)
			}
			r.exec(`update ledger_account set code = '` + code + `' where code = 'moved'`)
		}
	})
}

// Names and words of an export are of signs that mean nothing in it.
func TestExportSigns(t *testing.T) {
	for code, want := range map[string]string{"other:x": "Equity:Other:X", "agency:-a": "Liabilities:Agency:XX-a", "bank:5": "Assets:Bank:5"} {
		if got := nameOf(code); got != want {
			t.Errorf("%s: %s, not %s", code, got, want)
		}
	}
	const kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./: "
	for c := range rune(0x250) {
		want := "_"
		if strings.ContainsRune(kept, c) {
			want = string(c)
		}
		if got := plain(string(c)); got != want {
			t.Errorf("%s is written %q", fmt.Sprintf("%q", c), got)
		}
	}
}

// A ledger in which nothing happened is sound, and its export is empty.
func TestEmptyBooks(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if a, err := r.Audit(t.Context()); err != nil || a.Groups != 0 || len(a.Wrong) != 0 {
			t.Errorf("%+v %v", a, err)
		}
		for _, format := range Formats {
			if text := r.export(format, ""); text != "" {
				t.Errorf("%s: %q", format, text)
			}
		}
	})
}

// Where another process was quicker, the database itself takes a hold's id once,
// and its end once.
func TestDatabaseTakesOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 1})))
		r.must(r.post(r.group("end", Transfer{Kind: Release, Of: "h"})))
		for _, g := range []Group{
			r.group("two", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 1}),
			r.group("end again", Transfer{Kind: Release, Of: "h"}),
		} {
			err := r.d.Write(t.Context(), func(tx *db.Tx) error { return insertGroups(tx, []Group{g}, []string{g.Digest()}) })
			if !errors.Is(err, ErrChanged) {
				t.Errorf("%s: %v", g.ID, err)
			}
		}
		r.sound()
	})
}

// A post may have a hold's id, and is not the hold.
func TestPostOfAHoldsID(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		r.must(r.post(r.group("one", Transfer{ID: "h", Kind: Hold, Debit: clearing, Credit: collect, Amount: 7})))
		r.must(r.post(r.group("two", Transfer{ID: "h", Debit: clearing, Credit: collect, Amount: 5})))
		r.must(r.post(r.group("three", Transfer{Kind: Capture, Of: "h", Amount: 7}, Transfer{Debit: clearing, Credit: collect, Amount: 1})))
		r.sound()
		var posted map[string]Posted
		r.must(r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			posted, err = r.PostedTx(tx, []string{"one", "two", "three", "none"})
			return err
		}))
		if len(posted) != 3 || posted["one"].Amount != 0 || posted["two"].Amount != 5 || posted["three"].Amount != 1 {
			t.Errorf("%+v", posted)
		}
	})
}

// One call that names a group twice posts it once, and whom it concerns can read it.
func TestTwiceInOneCall(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chart()
		g := r.group("g", Transfer{Debit: clearing, Credit: collect, Amount: 5})
		g.Subjects = []string{"aisyah"}
		other := r.group("g", Transfer{Debit: clearing, Credit: collect, Amount: 6})
		refused, err := r.Post(t.Context(), []Group{g, g, other})
		r.must(err)
		if refused[0] != nil || refused[1] != nil || !errors.Is(refused[2], ErrChanged) {
			t.Errorf("%v", refused)
		}
		if a := r.account(collect); a.Balance() != 5 {
			t.Errorf("%+v", a)
		}
		var n int64
		r.must(r.d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow(`select count(*) from journal_subject where person = 'aisyah'`).Scan(&n)
		}))
		if n != 1 {
			t.Errorf("%d leaves are theirs to read", n)
		}
		r.sound()
	})
}
