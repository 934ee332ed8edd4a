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
