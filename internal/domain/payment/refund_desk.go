package payment

import (
	"errors"
	"net/http"
	"slices"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// refundWaiting is a refund that a second person must confirm.
const refundWaiting = "waiting"

// NeedsTwo tells whether an amount is moved by two persons only.
func (p *Part) NeedsTwo(amount money.Amount) bool { return amount > p.TwoAbove }

// OwnTx refuses an officer who would move the money of a payment of their own, or of
// one about them: of a company that they have, or of a case that they sent for another.
func (p *Part) OwnTx(tx *db.Tx, by actor.Actor, pay Payment) error {
	about := []string{pay.Person}
	if who, ok := p.payees[pay.Origin].(Concerned); ok {
		more, err := who.ConcernedTx(tx, pay.OriginRef, pay)
		if err != nil {
			return err
		}
		about = append(about, more...)
	}
	if by.Person != "" && slices.Contains(about, by.Person) {
		return fault.New(fault.Denied, "payment.error.own")
	}
	return nil
}

// AskRefundTx sends money back for an officer of the agency's finance. Above the
// limit it is kept back, and goes when another of them has confirmed it.
func (p *Part) AskRefundTx(tx *db.Tx, by actor.Actor, pay Payment, amount money.Amount) (r Refund, err error) {
	c, err := collectorOf(tx, pay.Agency)
	if err != nil {
		return r, err
	}
	if err := p.OwnTx(tx, by, pay); err != nil {
		return r, err
	}
	why := locale.Text{MS: "Pegawai kewangan memulangkan bayaran.", EN: "A finance officer sends a payment back."}
	r, err = p.limitedTx(tx, c, journal.ByActor(by), by.Person, pay, amount, -1, why)
	switch {
	case errors.Is(err, errNotPaid), errors.Is(err, errTooMuch):
		key, args := "payment.error.too_much", []any{"left", pay.available().Decimal(pay.Currency)}
		if pay.available() == 0 {
			key, args = "payment.error.nothing_left", nil
		}
		return r, fault.New(fault.Invalid, key, args...).With(fault.Field{Location: "amount", Key: key, Args: args})
	}
	return r, err
}

// keyRefundTx sends money back for an agency's system. Above the limit an officer
// confirms it who did not make the system's key, and may have it.
func (p *Part) keyRefundTx(tx *db.Tx, c Collector, k Key, pay Payment, amount, left money.Amount) (Refund, error) {
	return p.limitedTx(tx, c, journal.By{Agency: k.Agency}, k.MadeBy, pay, amount, left, locale.Text{MS: "Agensi memulangkan bayaran.", EN: "The agency sends a payment back."})
}

// limitedTx sends money back at once, or where that of a payment which one person
// sends alone comes to more than the limit, keeps it back for a second one.
func (p *Part) limitedTx(tx *db.Tx, c Collector, by journal.By, asker string, pay Payment, amount, left money.Amount, why locale.Text) (r Refund, err error) {
	alone, err := sentAlone(tx, pay.ID)
	if err != nil {
		return r, err
	}
	if r, err = p.holdRefundTx(tx, c, pay, amount, left); err != nil {
		return r, err
	}
	r.AskedBy = asker
	if !p.NeedsTwo(alone + amount) {
		return r, p.refundTx(tx, pay, r, why)
	}
	r.Status = refundWaiting
	if err := insertRefund(tx, r); err != nil {
		return r, err
	}
	if _, err := insertException(tx, p.IDs.New(), r.Agency, r.Live, noteRefund, pay.ID, r.ID, amount, p.now()); err != nil {
		return r, err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.refund_asked", By: by, Subjects: subjects(pay),
		Why:  locale.Text{MS: "Bayaran balik menunggu pengesahan orang kedua.", EN: "A refund waits for a second person."},
		Data: map[string]any{"payment": pay.ID, "refund": r.ID, "amount": int64(amount), "currency": pay.Currency}})
	return r, err
}

// DecideRefundTx is what the second person says of a refund that waits. Who asked
// for it cannot be the one.
func (p *Part) DecideRefundTx(tx *db.Tx, by actor.Actor, agency, id string, yes bool) error {
	r, err := refundByID(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && r.Agency != agency {
		return fault.New(fault.Missing, "payment.error.no_refund")
	}
	if err != nil {
		return err
	}
	if r.Status != refundWaiting {
		return fault.New(fault.Conflict, "payment.error.refund_decided")
	}
	if yes && r.AskedBy == by.Person {
		return fault.New(fault.Denied, "payment.error.two")
	}
	pay, err := paymentByID(tx, r.Payment)
	if err != nil {
		return err
	}
	if yes && pay.TakenAt != 0 {
		return errTakenBack
	}
	if yes {
		if err := p.OwnTx(tx, by, pay); err != nil {
			return err
		}
	}
	r.DecidedBy = by.Person
	record := journal.Record{Kind: "payment.refund", By: journal.ByActor(by), Subjects: subjects(pay),
		Why:  locale.Text{MS: "Orang kedua mengesahkan bayaran balik.", EN: "A second person confirmed a refund."},
		Data: map[string]any{"payment": pay.ID, "refund": r.ID, "amount": int64(r.Amount), "currency": pay.Currency}}
	if yes {
		r.Status = "submitted"
		if err := p.Outbox.Enqueue(tx, jobRefund, refundJob{r.ID}); err != nil {
			return err
		}
	} else {
		r.Status, r.EndedAt = "error", p.now()
		record.Kind = "payment.refund_dropped"
		record.Why = locale.Text{MS: "Bayaran balik tidak diteruskan.", EN: "A refund was not carried out."}
		if err := p.dropRefundTx(tx, pay, r); err != nil {
			return err
		}
	}
	if err := decideRefund(tx, r); err != nil {
		return err
	}
	if err := closeExceptions(tx, r.Agency, r.Live, r.ID, by.Person, r.Status, p.now()); err != nil {
		return err
	}
	_, err = p.Journal.Append(tx, record)
	return err
}

// dropRefundTx lets go what was kept back for a refund that is not to be.
func (p *Part) dropRefundTx(tx *db.Tx, pay Payment, r Refund) error {
	c, err := collectorOf(tx, r.Agency)
	if err != nil {
		return err
	}
	pay.Refunded -= r.Amount
	if err := updatePayment(tx, pay); err != nil {
		return err
	}
	return p.Ledger.PostTx(tx, p.group(c.Books(r.Live), "refund-dropped", r.ID, ledger.Transfer{Kind: ledger.Release, Of: holdOf(r)}))
}

// refundAsk takes a desk's form.
func (p *Part) refundAsk(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	amount, _ := Ringgit(r.PostFormValue("amount"))
	by := web.ActorOf(r.Context())
	err = p.DB.Write(r.Context(), func(tx *db.Tx) error {
		pay, err := p.deskPayment(tx, d, r.PathValue("payment"))
		if err != nil {
			return err
		}
		_, err = p.AskRefundTx(tx, by, pay, amount)
		return err
	})
	if fault.CodeOf(err) == fault.Invalid {
		return p.sheet(w, r, http.StatusUnprocessableEntity, r.PostFormValue("amount"), err)
	}
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/payment/"+r.PathValue("payment")))
}

// refundDecide takes the second person's yes or no.
func (p *Part) refundDecide(w http.ResponseWriter, r *http.Request) error {
	d, err := p.DeskOf(r)
	if err != nil {
		return err
	}
	by, said := web.ActorOf(r.Context()), r.PostFormValue("decide")
	if said != "yes" && said != "no" {
		return fault.New(fault.Invalid, "payment.error.decide")
	}
	err = p.DB.Write(r.Context(), func(tx *db.Tx) error {
		pay, err := p.deskPayment(tx, d, r.PathValue("payment"))
		if err != nil {
			return err
		}
		if ref, err := refundByID(tx, r.PathValue("refund")); err == nil && ref.Payment != pay.ID {
			return fault.New(fault.Missing, "payment.error.no_refund")
		}
		return p.DecideRefundTx(tx, by, d.Collector.Agency, r.PathValue("refund"), said == "yes")
	})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, d.Path("/payment/"+r.PathValue("payment")))
}
