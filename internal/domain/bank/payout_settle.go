package bank

import (
	"context"
	"fmt"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// settleDue lets what was accepted arrive, and what other banks cannot pay come
// back, once their time has come.
func (b *Bank) settleDue(ctx context.Context) error {
	return b.db.Write(ctx, func(tx *db.Tx) error {
		now := clock.Micro(b.o.Clock.Now())
		due, err := payoutsDue(tx, now)
		if err != nil {
			return err
		}
		for _, k := range due {
			p, _, err := payoutBy(tx, k.merchant, k.message)
			if err != nil {
				return err
			}
			for i := range p.parts {
				if err := b.settleTx(tx, p, &p.parts[i]); err != nil {
					return fmt.Errorf("bank: settle %s: %w", p.message, err)
				}
			}
			if err := payoutSettled(tx, p, clock.Micro(b.o.Clock.Now().Add(returnAfter))); err != nil {
				return err
			}
		}
		back, err := linesReturning(tx, now)
		if err != nil {
			return err
		}
		for _, l := range back {
			if err := b.returnTx(tx, l); err != nil {
				return fmt.Errorf("bank: return %s: %w", l.line.e2e, err)
			}
		}
		return nil
	})
}

// settleTx credits those who are paid: accounts of this bank each, and other
// banks in one sum.
func (b *Bank) settleTx(tx *db.Tx, p payout, part *payoutPart) error {
	if part.booking == "" {
		return nil
	}
	k := Booking{Kind: "settled", EndToEnd: part.id, Text: p.message}
	total, outside := money.Amount(0), money.Amount(0)
	for _, l := range part.lines {
		if l.state != accepted {
			continue
		}
		total += l.amount // what was debited, which was checked
		a, err := accountByCode(tx, l.account)
		switch {
		case err == nil && a.Kind != Internal && a.Code != part.account:
			k.Legs = append(k.Legs, Leg{Account: l.account, Side: Credit, Amount: l.amount, Party: part.account, PartyAccount: part.account, EndToEnd: l.e2e})
		case err == nil || codeOf(err) == codeAccount:
			outside += l.amount
		default:
			return err
		}
	}
	if outside > 0 {
		k.Legs = append(k.Legs, Leg{Account: others, Side: Credit, Amount: outside, Party: part.account, PartyAccount: part.account})
	}
	k.Legs = append(k.Legs, Leg{Account: transit, Side: Debit, Amount: total, Party: part.account, PartyAccount: part.account})
	_, _, err := b.bookTx(tx, k)
	return err
}

// returnTx gives one amount back to the account that paid it.
func (b *Bank) returnTx(tx *db.Tx, l returning) error {
	_, _, err := b.bookTx(tx, Booking{Kind: "returned", EndToEnd: l.line.e2e, Text: strings.TrimSpace(l.message + " " + l.line.info), Reverses: l.booking, Reason: "AC04", Legs: []Leg{
		{Account: others, Side: Debit, Amount: l.line.amount, Party: l.account, PartyAccount: l.account},
		{Account: l.account, Side: Credit, Amount: l.line.amount, Party: l.line.name, PartyAccount: l.line.account},
	}})
	if err != nil {
		return err
	}
	return lineReturned(tx, l, "AC04")
}
