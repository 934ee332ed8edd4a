package payment

import (
	"errors"
	"io"
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/web"
)

// bankCallback takes what the bank tells of itself. It is answered 204 once it
// is kept, whatever came of it; the bank tells again until then. What is not
// signed with the collector's secret is refused, and says nothing.
func (p *Part) bankCallback(live bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return p.callback(w, r, live) }
}

func (p *Part) callback(w http.ResponseWriter, r *http.Request, live bool) error {
	b := p.banker(live)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fault.New(fault.Invalid, "web.error.invalid").Wrap(err)
	}
	var c Collector
	err = p.DB.ReadOne(r.Context(), func(tx *db.Tx) (err error) { c, err = collectorByMerchant(tx, r.PathValue("merchant")); return err })
	if errors.Is(err, db.ErrNoRows) || b == nil {
		return p.refuseCallback(w, r, Collector{}, live)
	}
	if err != nil {
		return err
	}
	if c, err = p.as(c, live); err != nil {
		return err
	}
	f, ok := b.Callback(c, r.Header, body)
	if !ok {
		p.Log.Warn("a callback that the bank did not sign", "agency", c.Agency)
		return p.refuseCallback(w, r, c, live)
	}
	if err := p.settle(r.Context(), c, live, f, told); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
