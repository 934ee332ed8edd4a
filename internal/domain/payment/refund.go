package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/outbox"
)

const jobRefund = "payment.send_refund"

type refundJob struct {
	Refund string `json:"refund"`
}

// errTooMuch is of a refund of more than is left; errMismatch of one whose
// asker thinks that another amount is left.
var (
	errTooMuch  = errors.New("payment: more than is left to refund")
	errMismatch = errors.New("payment: another amount is left to refund")
	errNotPaid  = errors.New("payment: nothing was paid")
)

// errAtCounter is of money that no bank can send back: it never had it.
var errAtCounter = fault.New(fault.Conflict, "payment.error.at_counter")

// errTakenBack is of money that the bank has taken back from the agency.
var errTakenBack = fault.New(fault.Conflict, "payment.error.taken_back")

// available is how much of a payment may still go back.
func (pay Payment) available() money.Amount {
	if pay.Status != Success || pay.TakenAt != 0 {
		return 0
	}
	return pay.Amount - pay.Refunded
}

// RefundTx sends an amount of a payment back: kept back in the books at once,
// and posted when the bank has paid it. left is what the asker thinks is left; a
// negative one is not compared.
func (p *Part) RefundTx(tx *db.Tx, c Collector, pay Payment, amount, left money.Amount, why locale.Text) (r Refund, err error) {
	if r, err = p.holdRefundTx(tx, c, pay, amount, left); err != nil {
		return r, err
	}
	return r, p.refundTx(tx, pay, r, why)
}

// holdRefundTx keeps an amount of a payment back.
func (p *Part) holdRefundTx(tx *db.Tx, c Collector, pay Payment, amount, left money.Amount) (r Refund, err error) {
	switch {
	case pay.Status != Success:
		return r, errNotPaid
	case pay.TakenAt != 0:
		return r, errTakenBack
	case pay.Cash:
		return r, errAtCounter
	case left >= 0 && left != pay.available():
		return r, errMismatch
	case amount <= 0 || amount > pay.available():
		return r, errTooMuch
	}
	a, err := attemptByID(tx, pay.Attempt)
	if err != nil {
		return r, err
	}
	r = Refund{ID: p.IDs.New(), Payment: pay.ID, Agency: pay.Agency, Attempt: a.ID, Debit: a.BankRef, Amount: amount, Live: pay.Live, Status: "submitted", CreatedAt: p.now()}
	b := c.Books(pay.Live)
	g := p.group(b, "refund", r.ID, ledger.Transfer{Kind: ledger.Hold, Debit: b.Collected(), Credit: b.Clearing(a.Method), Amount: amount})
	if err := p.Ledger.PostTx(tx, g); err != nil {
		return r, err
	}
	pay.Refunded += amount
	return r, updatePayment(tx, pay)
}

// refundTx keeps a refund, and sends it after the commit.
func (p *Part) refundTx(tx *db.Tx, pay Payment, r Refund, why locale.Text) error {
	if err := insertRefund(tx, r); err != nil {
		return err
	}
	_, err := p.Journal.Append(tx, journal.Record{Kind: "payment.refund", By: journal.By{Agency: r.Agency}, Subjects: subjects(pay), Why: why,
		Data: map[string]any{"payment": pay.ID, "refund": r.ID, "amount": int64(r.Amount), "currency": pay.Currency}})
	if err != nil {
		return err
	}
	return p.Outbox.Enqueue(tx, jobRefund, refundJob{r.ID})
}

// holdOf is the transfer that keeps a refund's amount back.
func holdOf(r Refund) string {
	if r.Unapplied {
		return "unapplied:" + r.ID + ":1"
	}
	return "refund:" + r.ID + ":0"
}

// refundAgain is when a refund that the bank did not take is tried again.
const refundAgain = 5 * time.Minute

// sendRefund asks the bank to pay a refund. The bank pays one reference once, so
// that asking again after a call of which nothing is known does no harm.
func (p *Part) sendRefund(ctx context.Context, j outbox.Job) error {
	var args refundJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("payment: job: %w", err))
	}
	var r Refund
	err := p.DB.Read(ctx, func(tx *db.Tx) (err error) { r, err = refundByID(tx, args.Refund); return err })
	if err != nil {
		return err
	}
	if r.Status != "submitted" {
		return nil
	}
	b := p.banker(r.Live)
	if b == nil {
		return outbox.Later(refundAgain)
	}
	c, err := p.collector(ctx, r.Agency, r.Live)
	if err != nil {
		return err
	}
	state, bankRef, err := b.Refund(ctx, c, r)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || state != "paid" && state != "failed" {
		// It is never given up: the money is somebody's. The audit tells of one that
		// waits for more than a week.
		p.Log.Warn("the bank has not taken a refund", "agency", r.Agency, "refund", r.ID, "state", clip(state, 20), "error", err)
		return outbox.Later(refundAgain)
	}
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := refundByID(tx, r.ID)
		if err != nil || now.Status != "submitted" {
			return err
		}
		return p.refundedTx(tx, c, now, state, bankRef)
	})
}

// refundedTx is what the bank's answer to a refund means.
func (p *Part) refundedTx(tx *db.Tx, c Collector, r Refund, state, bankRef string) error {
	var pay Payment // none of what came without one
	if r.Payment != "" {
		var err error
		if pay, err = paymentByID(tx, r.Payment); err != nil {
			return err
		}
	}
	end := ledger.Transfer{Kind: ledger.Capture, Of: holdOf(r), Amount: r.Amount}
	r.Status, r.BankRef, r.EndedAt = "success", bankRef, p.now()
	if state != "paid" {
		end = ledger.Transfer{Kind: ledger.Release, Of: holdOf(r)}
		r.Status = "error"
		if !r.Unapplied {
			pay.Refunded -= r.Amount
			if err := updatePayment(tx, pay); err != nil {
				return err
			}
		}
	}
	if err := p.Ledger.PostTx(tx, p.group(c.Books(r.Live), "refunded", r.ID, end)); err != nil {
		return err
	}
	if err := updateRefund(tx, r); err != nil {
		return err
	}
	kind := toldRefunded
	if r.Status == "error" {
		kind = toldNoRefund
	}
	if r.Unapplied { // nothing that the agency asked for
		kind = ""
	}
	if r.Unapplied && r.Status == "error" { // it stays among what nobody owed, and a person has to know
		if err := openException(tx, p.IDs.New(), r.Agency, r.Live, noteBack, r.Attempt, r.Debit, r.Amount, p.now()); err != nil {
			return err
		}
	}
	return p.tellTx(tx, pay, kind, p.refundOut(r))
}
