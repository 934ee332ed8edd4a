package service

import (
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
)

// feePay leads to the page on which the fee of a case is paid. What happens to
// the case follows from the money, not from this.
func (p *Part) feePay(w http.ResponseWriter, r *http.Request) error {
	ref := id.NormalRef(r.PathValue("ref"))
	to := ""
	err := p.DB.Write(r.Context(), func(tx *db.Tx) error {
		c, err := p.Cases.Get(tx, ref)
		if err != nil {
			return err
		}
		if p.Cashier == nil || c.Owes() == 0 {
			return fault.New(fault.Conflict, "service.error.no_fee")
		}
		to, err = p.Cashier.FeeTx(tx, c, web.L(r.Context()).Lang())
		return err
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
