package bank

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Refund asks to give a payer back all or a part.
type Refund struct {
	Reference       string       `json:"reference"`
	RefundReference string       `json:"refund_reference"`
	Amount          money.Amount `json:"amount"`         // sen
	BankReference   string       `json:"bank_reference"` // of several payments under a reference: which; "" is the last one that has as much left
}

// Reasons for which an order fails, beside the refusals' codes.
const (
	reasonNone = "nothing_paid"
	reasonMore = "more_than_paid"
)

// refundPost gives money back to who paid. The same refund_reference again is
// answered the same and paid once.
func (b *Bank) refundPost(w http.ResponseWriter, r *http.Request, shop Shop, body []byte) error {
	var in Refund
	if err := read(body, &in); err != nil {
		return err
	}
	switch {
	case !referenceForm.MatchString(in.Reference):
		return refuseField("reference")
	case !referenceForm.MatchString(in.RefundReference):
		return refuseField("refund_reference")
	case in.Amount <= 0:
		return refuse(codeAmount)
	}
	return b.once(w, r, order{merchant: shop.ID, kind: "refund", reference: in.RefundReference}, in, func(tx *db.Tx) (string, error) {
		p, err := refunded(tx, shop, in)
		if err != nil {
			return "", err
		}
		p.Refunded += in.Amount // not above the payment's own amount
		booking, _, err := b.bookTx(tx, Booking{Kind: "refund", EndToEnd: in.RefundReference, Text: in.Reference, Reverses: p.BankReference, Legs: []Leg{
			{Account: p.Payee, Side: Debit, Amount: in.Amount, Party: p.PayerName, PartyAccount: p.Payer},
			{Account: p.Payer, Side: Credit, Amount: in.Amount, Party: shop.Name, PartyAccount: p.Payee},
		}})
		if err != nil {
			return "", err
		}
		return booking, updatePayment(tx, p)
	})
}

// refunded is the payment that a refund gives back. Where a reference was paid
// twice, the one more is the last.
func refunded(tx *db.Tx, shop Shop, in Refund) (found Payment, err error) {
	list, err := paymentsOf(tx, shop.ID, in.Reference)
	if err != nil {
		return found, err
	}
	reason := reasonNone
	for _, p := range list {
		if p.State != paid || in.BankReference != "" && in.BankReference != p.BankReference {
			continue
		}
		if reason == reasonNone {
			reason = reasonMore
		}
		if p.refundable() >= in.Amount {
			found, reason = p, ""
		}
	}
	if reason != "" {
		return found, refuse(reason)
	}
	return found, nil
}
