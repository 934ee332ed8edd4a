package payment

import (
	"context"
	"fmt"

	"balai/internal/spine/db"
)

// Audit tells what of the part's own books is not so, in words: each success has
// one receipt and one posted group; no more went back than came, and of the debit that
// came; numbers have no gap; payments and receipts are what their leaves in the public
// journal say.
func (p *Part) Audit(ctx context.Context) (wrong []string, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		wrong = nil
		for _, rule := range auditRules {
			bad, err := db.List(tx, func(s db.Scanner) (id string, err error) { err = s.Scan(&id); return id, err }, rule.query)
			if err != nil {
				return err
			}
			for _, id := range bad {
				wrong = append(wrong, fmt.Sprintf(rule.says, id))
			}
		}
		more, err := p.auditLeaves(tx)
		wrong = append(wrong, more...)
		return err
	})
	return wrong, err
}
