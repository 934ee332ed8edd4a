package payout

import (
	"cmp"
	"slices"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
)

// ClaimTx tells a statement which of its lines are payments to people: the debit of
// a message, what came back of one, and money that was put into the fund. It names
// the account against which such a line is booked; "" for every other line. What came
// back is noted on its payment.
func (p *Part) ClaimTx(tx *db.Tx, agency string, live bool, x payment.Shown) (account string, err error) {
	out := booksOf(agency, live).out()
	if x.Amount < 0 {
		c, found, err := chunkByMessage(tx, agency, live, cmp.Or(x.Batch, x.EndToEnd))
		if err != nil || !found || -x.Amount > c.Total || c.Tries == 0 {
			return "", err
		}
		return out, nil
	}
	f, found, err := fundingBy(tx, agency, live, x.EndToEnd)
	if err != nil || found && f.Amount == x.Amount {
		return out, err
	}
	list, err := linesHad(tx, agency, live, x.EndToEnd, x.Amount)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return out, p.shownTx(tx, list, x)
}

// had is a line that a bank had, of its batch.
type had struct {
	batch string
	Line
}

// shownTx notes on a payment that a statement shows it coming back. Of several under
// one reference it is the first that the bank has said came back and no statement has
// shown; else the one that is paid. A bank that is still asked says so itself: it is
// asked at once. Of one that is not, the statement is the last word.
func (p *Part) shownTx(tx *db.Tx, list []had, x payment.Shown) error {
	at := slices.IndexFunc(list, func(l had) bool { return l.State == Returned && l.ShownDay == "" })
	if at < 0 {
		at = slices.IndexFunc(list, func(l had) bool { return l.State == Paid && l.ShownDay == "" })
	}
	if at < 0 {
		return nil // shown before, or it never was paid
	}
	l := list[at]
	if err := showLine(tx, l.batch, l.N, x.Day, x.Statement); err != nil || l.State == Returned {
		return err
	}
	c, err := chunkWith(tx, l.batch, l.N)
	if err != nil || c.State != chunkSettled {
		return err
	}
	if c.NextAt > 0 {
		c.NextAt = p.now()
		return updateChunk(tx, c)
	}
	b, err := batchByID(tx, l.batch)
	if err != nil {
		return err
	}
	if err := p.lateTx(tx, b, &c); err != nil {
		return err
	}
	if err := updateChunk(tx, c); err != nil {
		return err
	}
	return p.settledTx(tx, b)
}

// lateTx makes returned what a statement showed coming back and the bank, which is not
// asked any more, did not tell of.
func (p *Part) lateTx(tx *db.Tx, b Batch, c *Chunk) error {
	lines, err := linesLate(tx, *c)
	if err != nil || len(lines) == 0 {
		return err
	}
	before := c.Tally
	for _, l := range lines {
		c.Paid, c.Returned = c.Paid-1, c.Returned+1
		c.PaidSum, c.ReturnedSum = c.PaidSum-l.Amount, c.ReturnedSum+l.Amount
		if err := changeLines(tx, c.Batch, change{Returned, "", l.BankRef}, p.now(), []int64{l.N}); err != nil {
			return err
		}
	}
	return p.bookTx(tx, b, c, before)
}
