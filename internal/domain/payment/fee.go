package payment

import (
	"errors"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// Takes tells whether an agency takes money online.
func (p *Part) Takes(tx *db.Tx, agency string) (bool, error) {
	if p.banker(!p.Demo) == nil {
		return false, nil
	}
	_, err := collectorOf(tx, agency)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Owed is what somebody owes, for something of the hall's own.
type Owed struct {
	Agency, Reference string
	What              locale.Text
	Amount            money.Amount
	Origin            Origin
	Ref               string // of the case or the bill
	Person            string // whose it is
	Back              string // path to which the payer goes back
	Lang              locale.Lang
	Until             int64 // when what is owed changes, unix microseconds: its page lives no longer; 0 never
	Test              bool  // of an agency's tests: no real money
}

// PageTx is the address of the page on which something is paid. While one waits
// for its payer, there is no other for that amount: two people who want to pay
// one fee are shown one page.
func (p *Part) PageTx(tx *db.Tx, o Owed) (string, error) {
	now := p.now()
	open, err := openOf(tx, o.Origin, o.Ref, now)
	if err != nil {
		return "", err
	}
	for _, pay := range open {
		if pay.Amount == o.Amount && pay.Agency == o.Agency {
			return p.pageURL(pay.ID), nil
		}
	}
	life := int64(usualLife / time.Microsecond)
	if o.Until > 0 {
		life = min(life, o.Until-now)
	}
	texts := map[locale.Lang]string{locale.Malay: o.What.MS, locale.English: o.What.EN}
	pay, err := p.CreateTx(tx, Payment{Agency: o.Agency, Live: !p.Demo && !o.Test, Amount: o.Amount, Currency: money.MYR, Reference: o.Reference, Description: texts[o.Lang],
		ReturnURL: p.BaseURL + o.Back, Language: string(o.Lang), Origin: o.Origin, OriginRef: o.Ref, Person: o.Person, ExpiresAt: life})
	return p.pageURL(pay.ID), err
}

// PaymentTx is a payment by its id; db.ErrNoRows where there is none.
func (p *Part) PaymentTx(tx *db.Tx, id string) (Payment, error) { return paymentByID(tx, id) }

// EndPagesTx ends the pages of a thing of which something else is owed from now
// on. One whose payer has gone to the bank is left: what became of it is not
// known, and what it brings is judged when it comes.
func (p *Part) EndPagesTx(tx *db.Tx, o Origin, ref string) error {
	open, err := openOf(tx, o, ref, p.now())
	if err != nil {
		return err
	}
	for _, pay := range open {
		if pay.Status == Submitted {
			continue
		}
		if err := p.moveTx(tx, pay, Cancelled, AgencyLeft); err != nil {
			return err
		}
	}
	return nil
}
