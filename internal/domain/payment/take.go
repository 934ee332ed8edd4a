package payment

import (
	"cmp"
	"errors"

	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// Note is something that did not fit, for a person of the agency to look at.
type Note struct {
	ID, Kind, Attempt, BankRef string
	Amount                     money.Amount
	At                         int64
	Asked                      money.Amount // of the attempt; 0 where there is none
	Back                       string       // how far the hall's own refund of it is; "" of none
	Payment                    string       // that it is of; "" where none is known
	Receipted                  bool         // a receipt was given for the very debit
}

// Waits tells whether a note is of a refund that a second person decides: it goes with
// the decision, and not before.
func (n Note) Waits() bool { return n.Kind == noteRefund }

// noteRefund is the note of a refund that waits for a second person.
const noteRefund = "refund_waiting"

// noteBack is the note of money that nobody owed and that the bank did not send back.
const noteBack = "not_returned"

// Again tells whether what a note is about can be sent back once more.
func (n Note) Again() bool { return n.Kind == noteBack }

// NotesTx are a desk's open notes, the oldest first.
func (p *Part) NotesTx(tx *db.Tx, d Desk) ([]Note, error) {
	return openNotes(tx, d.Collector.Agency, d.Live)
}

// CloseNoteTx takes a note off the list: an officer has looked at it. A refund that
// waits for a second person is decided, not looked at.
func (p *Part) CloseNoteTx(tx *db.Tx, by actor.Actor, d Desk, id string) error {
	waits, err := noteWaits(tx, d.Collector.Agency, d.Live, id)
	if err != nil {
		return err
	}
	if waits {
		return fault.New(fault.Conflict, "payment.error.refund_waits")
	}
	was, err := closeNote(tx, d.Collector.Agency, d.Live, id, by.Person, p.now())
	if err != nil || !was {
		return err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.seen", By: journal.ByActor(by), Data: map[string]any{"exception": id},
		Why: locale.Text{MS: "Pegawai telah menyemak satu pengecualian.", EN: "An officer looked at an exception."}})
	return err
}

// SendAgainTx sends back once more what nobody owed and the bank did not send back: to
// the same payer, so that no second person is asked. Its note is closed, and opens
// again where the bank refuses again.
func (p *Part) SendAgainTx(tx *db.Tx, by actor.Actor, d Desk, id string) error {
	c, live := d.Collector, d.Live
	r, err := refundOfNote(tx, c.Agency, live, id)
	if errors.Is(err, db.ErrNoRows) { // another officer was first
		return fault.New(fault.Conflict, "payment.error.not_back")
	}
	if err != nil {
		return err
	}
	var pay Payment
	method := Transfer // as BackTx has it
	if r.Payment == "" {
		pay.Currency = money.MYR
	} else {
		a, err := attemptByID(tx, r.Attempt)
		if err != nil {
			return err
		}
		if method = a.Method; a.Payment != r.Payment {
			return fault.New(fault.Conflict, "payment.error.not_back")
		}
		if pay, err = paymentByID(tx, r.Payment); err == nil {
			err = p.OwnTx(tx, by, pay)
		}
		if err != nil {
			return err
		}
	}
	r.ID, r.Status, r.BankRef, r.CreatedAt, r.EndedAt = p.IDs.New(), "submitted", "", p.now(), 0
	b := c.Books(live)
	g := p.group(b, "unapplied", r.ID, ledger.Transfer{Kind: ledger.Hold, Debit: b.Unapplied(), Credit: b.Clearing(method), Amount: r.Amount})
	g.Transfers[0].ID = holdOf(r)
	if err := p.Ledger.PostTx(tx, g); err != nil {
		return err
	}
	if _, err := closeNote(tx, c.Agency, live, id, by.Person, p.now()); err != nil {
		return err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.back_again", By: journal.ByActor(by), Data: map[string]any{"exception": id, "refund": r.ID},
		Why: locale.Text{MS: "Pegawai menghantar semula wang yang tidak perlu dibayar.", EN: "An officer sent money back again that nobody owed."}})
	if err != nil {
		return err
	}
	return p.refundTx(tx, pay, r, whyBack)
}

// FoundTx is the one payment of a desk under a reference, a receipt's number, an
// attempt's or a bank's reference.
func (p *Part) FoundTx(tx *db.Tx, d Desk, q string) (Payment, error) {
	list, _, err := deskSearch(tx, d, q, "", 1)
	switch {
	case err != nil:
	case q == "":
		err = fault.New(fault.Invalid, "payment.error.which.empty")
	case len(list) == 0:
		err = fault.New(fault.Invalid, "payment.error.which.none")
	case len(list) > 1:
		err = fault.New(fault.Invalid, "payment.error.which", "n", len(list))
	}
	if err != nil {
		return Payment{}, err
	}
	return list[0], nil
}

// TakeTx books money that a person says is of a payment, and gives the debit: one
// of which the hall was told and that no statement has shown, or a new one, with
// which an open payment succeeds.
func (p *Part) TakeTx(tx *db.Tx, c Collector, pay Payment, m Method, amount money.Amount, bankRef, payer string) (Debit, error) {
	attempts, err := attemptsOf(tx, pay.ID)
	if err != nil {
		return Debit{}, err
	}
	var ids []string
	for _, a := range attempts {
		ids = append(ids, a.ID)
	}
	known, err := debitsOf(tx, c.Agency, pay.Live, nil, ids)
	if err != nil {
		return Debit{}, err
	}
	for _, d := range known {
		if d.Line == "" && d.Amount == amount && m != Counter {
			return d, nil
		}
	}
	if amount != pay.Amount {
		return Debit{}, fault.New(fault.Invalid, "payment.error.exact", "amount", pay.Amount.Decimal(pay.Currency))
	}
	a, _, err := p.tryTx(tx, c, pay, m)
	if err != nil {
		return Debit{}, err
	}
	f := Finding{Reference: a.ID, State: "paid", Amount: amount, Currency: pay.Currency, Account: a.Account, BankRef: cmp.Or(bankRef, string(m)+"-"+a.ID), Payer: payer, Method: m}
	if err := p.settleTx(tx, c, pay.Live, f, printed); err != nil {
		return Debit{}, err
	}
	list, err := debitsOf(tx, c.Agency, pay.Live, []string{f.BankRef}, nil)
	if err == nil && (len(list) != 1 || list[0].Attempt != a.ID) {
		err = fault.New(fault.Conflict, "payment.error.bankref")
	}
	if err != nil {
		return Debit{}, err
	}
	return list[0], nil
}

// CounterTx is money that an officer of the agency took at its counter: the
// receipt is given at once, and the cash waits in clearing for the statement.
func (p *Part) CounterTx(tx *db.Tx, by actor.Actor, d Desk, q string, amount money.Amount) (Payment, error) {
	pay, err := p.FoundTx(tx, d, q)
	if err != nil {
		return pay, err
	}
	if err := p.OwnTx(tx, by, pay); err != nil {
		return pay, err
	}
	if pay.Status == Success {
		return pay, fault.New(fault.Conflict, "payment.error.paid_before", "no", pay.Receipt)
	}
	if p.Assurance != nil {
		if err := p.Assurance.Enough(tx, by, 0, 2); err != nil {
			return pay, err
		}
	}
	if who, ok := p.payees[pay.Origin].(Owing); ok {
		owed, err := who.OwesTx(tx, pay.OriginRef, pay)
		if err == nil && !owed {
			err = fault.New(fault.Conflict, "payment.error.not_owed")
		}
		if err != nil {
			return pay, err
		}
	}
	if _, err := p.TakeTx(tx, d.Collector, pay, Counter, amount, "", ""); err != nil {
		if errors.Is(err, errEnded) {
			return pay, errEnded
		}
		return pay, err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment.counter", By: journal.ByActor(by), Subjects: subjects(pay),
		Why:  locale.Text{MS: "Pegawai menerima wang di kaunter.", EN: "An officer took money at the counter."},
		Data: map[string]any{"payment": pay.ID, "amount": int64(amount), "currency": pay.Currency}})
	if err != nil {
		return pay, err
	}
	return paymentByID(tx, pay.ID)
}
