package payment

import (
	"maps"
	"slices"

	"balai/internal/spine/db"
)

func keysOfMap[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }

// paymentsBy are payments by their ids.
func paymentsBy(tx *db.Tx, ids []string) (map[string]Payment, error) {
	out := map[string]Payment{}
	for part := range slices.Chunk(ids, some) {
		list, err := db.List(tx, scanPayment, `select `+paymentColumns+` from payment_payment where id in (`+db.In(1, len(part))+`)`, anys(part)...)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			out[p.ID] = p
		}
	}
	return out, nil
}

// receiptsBy are receipts by their numbers.
func receiptsBy(tx *db.Tx, numbers []string) (map[string]Receipt, error) {
	out := map[string]Receipt{}
	for part := range slices.Chunk(numbers, some) {
		list, err := db.List(tx, scanReceipt, `select `+receiptColumns+` from payment_receipt where no in (`+db.In(1, len(part))+`)`, anys(part)...)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			out[r.No] = r
		}
	}
	return out, nil
}

func countReceipts(tx *db.Tx) (n int64, err error) {
	err = tx.QueryRow(`select count(*) from payment_receipt`).Scan(&n)
	return n, err
}

// eachReceipt goes through all receipts, by their numbers.
func eachReceipt(tx *db.Tx, do func(Receipt) error) error {
	for after := ""; ; {
		list, err := db.List(tx, scanReceipt, `select `+receiptColumns+` from payment_receipt where no > $1 order by no limit 500`, after)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, r := range list {
			if err := do(r); err != nil {
				return err
			}
			after = r.No
		}
	}
}
