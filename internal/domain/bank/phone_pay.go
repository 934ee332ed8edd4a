package bank

import (
	"net/http"
	"net/url"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Scan is a QR code that a phone pays.
type Scan struct {
	Payload string       `json:"payload"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"` // sen, of a code that names none
	Once    string       `json:"once"`   // any word: the same again pays once
}

// Paid is what the phone shows then.
type Paid struct {
	Status        string       `json:"status"`
	BankReference string       `json:"bank_reference"`
	Amount        money.Amount `json:"amount"` // sen
	Currency      string       `json:"currency"`
	Payee         string       `json:"payee"`
	PayeeName     string       `json:"payee_name"`
	Reference     string       `json:"reference"`
}

// phonePay pays a QR code. A program sends JSON; the phone's page sends a form.
func (b *Bank) phonePay(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	if !isForm(r) {
		return b.scanPay(w, r)
	}
	if err := r.ParseForm(); err != nil {
		return refuseField("body")
	}
	in := Scan{Payload: r.PostForm.Get("payload"), Account: r.PostForm.Get("account"), Once: r.PostForm.Get("once")}
	amount := r.PostForm.Get("amount")
	_, p, cut, err := b.payScan(r, in, amount)
	switch {
	case cut:
		return errCut
	case codeOf(err) != "":
		return b.phonePage(w, r, in, amount, err)
	case err != nil:
		b.refusePage(w, r, err)
		return nil
	}
	http.Redirect(w, r, "/paid/"+url.PathEscape(p.BankReference), http.StatusSeeOther)
	return nil
}

func (b *Bank) scanPay(w http.ResponseWriter, r *http.Request) error {
	body, err := readAll(r)
	if err != nil {
		return err
	}
	var in Scan
	if err := read(body, &in); err != nil {
		return err
	}
	a, p, cut, err := b.payScan(r, in, "")
	if err != nil {
		return err
	}
	if cut {
		return errCut
	}
	answer(w, http.StatusOK, Paid{paid, p.BankReference, p.Amount, money.MYR, p.Payee, a.shop.Name, p.Reference})
	return nil
}

// payScan reads the code and pays it. typed is the amount in ringgit where the
// code names none.
func (b *Bank) payScan(r *http.Request, in Scan, typed string) (a ask, p Payment, cut bool, err error) {
	if a, err = b.asked(r.Context(), in.Payload); err != nil {
		return a, p, false, err
	}
	amount := a.amount
	if amount == 0 {
		if amount = in.Amount; typed != "" {
			if amount, err = money.Typed(typed); err != nil {
				return a, p, false, refuse(codeAmount)
			}
		}
	} else if in.Amount != 0 && in.Amount != amount {
		return a, p, false, refuse(codeAmount)
	}
	if !plain(in.Once, textMost) {
		return a, p, false, refuseField("once")
	}
	if err := b.mayPay(r, in.Account); err != nil {
		return a, p, false, err
	}
	p, cut, err = b.pay(r.Context(), Payment{Merchant: a.shop.ID, Reference: a.reference, Method: byQR, Payer: in.Account, Amount: amount, Once: in.Once})
	return a, p, cut, err
}

// mayPay tells whether an account is one that its holder pays from alone.
func (b *Bank) mayPay(r *http.Request, code string) error {
	return b.db.Read(r.Context(), func(tx *db.Tx) error {
		a, err := accountByCode(tx, code)
		switch {
		case err != nil:
			return err
		case a.Kind == Company:
			return refuse(codeChecker)
		case a.Kind != Person:
			return refuse(codeAccount)
		}
		return nil
	})
}
