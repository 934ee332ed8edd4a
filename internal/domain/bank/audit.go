package bank

import (
	"context"
	"fmt"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Audit reads all books and tells what is wrong with them, a sentence each: a
// booking whose sides differ, a balance that is not its entries' sum, an account
// below zero, a payment that its booking does not bear out.
func (b *Bank) Audit(ctx context.Context) (bad []string, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		uneven, err := unevenBookings(tx)
		if err != nil {
			return err
		}
		for _, reference := range uneven {
			bad = append(bad, fmt.Sprintf("the sides of the booking %s differ", reference))
		}
		folded, err := foldedBalances(tx)
		if err != nil {
			return err
		}
		list, err := accounts(tx)
		if err != nil {
			return err
		}
		total := money.Amount(0)
		for _, a := range list {
			if folded[a.Code] != a.Balance {
				bad = append(bad, fmt.Sprintf("the account %s holds %d sen, and its entries are %d", a.Code, a.Balance, folded[a.Code]))
			}
			if a.Balance < 0 && a.Kind != Internal {
				bad = append(bad, fmt.Sprintf("the account %s is below zero: %d sen", a.Code, a.Balance))
			}
			if total, err = money.Add(total, a.Balance); err != nil {
				return err
			}
			delete(folded, a.Code)
		}
		for code := range folded {
			bad = append(bad, fmt.Sprintf("there are entries of %s, and no such account", code))
		}
		if total != 0 {
			bad = append(bad, fmt.Sprintf("all balances together are %d sen and not nothing", total))
		}
		wrong, err := wrongPayments(tx)
		if err != nil {
			return err
		}
		for _, reference := range wrong {
			bad = append(bad, fmt.Sprintf("the payment %s is not what was booked", reference))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bank: audit: %w", err)
	}
	return bad, nil
}
