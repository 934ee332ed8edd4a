package bank

import (
	"net/http"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Transfer asks to move money between two accounts of a merchant.
type Transfer struct {
	Reference string       `json:"reference"`
	From      string       `json:"from"`
	To        string       `json:"to"`
	Amount    money.Amount `json:"amount"` // sen
	Text      string       `json:"text"`
}

// transferPost moves money between a merchant's own accounts, as a settlement
// does; the one that it goes to is opened where it is not there.
func (b *Bank) transferPost(w http.ResponseWriter, r *http.Request, shop Shop, body []byte) error {
	var in Transfer
	if err := read(body, &in); err != nil {
		return err
	}
	switch {
	case !referenceForm.MatchString(in.Reference):
		return refuseField("reference")
	case !referenceForm.MatchString(in.From):
		return refuseField("from")
	case !referenceForm.MatchString(in.To) || len(in.To) > accountMost || in.To == in.From:
		return refuseField("to")
	case !plain(in.Text, textMost):
		return refuseField("text")
	case in.Amount <= 0:
		return refuse(codeAmount)
	}
	return b.once(w, r, order{merchant: shop.ID, kind: "transfer", reference: in.Reference}, in, func(tx *db.Tx) (string, error) {
		from, err := accountByCode(tx, in.From)
		if err != nil {
			return "", err
		}
		if from.Owner != shop.ID {
			return "", refuse(codeAccount)
		}
		if err := b.ownAccount(tx, shop, in.To, clock.Micro(b.o.Clock.Now())); err != nil {
			return "", err
		}
		booking, _, err := b.bookTx(tx, Booking{Kind: "transfer", EndToEnd: in.Reference, Text: in.Text, Legs: []Leg{
			{Account: in.From, Side: Debit, Amount: in.Amount, Party: shop.Name, PartyAccount: in.To},
			{Account: in.To, Side: Credit, Amount: in.Amount, Party: shop.Name, PartyAccount: in.From},
		}})
		return booking, err
	})
}
