package payment

import (
	"context"
	"fmt"

	"balai/internal/spine/db"
)

// Audit tells what of the part's own books is not so, in words: each success has
// one receipt and one posted group, over its amount; no more went back than came, and
// of the debit that came; numbers have no gap; payments and receipts are what their
// leaves in the public journal say.
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
		leaves, err := p.auditLeaves(tx)
		if err != nil {
			return err
		}
		groups, err := p.unposted(tx)
		wrong = append(append(wrong, leaves...), groups...)
		return err
	})
	return wrong, err
}

// unposted compares each receipt with its group in the ledger: that there is one
// for each, and none beside them.
func (p *Part) unposted(tx *db.Tx) (wrong []string, err error) {
	receipts := int64(0)
	for after := ""; ; {
		list, err := receiptsAfter(tx, after)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		var ids []string
		for _, r := range list {
			ids = append(ids, groupOf(r.Payment))
		}
		posted, err := p.Ledger.PostedTx(tx, ids)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if g := posted[groupOf(r.Payment)]; (g.Amount != r.Amount || g.Leaf != r.Leaf) && len(wrong) < 100 {
				wrong = append(wrong, fmt.Sprintf("the receipt %s is not what was posted for its payment", r.No))
			}
		}
		receipts, after = receipts+int64(len(list)), list[len(list)-1].Payment
	}
	groups, err := p.Ledger.CountTx(tx, postedPayment)
	if err == nil && groups != receipts {
		wrong = append(wrong, fmt.Sprintf("%d payments are in the ledger, and there are %d receipts", groups, receipts))
	}
	return wrong, err
}
