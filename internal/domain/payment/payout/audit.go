package payout

import (
	"context"
	"errors"
	"fmt"

	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
)

// Audit tells what of the room's own books is not so, in words: lines, chunks and
// batches agree; each fund in the ledger is what was put into it less what was paid
// and what is kept back; nobody approved what they made.
func (p *Part) Audit(ctx context.Context) (wrong []string, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		wrong = nil
		for _, rule := range auditRules {
			bad, err := db.List(tx, func(s db.Scanner) (id string, err error) { return id, s.Scan(&id) }, rule.query)
			if err != nil {
				return err
			}
			for _, id := range bad {
				wrong = append(wrong, fmt.Sprintf(rule.says, id))
			}
		}
		err := eachBatch(tx, func(b Batch) error {
			why, err := p.altered(tx, b)
			if why != "" && len(wrong) < 100 {
				wrong = append(wrong, fmt.Sprintf("the payout %s was altered: %s", b.ID, why))
			}
			return err
		})
		if err != nil {
			return err
		}
		funds, err := funds(tx)
		if err != nil {
			return err
		}
		for _, f := range funds {
			a, err := p.ledger.AccountTx(tx, booksOf(f.agency, f.live).fund())
			if err != nil && !errors.Is(err, ledger.ErrAccount) {
				return err
			}
			if held, has := int64(a.DebitsPending), int64(a.Balance()); held != f.held || has != f.funded-f.paid {
				wrong = append(wrong, fmt.Sprintf("the fund of %s holds %d and keeps back %d; its payments say %d and %d", a.Code, has, held, f.funded-f.paid, f.held))
			}
		}
		return nil
	})
	return wrong, err
}

// altered tells in what a batch differs from what was hashed, and put forward or
// approved; "" in nothing.
func (p *Part) altered(tx *db.Tx, b Batch) (why string, err error) {
	chunks, err := chunksOf(tx, b.ID)
	if err != nil {
		return "", err
	}
	if why = b.whole(chunks); why != "" {
		return why, nil
	}
	for _, c := range chunks {
		_, err := soundLines(tx, c)
		if errors.Is(err, errAltered) {
			return fmt.Sprintf("lines %d to %d are not those that were hashed", c.First, c.Last), nil
		}
		if err != nil {
			return "", err
		}
	}
	switch {
	case b.DecidedAt > 0:
		return p.differs(tx, b, approved, b.Approver)
	case b.Maker != "":
		return p.differs(tx, b, submitted, b.Maker)
	}
	return "", nil
}
