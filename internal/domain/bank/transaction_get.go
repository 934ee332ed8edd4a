package bank

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Transaction is what became of a reference. Of several payments under it, the
// first one that was paid is told, and Payments has all.
type Transaction struct {
	Merchant      string        `json:"merchant"`
	Reference     string        `json:"reference"`
	State         string        `json:"state"` // none | pending | paid | failed | reversed
	Reason        string        `json:"reason"`
	BankReference string        `json:"bank_reference"`
	Amount        money.Amount  `json:"amount"` // sen
	Currency      string        `json:"currency"`
	Payee         string        `json:"payee"`
	PayerName     string        `json:"payer_name"`
	PayerBank     string        `json:"payer_bank"`
	Method        string        `json:"method"`
	At            string        `json:"at"`
	Refunded      money.Amount  `json:"refunded"`
	Payments      []Transaction `json:"payments,omitempty"`
}

func transactionOf(p Payment) Transaction {
	return Transaction{Merchant: p.Merchant, Reference: p.Reference, State: p.State, Reason: p.Reason, BankReference: p.BankReference, Amount: p.Amount, Currency: money.MYR, Payee: p.Payee,
		PayerName: p.PayerName, PayerBank: Name, Method: p.Method, At: stamp(p.At), Refunded: p.Refunded}
}

// transactionGet tells a merchant what became of a reference.
func (b *Bank) transactionGet(w http.ResponseWriter, r *http.Request, shop Shop, _ []byte) error {
	var list []Payment
	var session Session
	var asked bool
	reference := r.PathValue("reference")
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if list, err = paymentsOf(tx, shop.ID, reference); err != nil {
			return err
		}
		session, asked, err = sessionOf(tx, shop.ID, reference)
		return err
	})
	if err != nil {
		return err
	}
	t := told(list, session, asked, clock.Micro(b.o.Clock.Now()))
	t.Merchant, t.Reference = shop.ID, reference
	answer(w, http.StatusOK, t)
	return nil
}

// told chooses the payment that speaks for a reference.
func told(list []Payment, session Session, asked bool, now int64) Transaction {
	t := Transaction{State: none}
	if asked && session.waits() {
		t = Transaction{State: pending, Amount: session.Amount, Currency: money.MYR, Method: session.Method}
		if session.over(now) {
			t.State, t.Reason = failed, "expired"
		}
	}
	// A payment that stands says more than one that was taken back, and that one
	// more than one that failed.
	for _, state := range []string{failed, reversed, paid} {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].State == state {
				t = transactionOf(list[i])
			}
		}
	}
	for _, p := range list {
		t.Payments = append(t.Payments, transactionOf(p))
	}
	return t
}
