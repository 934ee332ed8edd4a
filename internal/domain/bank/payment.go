package bank

import (
	"context"
	"fmt"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Ways of paying.
const (
	byQR   = "qr"
	byFPX  = "fpx"
	byCard = "card"
)

// States of a payment, a refund and a transfer.
const (
	none     = "none"
	pending  = "pending"
	paid     = "paid"
	failed   = "failed"
	reversed = "reversed"
)

// Shop is who takes payments here.
type Shop struct {
	ID          string `json:"-"`
	Name        string `json:"name"`
	City        string `json:"city"`
	Account     string `json:"account"`
	CallbackURL string `json:"callback_url"`
	Secret      string `json:"secret"` // whsec_BASE64
}

// Payment is money that a merchant was paid, or was not.
type Payment struct {
	BankReference       string
	No                  int64
	Merchant, Reference string
	Method              string
	Payer, PayerName    string
	Payee               string // the merchant's account
	Amount              money.Amount
	State, Reason       string
	Refunded            money.Amount
	Once                string // the form that paid, which pays once
	ReverseAt           int64  // on the clock that the bank was given; 0 never
	At                  int64  // booked, unix microseconds of the bank's own time
}

// pay moves a payment's money and lets the merchant be told. cut tells that a
// fault keeps the answer from the payer.
func (b *Bank) pay(ctx context.Context, p Payment) (done Payment, cut bool, err error) {
	err = b.db.Write(ctx, func(tx *db.Tx) (err error) {
		done, cut, err = b.payTx(tx, p)
		return err
	})
	if err != nil {
		return Payment{}, false, err
	}
	b.hurry()
	return done, cut, nil
}

func (b *Bank) payTx(tx *db.Tx, p Payment) (done Payment, cut bool, err error) {
	if p.Once != "" {
		before, known, err := paymentBy(tx, "once", p.Once)
		if err == nil && known && (before.Merchant != p.Merchant || before.Reference != p.Reference || before.Amount != p.Amount || before.Payer != p.Payer) {
			err = refuse(codeChanged)
		}
		if err != nil || known {
			return before, false, err
		}
	}
	shop, known, err := merchantByID(tx, p.Merchant)
	if err != nil {
		return p, false, err
	}
	if !known {
		return p, false, refuse(codeMerchant)
	}
	from, err := accountByCode(tx, p.Payer)
	if err != nil {
		return p, false, err
	}
	if p.Amount <= 0 {
		return p, false, refuse(codeAmount)
	}
	p.PayerName, p.Payee = from.Name, shop.Account
	f, err := b.fateOf(tx, p)
	if err != nil {
		return p, false, err
	}
	dial, batch := b.dial.Load(), ""
	if dial.Batch {
		batch = p.Method
	}
	p.State = paid
	p.BankReference, p.No, err = b.bookTx(tx, Booking{Kind: p.Method, EndToEnd: p.Reference, Text: shop.Name, Legs: []Leg{
		{Account: p.Payer, Side: Debit, Amount: p.Amount, Party: shop.Name, PartyAccount: p.Payee},
		{Account: p.Payee, Side: Credit, Amount: p.Amount, Party: p.PayerName, PartyAccount: p.Payer, Batch: batch},
	}})
	if err != nil {
		return p, false, err
	}
	p.At = clock.Micro(b.now())
	if f.reverse {
		p.ReverseAt = clock.Micro(b.o.Clock.Now().Add(reversalAfter * dial.delayBy()))
	}
	if err := insertPayment(tx, p); err != nil {
		return p, false, err
	}
	return p, f.cut, b.tellTx(tx, p, f)
}

// failTx keeps that a payment did not come about, and lets the merchant be told.
func (b *Bank) failTx(tx *db.Tx, p Payment, reason string) (Payment, error) {
	shop, _, err := merchantByID(tx, p.Merchant)
	if err != nil {
		return p, err
	}
	f, err := b.fateOf(tx, p)
	if err != nil {
		return p, err
	}
	if p.No, err = nextNo(tx); err != nil {
		return p, err
	}
	f.wrong = false
	p.State, p.Reason, p.Payee, p.BankReference, p.At = failed, reason, shop.Account, b.reference(p.No), clock.Micro(b.now())
	if err := insertPayment(tx, p); err != nil {
		return p, err
	}
	return p, b.tellTx(tx, p, f)
}

// fateOf is what befalls a payment, by its reference and how often there was one
// under it.
func (b *Bank) fateOf(tx *db.Tx, p Payment) (fate, error) {
	before, err := countPayments(tx, p.Merchant, p.Reference)
	return b.dial.Load().fate(fmt.Sprintf("%s/%s/%d", p.Merchant, p.Reference, before)), err
}

// reverseDue takes back the credits whose fault says so, once their time has
// come. What was refunded by then stays.
func (b *Bank) reverseDue(ctx context.Context) error {
	return b.db.Write(ctx, func(tx *db.Tx) error {
		list, err := paymentsToReverse(tx, clock.Micro(b.o.Clock.Now()))
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := b.reverseTx(tx, p); err != nil {
				return fmt.Errorf("bank: reverse %s: %w", p.BankReference, err)
			}
		}
		return nil
	})
}

func (b *Bank) reverseTx(tx *db.Tx, p Payment) error {
	p.ReverseAt = 0
	payee, err := accountByCode(tx, p.Payee)
	if err != nil {
		return err
	}
	if p.State != paid || p.Refunded > 0 || payee.Balance < p.Amount {
		return updatePayment(tx, p) // too late for this fault
	}
	p.State, p.Reason = reversed, "AM05"
	if _, _, err := b.bookTx(tx, Booking{Kind: "reversal", EndToEnd: p.Reference, Text: payee.Name, Reverses: p.BankReference, Reason: p.Reason, Legs: []Leg{
		{Account: p.Payee, Side: Debit, Amount: p.Amount, Party: p.PayerName, PartyAccount: p.Payer},
		{Account: p.Payer, Side: Credit, Amount: p.Amount, Party: payee.Name, PartyAccount: p.Payee},
	}}); err != nil {
		return err
	}
	if err := updatePayment(tx, p); err != nil {
		return err
	}
	f := b.dial.Load().fate("reversal of " + p.BankReference)
	f.wrong = false
	return b.tellTx(tx, p, f)
}
