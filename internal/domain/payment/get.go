package payment

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// find is a payment of the key's agency, and of its kind of money; nobody else's
// is known to exist.
func (p *Part) find(tx *db.Tx, r *http.Request, k Key) (pay Payment, ok bool, err error) {
	pay, err = paymentByID(tx, r.PathValue("id"))
	if errors.Is(err, db.ErrNoRows) || err == nil && (pay.Agency != k.Agency || pay.Live != k.Live) {
		return pay, false, nil
	}
	return pay, err == nil, err
}

// look is find in a read of its own, with what else is read with it.
func (p *Part) look(r *http.Request, k Key, code string, also func(tx *db.Tx, pay Payment) error) (pay Payment, bad *problem, err error) {
	ok, read := false, p.DB.Read
	if also == nil {
		read = p.DB.ReadOne
	}
	err = read(r.Context(), func(tx *db.Tx) (err error) {
		if pay, ok, err = p.find(tx, r, k); err == nil && ok && also != nil {
			err = also(tx, pay)
		}
		return err
	})
	if err == nil && !ok {
		bad = missing(code)
	}
	return pay, bad, err
}

func (p *Part) get(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	pay, bad, err := p.look(r, k, "P0200", nil)
	if bad != nil || err != nil {
		return bad, err
	}
	return nil, answer(w, http.StatusOK, p.out(pay))
}

func (p *Part) events(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	var list []event
	pay, bad, err := p.look(r, k, "P0300", func(tx *db.Tx, pay Payment) (err error) { list, err = eventsOf(tx, pay.ID); return err })
	if bad != nil || err != nil {
		return bad, err
	}
	o := PayEvents{ID: pay.ID, Events: []PayEvent{}}
	o.Links.Self = p.link("GET", "payments", pay.ID, "events")
	for _, e := range list {
		one := PayEvent{ID: pay.ID, State: stateOut(e.Status, e.Code), At: iso(e.At)}
		one.Links.Payment = p.link("GET", "payments", pay.ID)
		o.Events = append(o.Events, one)
	}
	return nil, answer(w, http.StatusOK, o)
}

// errOver is of a payment that was to be ended, and is over.
var errOver = errors.New("payment: it has ended")

// cancel ends a payment for the agency. What somebody pays after that goes back.
func (p *Part) cancel(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	again, bad := RepeatOf(r, k, "cancel", []byte(r.PathValue("id")))
	if bad != nil {
		return bad, nil
	}
	failed := &problem{status: http.StatusBadRequest, Code: "P0501", Description: "Cancellation of payment failed"}
	var found, done bool
	err := p.WriteOnce(r.Context(), func(tx *db.Tx) (err error) {
		var pay Payment
		if pay, found, err = p.find(tx, r, k); err != nil || !found {
			return err
		}
		done = true
		err = again.OnceTx(tx, p.now(), func() error {
			if pay.Status.Ended() {
				return errOver
			}
			return p.moveTx(tx, pay, Cancelled, AgencyLeft)
		})
		if errors.Is(err, errOver) {
			done, err = false, nil
		}
		return err
	})
	switch {
	case errors.Is(err, errUsed):
		return keyUsed, nil
	case err != nil:
		return nil, err
	case !found:
		return missing("P0500"), nil
	case !done:
		return failed, nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil, nil
}

// capture is for payments that wait for it, of which there are none.
func (p *Part) capture(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	_, bad, err := p.look(r, k, "P1000", nil)
	if bad == nil && err == nil {
		bad = &problem{status: http.StatusBadRequest, Code: "P1003", Description: "Payment cannot be captured because it is not a delayed capture"}
	}
	return bad, err
}

// refund sends money back, once for each Idempotency-Key.
func (p *Part) refund(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	f, data, bad := readBody(r, "P0697")
	if bad != nil {
		return bad, nil
	}
	if !f.has("amount") {
		return lacks("P0601", "amount"), nil
	}
	if bad = f.only("P0602", "amount", "refund_amount_available", "currency"); bad != nil {
		return bad, nil
	}
	if bad = f.ringgit("P0602"); bad != nil {
		return bad, nil
	}
	amount, bad := f.amount("P0602", "amount", 1, most)
	if bad != nil {
		return bad, nil
	}
	left := money.Amount(-1)
	if f.has("refund_amount_available") {
		if left, bad = f.amount("P0602", "refund_amount_available", 0, most); bad != nil {
			return bad, nil
		}
	}
	key, bad := requestKey(r)
	if bad != nil {
		return bad, nil
	}
	c, err := p.collector(r.Context(), k.Agency, k.Live)
	if err != nil {
		return nil, err
	}
	var ref Refund
	var pay Payment
	found := false
	digest := hash(r.PathValue("id") + "\n" + string(data))
	act := func(tx *db.Tx) error {
		var err error
		if pay, found, err = p.find(tx, r, k); err != nil || !found {
			return err
		}
		if key != "" {
			was, known, err := requestOf(tx, k.Agency, k.Live, "refund", key)
			if err != nil {
				return err
			}
			if known {
				if was.digest != digest {
					return errUsed
				}
				ref, err = refundByID(tx, was.made)
				return err
			}
		}
		if ref, err = p.keyRefundTx(tx, c, k, pay, amount, left); err != nil || key == "" {
			return err
		}
		return insertRequest(tx, k.Agency, k.Live, "refund", key, request{digest, ref.ID}, p.now())
	}
	if err = p.DB.Write(r.Context(), act); db.IsUnique(err) {
		err = p.DB.Write(r.Context(), act)
	}
	switch {
	case errors.Is(err, errUsed):
		return keyUsed, nil
	case errors.Is(err, errNotPaid), errors.Is(err, errTooMuch) && pay.available() == 0:
		return &problem{status: http.StatusBadRequest, Code: "P0603", Description: "The payment is not available for refund. Payment refund status: " + refundStatus(pay)}, nil
	case errors.Is(err, errAtCounter):
		return &problem{status: http.StatusBadRequest, Code: "P0603", Description: "The payment is not available for refund: it was paid at a counter. Give it back at the counter, or pay it out (POST /v1/payouts)"}, nil
	case errors.Is(err, errTakenBack):
		return &problem{status: http.StatusBadRequest, Code: "P0603", Description: "The payment is not available for refund: the bank took the money back"}, nil
	case errors.Is(err, errTooMuch):
		return &problem{status: http.StatusBadRequest, Code: "P0603", Description: "The payment is not available for refund: the amount is more than is left"}, nil
	case errors.Is(err, errMismatch):
		return &problem{status: http.StatusPreconditionFailed, Code: "P0604", Description: "Refund amount available mismatch."}, nil
	case err != nil:
		return nil, err
	case !found:
		return missing("P0600"), nil
	}
	return nil, answer(w, http.StatusAccepted, p.refundOut(ref))
}

func (p *Part) refundGet(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	var ref Refund
	_, bad, err := p.look(r, k, "P0700", func(tx *db.Tx, pay Payment) (err error) {
		if ref, err = refundByID(tx, r.PathValue("refund")); err == nil && ref.Payment != pay.ID {
			err = db.ErrNoRows
		}
		return err
	})
	if errors.Is(err, db.ErrNoRows) {
		return missing("P0700"), nil
	}
	if bad != nil || err != nil {
		return bad, err
	}
	return nil, answer(w, http.StatusOK, p.refundOut(ref))
}

func (p *Part) refunds(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	var list []Refund
	pay, bad, err := p.look(r, k, "P0800", func(tx *db.Tx, pay Payment) (err error) { list, err = refundsOf(tx, pay.ID); return err })
	if bad != nil || err != nil {
		return bad, err
	}
	o := PayRefunds{ID: pay.ID}
	o.Embedded.Refunds = []PayRefund{}
	for _, one := range list {
		o.Embedded.Refunds = append(o.Embedded.Refunds, p.refundOut(one))
	}
	o.Links.Self, o.Links.Payment = p.link("GET", "payments", pay.ID, "refunds"), p.link("GET", "payments", pay.ID)
	return nil, answer(w, http.StatusOK, o)
}

// search is what a list of payments is asked for.
type search struct {
	Agency, Reference, State, Email string
	Live                            bool
	From, To                        int64 // of their creation, unix microseconds; 0 open
	Page, Size                      int64
}

// notAsked are what this list is not asked for: a cursor, as it goes by pages, and
// what GOV.UK Pay looks for and is not known here. To pass one over would list every
// payment as found.
var notAsked = []string{"cursor", "agreement_id", "card_brand", "cardholder_name", "first_digits_card_number", "last_digits_card_number",
	"from_settled_date", "to_settled_date"}

// searchOf reads a list's query.
func searchOf(q url.Values, k Key) (s search, bad *problem) {
	s = search{Agency: k.Agency, Live: k.Live, Reference: q.Get("reference"), State: q.Get("state"), Email: q.Get("email"), Page: 1, Size: 500}
	for _, name := range notAsked {
		if q.Has(name) {
			return s, unfit(name)
		}
	}
	for _, name := range []string{"reference", "state", "email"} {
		if !Storable(q.Get(name)) {
			return s, unfit(name)
		}
	}
	for name, to := range map[string]*int64{"page": &s.Page, "display_size": &s.Size} {
		if text := q.Get(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil || n < 1 || name == "display_size" && n > 500 {
				return s, unfit(name)
			}
			*to = n
		}
	}
	for name, to := range map[string]*int64{"from_date": &s.From, "to_date": &s.To} {
		if text := q.Get(name); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return s, unfit(name)
			}
			*to = clock.Micro(at)
		}
	}
	switch Status(s.State) {
	case "", Created, Started, Submitted, Capturable, Success, Failed, Cancelled, Error:
	default:
		return s, unfit("state")
	}
	return s, nil
}

// list answers payments, the newest first, page by page.
func (p *Part) list(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
	s, bad := searchOf(r.URL.Query(), k)
	if bad != nil {
		return bad, nil
	}
	o := PayPayments{Page: s.Page, Results: []PayPayment{}}
	var found []Payment
	err := p.DB.Read(r.Context(), func(tx *db.Tx) (err error) { found, o.Total, err = searched(tx, s); return err })
	if err != nil {
		return nil, err
	}
	if s.Page > 1 && len(found) == 0 {
		return &problem{status: http.StatusNotFound, Code: "P0402", Description: "Page not found"}, nil
	}
	for _, pay := range found {
		o.Results = append(o.Results, p.out(pay))
	}
	o.Count = len(o.Results)
	last := max(1, (o.Total+s.Size-1)/s.Size)
	to := func(page int64) *PayLink {
		q := r.URL.Query()
		q.Set("page", strconv.FormatInt(page, 10))
		l := p.link("GET", "payments")
		l.Href += "?" + q.Encode()
		return &l
	}
	o.Links.Self, o.Links.First, o.Links.Last = to(s.Page), to(1), to(last)
	if s.Page > 1 {
		o.Links.Prev = to(s.Page - 1)
	}
	if s.Page < last {
		o.Links.Next = to(s.Page + 1)
	}
	return nil, answer(w, http.StatusOK, o)
}
