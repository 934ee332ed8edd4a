package payment

import (
	"fmt"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// testStart begins the number of a test's receipt.
const testStart = "UJI-"

// Receipt says that an amount was paid. It never changes.
type Receipt struct {
	No       string // "JPJ-2026-0000042"; a test's begins with UJI
	Agency   string
	Live     bool
	Year     string
	N        int64 // in the agency's year, from 1 without a gap
	Payment  string
	Attempt  string
	Amount   money.Amount
	Currency string
	Method   Method
	BankRef  string
	PaidAt   int64
	// DebitedAt is when the bank says that the payer paid; 0 where it does not.
	DebitedAt int64
	Leaf      string
}

// numberTx takes the next number of the agency's year for a payment.
func (p *Part) numberTx(tx *db.Tx, c Collector, pay Payment, a Attempt, f Finding) (Receipt, error) {
	year := clock.Day(p.Clock.Now())[:4]
	n, err := nextNumber(tx, c.Agency, a.Live, year)
	if err != nil {
		return Receipt{}, err
	}
	series := strings.ToUpper(c.Agency)
	if !a.Live {
		series = testStart + series // a test's, which is no receipt of the agency's
	}
	return Receipt{No: fmt.Sprintf("%s-%s-%07d", series, year, n), Agency: c.Agency, Live: a.Live, Year: year, N: n, Payment: pay.ID, Attempt: a.ID,
		Amount: f.Amount, Currency: f.Currency, Method: a.Method, BankRef: f.BankRef, PaidAt: p.now(), DebitedAt: f.At}, nil
}
