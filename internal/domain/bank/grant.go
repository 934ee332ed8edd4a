package bank

import (
	"context"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Grant puts money into an account, as the Treasury does that lets an agency pay
// people: once for a reference.
func (b *Bank) Grant(ctx context.Context, account, reference string, amount money.Amount, text string) error {
	return b.db.Write(ctx, func(tx *db.Tx) error {
		_, known, err := orderBy(tx, "", "grant", reference)
		if err != nil || known {
			return err
		}
		to, err := accountByCode(tx, account)
		if err != nil {
			return err
		}
		o := order{kind: "grant", reference: reference, at: clock.Micro(b.now()), Outcome: Outcome{State: paid}}
		o.BankReference, _, err = b.bookTx(tx, Booking{Kind: "transfer", EndToEnd: reference, Text: text, Legs: []Leg{
			{Account: capital, Side: Debit, Amount: amount, Party: to.Name, PartyAccount: account},
			{Account: account, Side: Credit, Amount: amount, Party: Name, PartyAccount: capital},
		}})
		if err != nil {
			return err
		}
		return insertOrder(tx, o)
	})
}
