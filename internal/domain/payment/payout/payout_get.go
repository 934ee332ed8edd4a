package payout

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
)

// find is a batch of the key's agency, and of its kind of money; nobody else's is
// known to exist.
func find(tx *db.Tx, r *http.Request, k payment.Key) (b Batch, ok bool, err error) {
	b, err = batchByID(tx, r.PathValue("id"))
	if errors.Is(err, db.ErrNoRows) || err == nil && (b.Agency != k.Agency || b.Live != k.Live || b.State == Loading) {
		return b, false, nil
	}
	return b, err == nil, err
}

// Stands is a batch and what became of its lines.
func (p *Part) Stands(ctx context.Context, id string) (b Batch, t Tally, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		if b, err = batchByID(tx, id); err == nil {
			t, err = tallyOf(tx, id)
		}
		return err
	})
	return b, t, err
}

var missing = &PayPayoutProblem{status: http.StatusNotFound, Code: "P1100", Description: "Not found"}

// look is find in a read of its own, with what else is read with it.
func (p *Part) look(r *http.Request, k payment.Key, also func(tx *db.Tx, b Batch) error) (b Batch, bad *PayPayoutProblem, err error) {
	ok := false
	err = p.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if b, ok, err = find(tx, r, k); err == nil && ok {
			err = also(tx, b)
		}
		return err
	})
	if err == nil && !ok {
		bad = missing
	}
	return b, bad, err
}

func (p *Part) payoutGet(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error) {
	var t Tally
	b, bad, err := p.look(r, k, func(tx *db.Tx, b Batch) (err error) { t, err = tallyOf(tx, b.ID); return err })
	if bad != nil || err != nil {
		return bad, err
	}
	return nil, answerJSON(w, http.StatusOK, p.out(b, t))
}

func (p *Part) payoutList(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error) {
	page, ok := number(r, "page", 1, 1, 1<<31)
	size, fits := number(r, "display_size", 100, 1, 500)
	if !ok || !fits {
		return invalid("page", "Page and display_size are whole numbers above zero, display_size at most 500"), nil
	}
	if r.URL.Query().Has("cursor") { // of other lists; this one goes by its pages
		return invalid("cursor", "This list goes by page and display_size"), nil
	}
	o := PayPayouts{Page: page}
	err := p.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		o.Results = []PayPayout{}
		if o.Total, err = countBatches(tx, k.Agency, k.Live); err != nil {
			return err
		}
		list, err := batchesOf(tx, k.Agency, k.Live, (page-1)*size, size)
		if err != nil {
			return err
		}
		for _, b := range list {
			t, err := tallyOf(tx, b.ID)
			if err != nil {
				return err
			}
			o.Results = append(o.Results, p.out(b, t))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if page > 1 && len(o.Results) == 0 {
		return &PayPayoutProblem{status: http.StatusNotFound, Code: "P1100", Description: "Page not found"}, nil
	}
	o.Count = len(o.Results)
	p.pages(&o, page, size)
	return nil, answerJSON(w, http.StatusOK, o)
}

// pages leads from a page of the list to the others.
func (p *Part) pages(o *PayPayouts, page, size int64) {
	last := max(1, (o.Total+size-1)/size)
	to := func(n int64) *PayPayoutLink {
		l := p.link("GET")
		l.Href += "?display_size=" + strconv.FormatInt(size, 10) + "&page=" + strconv.FormatInt(n, 10)
		return &l
	}
	o.Links.Self, o.Links.First, o.Links.Last = to(page), to(1), to(last)
	if page > 1 {
		o.Links.Prev = to(page - 1)
	}
	if page < last {
		o.Links.Next = to(page + 1)
	}
}

// linesGet is a page of a batch's lines. The cursor is the last line of the page
// before.
func (p *Part) linesGet(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error) {
	after, ok := number(r, "cursor", 0, 0, 1<<40)
	size, fits := number(r, "display_size", 500, 1, 5000)
	if !ok || !fits {
		return invalid("cursor", "Take it from _links.next_page; display_size is at most 5000"), nil
	}
	var lines []Line
	b, bad, err := p.look(r, k, func(tx *db.Tx, b Batch) (err error) {
		lines, err = linesAfter(tx, b.ID, after, int(size)+1)
		return err
	})
	if bad != nil || err != nil {
		return bad, err
	}
	if after > b.Count {
		return invalid("cursor", "Take it from _links.next_page"), nil
	}
	o := PayPayoutLines{Results: []PayPayoutOne{}}
	o.Links.Self = p.link("GET", b.ID, "payments")
	if len(lines) > int(size) {
		lines = lines[:size]
		next := p.link("GET", b.ID, "payments")
		next.Href += "?cursor=" + strconv.FormatInt(lines[size-1].N, 10) + "&display_size=" + strconv.FormatInt(size, 10)
		o.Links.Next = &next
	}
	for _, l := range lines {
		o.Results = append(o.Results, oneOut(l, p.english()))
	}
	return nil, answerJSON(w, http.StatusOK, o)
}

// cancelPost ends a batch for the agency's system, while nothing is approved.
func (p *Part) cancelPost(w http.ResponseWriter, r *http.Request, k payment.Key) (*PayPayoutProblem, error) {
	again, bad := payment.RepeatOf(r, k, "payout_cancel", []byte(r.PathValue("id")))
	if bad != nil {
		return keyTooLong, nil
	}
	ok := false
	err := p.Desk.WriteOnce(r.Context(), func(tx *db.Tx) error {
		b, is, err := find(tx, r, k)
		if ok = is; err != nil || !is {
			return err
		}
		return again.OnceTx(tx, p.now(), func() error {
			if b.State == Stopped { // that is for the agency's officers
				return conflict(b)
			}
			return p.cancelTx(tx, journal.By{Agency: b.Agency}, &b)
		})
	})
	switch {
	case errors.Is(err, payment.ErrRepeat):
		return keyUsed, nil
	case fault.CodeOf(err) == fault.Conflict:
		return &PayPayoutProblem{status: http.StatusConflict, Code: "P1105", Description: "Cancellation of payout failed: it was approved, or has ended"}, nil
	case err != nil:
		return nil, err
	case !ok:
		return missing, nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil, nil
}
