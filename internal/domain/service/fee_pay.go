package service

import (
	"context"
	"net/http"

	"balai/internal/spine/actor"
	"balai/internal/spine/casework"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/web"
)

// payNow is the page on which the fee of a case that was just sent is paid; ""
// where nothing is owed, or only a counter takes it. An officer at a counter is
// not led there: the person pays as they like.
func (p *Part) payNow(ctx context.Context, a actor.Actor, ref string) (to string, err error) {
	if p.Cashier == nil || a.For.As == actor.Counter {
		return "", nil
	}
	var c casework.Case
	takes := false
	err = p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if c, err = p.Cases.Get(tx, ref); err == nil && c.Owes() > 0 {
			takes, err = p.Cashier.Takes(tx, c.Agency)
		}
		return err
	})
	if err != nil || !takes {
		return "", err
	}
	err = p.DB.Write(ctx, func(tx *db.Tx) (err error) {
		to, err = p.Cashier.FeeTx(tx, c, web.L(ctx).Lang())
		return err
	})
	return to, err
}

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
