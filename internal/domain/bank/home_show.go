package bank

import (
	"net/http"

	"balai/internal/spine/clock"
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
	return b.show(w, r, http.StatusOK, v, homePage(v, list, clock.Day(b.now())))
}
