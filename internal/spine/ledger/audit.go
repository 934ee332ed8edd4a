package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
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
// floor is broken; no hold is past its time; and each group is what its leaf in
// the journal says.
func (l *Ledger) Audit(ctx context.Context) (a Audited, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		a = Audited{Totals: map[string]money.Amount{}}
		accounts, err := accountsOf(tx, "")
		if err != nil {
			return err
		}
		sums, err := fold(tx)
		if err != nil {
			return err
		}
		a.Accounts = int64(len(accounts))
		a.accounts(accounts, sums)
		err = eachGroup(tx, func(g Group, digest string) error {
			a.Groups++
			a.Transfers += int64(len(g.Transfers))
			if g.asked().Digest() != digest {
				a.wrong("the group %s is not what was posted", g.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		n, err := strays(tx)
		if err != nil {
			return err
		}
		if n > 0 {
			a.wrong("%d transfers are in no group", n)
		}
		late, err := lapsed(tx, clock.Micro(l.clock.Now().Add(-lapseWithin)))
		for _, h := range late {
			a.wrong("the hold %s of %s is past its time", h.ID, h.ref)
		}
		return err
	})
	if err != nil {
		return a, err
	}
	return a, l.auditLeaves(ctx, &a)
}

func (a *Audited) accounts(accounts []Account, sums map[string]Sums) {
	credits := map[string]money.Amount{}
	for _, acc := range accounts {
		if s := sums[acc.Code]; s != acc.Sums {
			a.wrong("the account %s holds %+v, and its transfers make %+v", acc.Code, acc.Sums, s)
		}
		if acc.Floor && acc.Available() < 0 {
			a.wrong("the account %s is below its floor by %s", acc.Code, (-acc.Available()).Decimal(acc.Currency))
		}
		if acc.DebitsPending < 0 || acc.CreditsPending < 0 {
			a.wrong("the account %s holds back less than nothing", acc.Code)
		}
		a.Totals[acc.Currency] += acc.DebitsPosted
		credits[acc.Currency] += acc.CreditsPosted
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

// auditLeaves compares each group with its leaf. Leaves are read in steps, so
// that no read stands open for long.
func (l *Ledger) auditLeaves(ctx context.Context, a *Audited) error {
	after := ""
	for {
		n := 0
		err := l.db.Read(ctx, func(tx *db.Tx) error {
			some, err := leavesAfter(tx, after)
			if err != nil {
				return err
			}
			for _, g := range some {
				e, err := l.journal.Entry(tx, g.leaf)
				switch {
				case err != nil:
					a.wrong("the group %s has no leaf: %v", g.id, err)
				case len(e.Salt) == 0: // the record was destroyed by right; its place in the log stays
				case e.Record.Data[DigestKey] != g.digest:
					a.wrong("the group %s is not what its leaf says", g.id)
				}
			}
			if n = len(some); n > 0 {
				after = some[n-1].id
			}
			return nil
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// asked is a group as its caller gave it: accounts of holds were filled in.
func (g Group) asked() Group {
	g.Transfers = slices.Clone(g.Transfers)
	for i := range g.Transfers {
		if g.Transfers[i].Of != "" {
			g.Transfers[i].Debit, g.Transfers[i].Credit = "", ""
		}
	}
	return g
}
