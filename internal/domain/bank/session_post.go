package bank

import (
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Session is a payment that a merchant sent its payer to the bank for.
type Session struct {
	ID, Merchant, Reference string
	Amount                  money.Amount
	Method                  string
	ReturnURL, Description  string
	State                   string // open | checking | paid | failed
	Reason                  string
	Account, Maker          string // a company's: who pays, and who made the payment
	BankReference           string
	MadeAt, UntilAt         int64 // on the clock that the bank was given
}

// States of a session beside paid and failed.
const (
	open     = "open"
	checking = "checking" // made, and not yet checked
)

// sessionLife is how long a payer may take.
const sessionLife = 30 * time.Minute

// descriptionMost is in characters; no statement has it.
const descriptionMost = 500

// waits tells whether the payer has not done yet.
func (v Session) waits() bool { return v.State == open || v.State == checking }

// over tells whether it waits and may no longer.
func (v Session) over(now int64) bool { return v.waits() && now >= v.UntilAt }

// path is where the payer goes.
func (v Session) path() string {
	if v.Method == byCard {
		return "/card/" + v.ID
	}
	return "/login/" + v.ID
}

// asks tells whether two sessions ask for the same.
func (v Session) asks(o Session) bool {
	return v.Amount == o.Amount && v.Method == o.Method && v.ReturnURL == o.ReturnURL && v.Description == o.Description
}

// sessionPost takes a payment that the payer will make at the bank's own page.
// The same again is the same session.
func (b *Bank) sessionPost(w http.ResponseWriter, r *http.Request, shop Shop, body []byte) error {
	var in struct {
		Reference   string       `json:"reference"`
		Amount      money.Amount `json:"amount"` // sen
		Currency    string       `json:"currency"`
		Method      string       `json:"method"`
		ReturnURL   string       `json:"return_url"`
		Description string       `json:"description"`
	}
	if err := read(body, &in); err != nil {
		return err
	}
	back, err := url.Parse(in.ReturnURL)
	switch {
	case !referenceForm.MatchString(in.Reference):
		return refuseField("reference")
	case in.Amount <= 0:
		return refuse(codeAmount)
	case in.Currency != money.MYR:
		return refuse(codeCurrency)
	case in.Method != byFPX && in.Method != byCard:
		return refuseField("method")
	case err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https" || back.User != nil || len(in.ReturnURL) > 2000:
		return refuseField("return_url")
	case !plain(in.Description, descriptionMost):
		return refuseField("description")
	}
	now := b.o.Clock.Now()
	v := Session{ID: strings.ToLower(base32.StdEncoding.EncodeToString(b.ids.Bytes(20))), Merchant: shop.ID, Reference: in.Reference, Amount: in.Amount,
		Method: in.Method, ReturnURL: back.String(), Description: in.Description, State: open, MadeAt: clock.Micro(now), UntilAt: clock.Micro(now.Add(sessionLife))}
	err = b.db.Write(r.Context(), func(tx *db.Tx) error {
		before, known, err := sessionOf(tx, shop.ID, v.Reference)
		if err != nil {
			return err
		}
		if !known {
			return insertSession(tx, v)
		}
		if !before.asks(v) {
			return refuse(codeChanged)
		}
		v = before
		return nil
	})
	if err != nil {
		return err
	}
	answer(w, http.StatusCreated, struct {
		ID          string `json:"id"`
		RedirectURL string `json:"redirect_url"`
	}{v.ID, b.base(r) + v.path()})
	return nil
}

// base is where people reach the bank.
func (b *Bank) base(r *http.Request) string {
	if b.o.BaseURL != "" {
		return strings.TrimSuffix(b.o.BaseURL, "/")
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
