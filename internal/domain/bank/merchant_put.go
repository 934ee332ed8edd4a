package bank

import (
	"net/http"
	"net/url"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/hook"
)

// merchantPut enrols who takes payments, and opens the account where it is not
// there. The same again changes nothing.
func (b *Bank) merchantPut(w http.ResponseWriter, r *http.Request) error {
	body, err := b.signed(w, r, b.o.Admin, bodyMost)
	if err != nil {
		return err
	}
	var shop Shop
	if err := read(body, &shop); err != nil {
		return err
	}
	shop.ID = r.PathValue("id")
	if field := shop.check(); field != "" {
		return refuseField(field)
	}
	status := http.StatusOK
	err = b.db.Write(r.Context(), func(tx *db.Tx) error {
		before, known, err := merchantByID(tx, shop.ID)
		if err != nil || before == shop {
			return err
		}
		if !known {
			status = http.StatusCreated
		}
		now := clock.Micro(b.o.Clock.Now())
		if err := b.ownAccount(tx, shop, shop.Account, now); err != nil {
			return err
		}
		return keepMerchant(tx, shop, now)
	})
	if err != nil {
		return err
	}
	answer(w, status, struct {
		ID      string `json:"id"`
		Account string `json:"account"`
	}{shop.ID, shop.Account})
	return nil
}

// ownAccount makes sure that an account is the merchant's, and opens it where
// there is none.
func (b *Bank) ownAccount(tx *db.Tx, shop Shop, code string, now int64) error {
	a, err := accountByCode(tx, code)
	if codeOf(err) == codeAccount {
		return insertAccount(tx, Account{Code: code, Name: shop.Name, Kind: Merchant, Owner: shop.ID}, now)
	}
	if err == nil && a.Owner != shop.ID {
		return refuse(codeAccount)
	}
	return err
}

// check names the first field that is wrong, or "".
func (m Shop) check() string {
	address, err := url.Parse(m.CallbackURL)
	_, secret := hook.Sign(m.Secret, "id", 1, nil)
	switch {
	case !referenceForm.MatchString(m.ID):
		return "id"
	case m.Name == "" || !plain(m.Name, textMost):
		return "name"
	case !plain(m.City, textMost):
		return "city"
	case !referenceForm.MatchString(m.Account) || len(m.Account) > accountMost:
		return "account"
	case err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" || address.User != nil:
		return "callback_url"
	case secret != nil:
		return "secret"
	}
	return ""
}
