package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/money"
)

// Audited is what Audit found.
type Audited struct {
	Accounts, Groups, Transfers int64
	Totals                      map[string]money.Amount // posted debits by currency; posted credits are the same
	Wrong                       []string                // in words, the first hundred
}

// lapseWithin is how late a hold may be let go: Lapse runs each minute.
const lapseWithin = 10 * time.Minute

func (a *Audited) wrong(format string, args ...any) {
	if len(a.Wrong) < 100 {
		a.Wrong = append(a.Wrong, fmt.Sprintf(format, args...))
	}
}

// Audit reads all books anew and tells what is not so: what an account holds is
// the fold of its transfers; debits are as much as credits in each currency; no
// floor is broken; no hold is past its time; what ends a hold is in its accounts.
// The journal is read whole too and has to be sound: each account is as its leaf
// says, each group as its leaf says, and no leaf is without its group, so that
// whoever changes or deletes rows, and sums with them, is found out.
func (l *Ledger) Audit(ctx context.Context) (a Audited, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		a = Audited{Totals: map[string]money.Amount{}}
		accounts, err := accountsOf(tx, "")
		if err != nil {
			return err
		}
		sums, err := a.fold(tx)
		if err != nil {
			return err
		}
		a.accounts(accounts, sums)
		n, err := countTransfers(tx)
		if err != nil {
			return err
		}
		if n != a.Transfers {
			a.wrong("%d transfers are in no group", n-a.Transfers)
		}
		late, err := lapsed(tx, clock.Micro(l.clock.Now().Add(-lapseWithin)))
		if err != nil {
			return err
		}
		for _, h := range late {
			a.wrong("the hold %s of %s is past its time", h.ID, h.ref)
		}
		return l.auditLeaves(tx, accounts, &a)
	})
	return a, err
}

// fold checks each group, and works every account's sums out from all transfers.
func (a *Audited) fold(tx *db.Tx) (map[string]*Sums, error) {
	sums := map[string]*Sums{}
	of := func(code string) *Sums {
		s := sums[code]
		if s == nil {
			s = &Sums{}
			sums[code] = s
		}
		return s
	}
	return sums, eachGroup(tx, "g.id", func(g whole) error {
		a.Groups++
		a.Transfers += int64(len(g.transfers))
		for _, t := range g.transfers {
			d, c := of(t.Debit), of(t.Credit)
			switch {
			case t.Of != "" && t.hold == nil:
				a.wrong("a transfer of the group %s ends the hold %s, which there is not", g.ID, t.Of)
			case t.Of != "":
				if t.Debit != t.hold.Debit || t.Credit != t.hold.Credit {
					a.wrong("a transfer of the group %s is not in the accounts of the hold %s that it ends", g.ID, t.Of)
				}
				held := t.hold.Amount
				d.DebitsPending, c.CreditsPending = d.DebitsPending-held, c.CreditsPending-held
				d.DebitsPosted, c.CreditsPosted = d.DebitsPosted+t.Amount, c.CreditsPosted+t.Amount
				d.DebitsVoided, c.CreditsVoided = d.DebitsVoided+held-t.Amount, c.CreditsVoided+held-t.Amount
				t.Debit, t.Credit = "", "" // as its caller gave it
			case t.Kind == Hold:
				d.DebitsPending, c.CreditsPending = d.DebitsPending+t.Amount, c.CreditsPending+t.Amount
			default:
				d.DebitsPosted, c.CreditsPosted = d.DebitsPosted+t.Amount, c.CreditsPosted+t.Amount
			}
			g.Transfers = append(g.Transfers, t.Transfer)
		}
		if g.Digest() != g.digest {
			a.wrong("the group %s is not what was posted", g.ID)
		}
		return nil
	})
}

func (a *Audited) accounts(accounts []Account, sums map[string]*Sums) {
	credits := map[string]money.Amount{}
	for _, acc := range accounts {
		a.Accounts++
		var s Sums
		if made := sums[acc.Code]; made != nil {
			s = *made
		}
		if s != acc.Sums {
			a.wrong("the account %s holds %+v, and its transfers make %+v", acc.Code, acc.Sums, s)
		}
		if acc.Floor && acc.Available() < 0 {
			a.wrong("the account %s is below its floor by %s", acc.Code, (-acc.Available()).Decimal(acc.Currency))
		}
		if acc.DebitsPending < 0 || acc.CreditsPending < 0 {
			a.wrong("the account %s holds back less than nothing", acc.Code)
		}
		a.total(a.Totals, acc.Currency, acc.DebitsPosted)
		a.total(credits, acc.Currency, acc.CreditsPosted)
		delete(sums, acc.Code)
	}
	for code := range sums {
		a.wrong("there is no account %s, and transfers in it", code)
	}
	for _, c := range slices.Sorted(maps.Keys(a.Totals)) {
		if a.Totals[c] != credits[c] {
			a.wrong("debits of %s are %s, and credits %s", c, a.Totals[c].Decimal(c), credits[c].Decimal(c))
		}
	}
}

// total adds an account's sum to a currency's. What goes beyond is not counted from the
// other end: whoever fills accounts to the brim would make any sum of them.
func (a *Audited) total(of map[string]money.Amount, currency string, sum money.Amount) {
	all, err := money.Add(of[currency], sum)
	if err != nil {
		if what := "the accounts in " + currency + " hold more than can be counted"; !slices.Contains(a.Wrong, what) {
			a.wrong("%s", what)
		}
		all = money.Max
	}
	of[currency] = all
}

// leafWalk compares the journal's leaves with the books as they go by.
type leafWalk struct {
	*Audited
	tx       *db.Tx
	accounts map[string]Account // those whose leaf did not come by yet
	digests  map[string]string  // of the next groups, by leaf; "" where the record was destroyed
	found    int64              // groups whose leaf came by
}

// auditLeaves compares every account and group with its leaf, and every leaf with
// its account or group.
func (l *Ledger) auditLeaves(tx *db.Tx, accounts []Account, a *Audited) error {
	w := &leafWalk{Audited: a, tx: tx, accounts: map[string]Account{}, digests: map[string]string{}}
	for _, acc := range accounts {
		w.accounts[acc.Code] = acc
	}
	err := l.journal.Walk(tx, w.leaf)
	if fault.CodeOf(err) == fault.Conflict {
		a.wrong("the journal is not sound: %v", err)
		return nil
	}
	if err == nil {
		err = w.groups()
	}
	if err != nil {
		return err
	}
	for _, code := range slices.Sorted(maps.Keys(w.accounts)) {
		a.wrong("the account %s has no leaf", code)
	}
	if w.found == a.Groups {
		return nil
	}
	return l.leafless(tx, a)
}

func (w *leafWalk) leaf(e journal.Entry) error {
	digest, is := e.Record.Data[DigestKey].(string)
	if is || len(e.Salt) == 0 {
		w.digests[e.Leaf] = digest
	}
	if e.Record.Kind == opened {
		code, _ := e.Record.Data["account"].(string)
		if !w.accounts[code].says(e.Record.Data) {
			w.wrong("the account %s is not what its leaf says", code)
		}
		delete(w.accounts, code)
	}
	if len(w.digests) < chunk {
		return nil
	}
	return w.groups()
}

// groups compares the gathered leaves with their groups.
func (w *leafWalk) groups() error {
	list, err := groupsByLeaf(w.tx, slices.Collect(maps.Keys(w.digests)))
	if err != nil {
		return err
	}
	w.found += int64(len(list))
	for _, g := range list {
		if says, ok := w.digests[g.leaf]; !ok || says != g.digest && says != "" {
			w.wrong("the group %s is not what its leaf says", g.id)
		}
		delete(w.digests, g.leaf)
	}
	for leaf, digest := range w.digests {
		if digest != "" {
			w.wrong("the leaf %s is of a group that there is not", leaf)
		}
	}
	clear(w.digests)
	return nil
}

// leafless names the groups whose leaf did not come by.
func (l *Ledger) leafless(tx *db.Tx, a *Audited) error {
	for after := ""; ; {
		some, err := leavesAfter(tx, after)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, g := range some {
			e, err := l.journal.Entry(tx, g.leaf)
			if err != nil && fault.CodeOf(err) != fault.Missing {
				return err
			}
			if _, is := e.Record.Data[DigestKey].(string); !is && len(e.Salt) > 0 || err != nil {
				a.wrong("the group %s has no leaf", g.id)
			}
		}
		after = some[len(some)-1].id
	}
}

// Posted is a group as whoever posted it compares rows of its own with it.
type Posted struct {
	Leaf   string
	Amount money.Amount // that its posts move
}

// PostedTx are groups by their ids, those that there are.
func (l *Ledger) PostedTx(tx *db.Tx, ids []string) (map[string]Posted, error) {
	return postedByID(tx, ids)
}

// CountTx is how many groups were posted for a reason, whoever's.
func (l *Ledger) CountTx(tx *db.Tx, reason string) (int64, error) { return countGroups(tx, reason) }
