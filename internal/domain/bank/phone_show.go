package bank

import (
	"net/http"

	"balai/internal/spine/db"
)

// phoneView is the phone's page: first the code, then what it asks.
type phoneView struct {
	view
	in       Scan
	typed    string // the amount in ringgit, of a code that names none
	ask      ask
	read     bool // the code was read
	accounts []Account
	problem  string
	at       string // the field that the problem is with
}

// phoneShow takes a code, or shows what one asks.
func (b *Bank) phoneShow(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	return b.phonePage(w, r, Scan{Payload: q.Get("payload"), Account: q.Get("account"), Once: b.ids.New()}, "", nil)
}

// phonePage shows the phone, and what was wrong with what was sent.
func (b *Bank) phonePage(w http.ResponseWriter, r *http.Request, in Scan, typed string, wrong error) error {
	v := phoneView{view: b.view(r, "bank.phone.title", "/phone"), in: in, typed: typed}
	var err error
	if in.Payload != "" {
		v.ask, err = b.asked(r.Context(), in.Payload)
		if v.read = err == nil; !v.read && codeOf(err) == "" {
			return err
		}
		if wrong == nil {
			wrong = err
		}
	}
	status := http.StatusOK
	if wrong != nil {
		no := b.asRefusal(r, wrong)
		v.Error, v.problem, v.at, status = true, b.sentence(r, no), "payload", no.status()
		if v.read {
			v.at = "account"
			if no.code == codeAmount && v.ask.amount == 0 {
				v.at = "amount"
			}
		}
	}
	err = b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		v.accounts, err = accounts(tx)
		return err
	})
	if err != nil {
		return err
	}
	return b.show(w, r, status, v.view, phonePage(v))
}

// paidShow is what a phone shows after it has paid.
func (b *Bank) paidShow(w http.ResponseWriter, r *http.Request) error {
	var p Payment
	var shop Shop
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		known := false
		if p, known, err = paymentBy(tx, "bank_reference", r.PathValue("reference")); err != nil {
			return err
		}
		if !known || p.State == failed {
			return refuse(codeMissing)
		}
		shop, _, err = merchantByID(tx, p.Merchant)
		return err
	})
	if err != nil {
		return err
	}
	v := b.view(r, "bank.paid.title", r.URL.Path)
	return b.show(w, r, http.StatusOK, v, paidPage(v, p, shop))
}
