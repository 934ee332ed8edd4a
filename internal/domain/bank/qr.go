package bank

import (
	"context"
	"errors"

	"balai/internal/spine/db"
	"balai/internal/spine/emvco"
	"balai/internal/spine/money"
)

// ask is what a QR code asks for.
type ask struct {
	shop      Shop
	reference string
	amount    money.Amount // 0: who pays types it
}

// asked reads a payload as a phone does, and refuses what no bank pays.
func (b *Bank) asked(ctx context.Context, payload string) (ask, error) {
	code, err := emvco.Parse(payload)
	if errors.Is(err, emvco.ErrCRC) {
		return ask{}, refuse(codeCRC)
	}
	if err != nil {
		b.o.Log.Info("a QR code was refused", "error", err)
		return ask{}, refuse(codeQR)
	}
	if code.Currency != money.MYR {
		return ask{}, refuse(codeCurrency)
	}
	if code.Merchant.Scheme != emvco.DuitNowScheme || b.o.Acquirer != "" && code.Merchant.Acquirer != b.o.Acquirer {
		return ask{}, refuse(codeMerchant)
	}
	a := ask{reference: code.Reference, amount: code.Amount}
	if a.reference != "" && !referenceForm.MatchString(a.reference) {
		return ask{}, refuse(codeQR)
	}
	err = b.db.Read(ctx, func(tx *db.Tx) error {
		shop, known, err := merchantByID(tx, code.Merchant.ID)
		if err == nil && !known {
			err = refuse(codeMerchant)
		}
		a.shop = shop
		return err
	})
	return a, err
}
