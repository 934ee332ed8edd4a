package bank

import (
	"net/http"

	"balai/internal/spine/db"
)

// homeShow says what this is, and shows the accounts.
func (b *Bank) homeShow(w http.ResponseWriter, r *http.Request) error {
	var list []Account
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		list, err = accounts(tx)
		return err
	})
	if err != nil {
		return err
	}
	v := b.view(r, "bank.home.title", "/")
	return b.show(w, r, http.StatusOK, v, homePage(v, list, b.dial.Load().on()))
}

const (
	entriesShown = 50
	daysShown    = 14
)

// accountShow shows one account: what was booked last, and its statements.
func (b *Bank) accountShow(w http.ResponseWriter, r *http.Request) error {
	var a Account
	var entries []Entry
	var days []string
	err := b.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if a, err = accountByCode(tx, r.PathValue("account")); err != nil {
			if codeOf(err) == codeAccount {
				err = refuse(codeMissing)
			}
			return err
		}
		if entries, err = newestEntries(tx, a.Code, entriesShown); err != nil {
			return err
		}
		days, err = daysOf(tx, a.Code, daysShown)
		return err
	})
	if err != nil {
		return err
	}
	v := b.view(r, "bank.home.nav", r.URL.Path)
	v.Title = v.L.T("bank.account.title", "code", a.Code)
	return b.show(w, r, http.StatusOK, v, accountPage(v, a, entries, days))
}
