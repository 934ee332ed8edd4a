package payout

import (
	"cmp"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// ClaimTx tells a statement which of its lines are payments to people: the debit of
// a message, what came back of one, and money that was put into the fund. It names
// the account against which such a line is booked; "" for every other line. batch is
// the message's id and endToEnd a payment's, as the bank prints them; amount is below
// zero where money left.
func (p *Part) ClaimTx(tx *db.Tx, agency string, live bool, batch, endToEnd string, amount money.Amount) (account string, err error) {
	out := booksOf(agency, live).out()
	if amount < 0 {
		c, found, err := chunkByMessage(tx, agency, live, cmp.Or(batch, endToEnd))
		if err != nil || !found || -amount > c.Total || c.Tries == 0 {
			return "", err
		}
		return out, nil
	}
	f, found, err := fundingBy(tx, agency, live, endToEnd)
	if err != nil || found && f.Amount == amount {
		return out, err
	}
	if found, err = hadLine(tx, agency, live, endToEnd, amount); err != nil || !found {
		return "", err
	}
	return out, nil
}
