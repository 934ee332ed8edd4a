package bank

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
)

// officers are who may act for the company's account.
var officers = []string{"officer-1", "officer-2"}

// What a payer does at the bank's page.
const (
	doPay     = "pay"     // chose an account or a card
	doMake    = "make"    // an officer makes the company's payment
	doApprove = "approve" // another one checks it
	doReject  = "reject"
	doCancel  = "cancel"
)

// loginPay does what the payer chose at the bank's login page.
func (b *Bank) loginPay(w http.ResponseWriter, r *http.Request) error {
	return b.sessionAct(w, r, byFPX, func(tx *db.Tx, v *Session, do string) (bool, error) {
		person := r.PostForm.Get("person")
		switch {
		case do == doCancel:
			return false, b.giveUpTx(tx, v, v.Account, "cancelled")
		case do == doPay && v.State == open:
			a, err := accountByCode(tx, r.PostForm.Get("account"))
			if err != nil {
				return false, err
			}
			if a.Kind == Company {
				v.Account = a.Code
				return false, nil
			}
			if a.Kind != Person {
				return false, refuse(codeAccount)
			}
			return b.sessionPaid(tx, v, a.Code)
		case !slices.Contains(officers, person):
			return false, refuseField("person")
		case do == doMake && v.State == open && v.Account != "":
			v.State, v.Maker = checking, person
			return false, nil
		case do == doApprove && v.State == checking:
			if person == v.Maker {
				return false, refuse(codeOther)
			}
			return b.sessionPaid(tx, v, v.Account)
		case do == doReject && v.State == checking:
			if person == v.Maker {
				return false, refuse(codeOther)
			}
			return false, b.giveUpTx(tx, v, v.Account, "rejected")
		}
		return false, refuse(codeEnded)
	})
}

// testCards are what the card page offers, and why a card is declined; "" pays.
// They are the numbers that payment providers print in their guides: no one holds
// them.
var testCards = []struct{ number, reason string }{
	{"4242424242424242", ""},
	{"4000000000000002", "declined"},
	{"4000000000009995", "insufficient_funds"},
	{"4000000000000069", "expired_card"},
	{"4000000000000119", "processing_error"},
}

// cardPay does what the payer chose at the card page. Another number than a test
// card's is refused and kept nowhere.
func (b *Bank) cardPay(w http.ResponseWriter, r *http.Request) error {
	return b.sessionAct(w, r, byCard, func(tx *db.Tx, v *Session, do string) (bool, error) {
		if do == doCancel {
			return false, b.giveUpTx(tx, v, cards, "cancelled")
		}
		number := strings.NewReplacer(" ", "", "-", "").Replace(r.PostForm.Get("card"))
		for _, c := range testCards {
			switch {
			case c.number != number:
			case c.reason == "":
				return b.sessionPaid(tx, v, cards)
			default:
				return false, b.giveUpTx(tx, v, cards, c.reason)
			}
		}
		return false, refuse(codeCard)
	})
}

// sessionAct changes a session by what was posted, and leads on: to the merchant
// once it has ended, to the next step else.
func (b *Bank) sessionAct(w http.ResponseWriter, r *http.Request, method string, act func(tx *db.Tx, v *Session, do string) (cut bool, err error)) error {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	if err := r.ParseForm(); err != nil {
		return refuseField("body")
	}
	do := r.PostForm.Get("do")
	if do == "" {
		do = doPay
	}
	var v Session
	cut := false
	err := b.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		if v, err = b.sessionTx(tx, r.PathValue("session"), method); err != nil {
			return err
		}
		if !v.waits() || v.over(clock.Micro(b.o.Clock.Now())) {
			return refuse(codeEnded)
		}
		if cut, err = act(tx, &v, do); err != nil {
			return err
		}
		return updateSession(tx, v)
	})
	var no refusal
	switch {
	case errors.As(err, &no) && no.code != codeMissing:
		return b.sessionPage(w, r, method, no)
	case err != nil:
		return err
	}
	b.hurry()
	if cut {
		return errCut
	}
	to := v.path()
	if !v.waits() {
		to = v.back()
	}
	w.Header().Set("Content-Security-Policy", v.policy())
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// sessionTx is a session that was begun for a way of paying.
func (b *Bank) sessionTx(tx *db.Tx, id, method string) (Session, error) {
	v, known, err := sessionByID(tx, id)
	if err == nil && (!known || v.Method != method) {
		err = refuse(codeMissing)
	}
	return v, err
}

func (b *Bank) session(ctx context.Context, id, method string) (v Session, shop Shop, list []Account, err error) {
	err = b.db.Read(ctx, func(tx *db.Tx) (err error) {
		if v, err = b.sessionTx(tx, id, method); err != nil {
			return err
		}
		if shop, _, err = merchantByID(tx, v.Merchant); err != nil {
			return err
		}
		list, err = accounts(tx)
		return err
	})
	return v, shop, list, err
}

// sessionPaid pays what a session asks for.
func (b *Bank) sessionPaid(tx *db.Tx, v *Session, account string) (cut bool, err error) {
	p, cut, err := b.payTx(tx, Payment{Merchant: v.Merchant, Reference: v.Reference, Method: v.Method, Payer: account, Amount: v.Amount})
	v.State, v.Account, v.BankReference = paid, account, p.BankReference
	return cut, err
}

// giveUpTx ends a session without a payment.
func (b *Bank) giveUpTx(tx *db.Tx, v *Session, account, reason string) error {
	p, err := b.failTx(tx, Payment{Merchant: v.Merchant, Reference: v.Reference, Method: v.Method, Payer: account, Amount: v.Amount}, reason)
	v.State, v.Reason, v.BankReference = failed, reason, p.BankReference
	return err
}

// back is where the payer goes in the end: the merchant's address with the
// reference. It says nothing of whether the payment came about, since anybody can
// write an address: the merchant asks the bank.
func (v Session) back() string {
	u, err := url.Parse(v.ReturnURL)
	if err != nil { // it was checked
		return v.path()
	}
	q := u.Query()
	q.Set("reference", v.Reference)
	u.RawQuery = q.Encode()
	return u.String()
}

// policy lets the session's forms lead to the merchant.
func (v Session) policy() string {
	u, err := url.Parse(v.ReturnURL)
	if err != nil || strings.ContainsAny(u.Host, " ;,'\"") {
		return contentPolicy
	}
	return contentPolicy + " " + u.Scheme + "://" + u.Host
}
