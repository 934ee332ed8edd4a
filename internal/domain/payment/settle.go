package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/outbox"
)

// Kinds of what did not fit.
const (
	mismatch = "mismatch" // a finding is of another amount, currency or account than was asked
	stranger = "stranger" // of no attempt
	late     = "late"     // paid when nothing was owed any more
	twice    = "twice"    // paid again
	reversed = "reversed" // the bank took it back
)

// source is where a finding comes from.
type source int

const (
	told    source = iota // the bank told it of itself
	asked                 // the bank answered it
	printed               // it is on the bank's statement
)

// settle takes what a bank says of an attempt, from wherever it comes, and makes
// what follows true in one commit. The same finding again changes nothing.
func (p *Part) settle(ctx context.Context, c Collector, live bool, f Finding, from source) error {
	return p.write(ctx, func(tx *db.Tx) error { return p.settleTx(tx, c, live, f, from) })
}

func (p *Part) settleTx(tx *db.Tx, c Collector, live bool, f Finding, from source) error {
	f.Reference = clip(f.Reference, 40) // far more than an attempt's has
	a, err := attemptByID(tx, f.Reference)
	if errors.Is(err, db.ErrNoRows) || err == nil && (a.Agency != c.Agency || a.Live != live) {
		return p.strangerTx(tx, c, live, f)
	}
	if err != nil {
		return err
	}
	switch f.State {
	case "paid":
		return p.paidTx(tx, c, a, f, from)
	case "reversed":
		return p.reversedTx(tx, c, a, f)
	case "failed":
		return p.refusedTx(tx, a, f)
	}
	return nil
}

// strangerTx notes what a bank tells of money under a reference that is no attempt's:
// that it came, once under whichever of its references, or that the bank took it back.
func (p *Part) strangerTx(tx *db.Tx, c Collector, live bool, f Finding) error {
	if f.State == "reversed" && f.BankRef != "" {
		return p.strange(tx, c, live, reversed, f.Reference, f)
	}
	if f.State != "paid" {
		return nil
	}
	if known, err := strangerNoted(tx, c.Agency, live, f.BankRef, f.Amount); err != nil || known {
		return err
	}
	return p.strange(tx, c, live, stranger, f.Reference, f)
}

// debitFor is the debit that a finding tells of.
func debitFor(c Collector, a Attempt, f Finding) debit {
	return debit{Agency: c.Agency, Live: a.Live, BankRef: f.BankRef, Attempt: a.ID, Amount: f.Amount}
}

// paidTx is the commit in which a debit becomes a receipt, or goes back.
func (p *Part) paidTx(tx *db.Tx, c Collector, a Attempt, f Finding, from source) error {
	wrong := f.agree(a)
	if wrong == "amount" && from == told && f.BankRef != "" {
		// A message may lie where the books do not: the bank is asked at once.
		a.NextAt = p.now()
		return updateAttempt(tx, a)
	}
	if wrong != "" && wrong != "amount" || f.BankRef == "" || f.Amount <= 0 {
		return p.strange(tx, c, a.Live, mismatch, a.ID, f)
	}
	was, known, err := debitOf(tx, c.Agency, a.Live, f.BankRef)
	switch {
	case err != nil:
		return err
	case known && was.Attempt == a.ID && was.Amount == f.Amount:
		return nil // told before, or taken back since
	case known:
		return p.strange(tx, c, a.Live, mismatch, a.ID, f)
	}
	pay, err := paymentByID(tx, a.Payment)
	if err == nil {
		pay, err = p.pricedTx(tx, pay, f)
	}
	if err != nil {
		return err
	}
	switch {
	case wrong == "amount":
		return p.unappliedTx(tx, c, pay, a, f, mismatch)
	case pay.Status == Success:
		return p.unappliedTx(tx, c, pay, a, f, twice)
	case pay.Status.Ended():
		return p.unappliedTx(tx, c, pay, a, f, late)
	}
	return p.receiveTx(tx, c, pay, a, f)
}

// pricedTx ends a payment whose price was over when its bank took the debit: a bank's
// page stays open for a while, and an old price is not to be had by it.
func (p *Part) pricedTx(tx *db.Tx, pay Payment, f Finding) (Payment, error) {
	if f.At == 0 || pay.Status.Ended() {
		return pay, nil
	}
	end, err := p.endsTx(tx, pay)
	if err != nil || end == 0 || f.At < end {
		return pay, err
	}
	if err := p.moveTx(tx, pay, Failed, Expired); err != nil {
		return pay, err
	}
	return paymentByID(tx, pay.ID)
}

// postedPayment is the reason of the groups of payments that succeeded.
const postedPayment = "payment"

// groupOf is the id of a payment's group.
func groupOf(payment string) string { return postedPayment + ":" + payment }

// receiveTx is a payment that succeeds.
func (p *Part) receiveTx(tx *db.Tx, c Collector, pay Payment, a Attempt, f Finding) error {
	// What is asked comes before what is told: see db.Tx.Later.
	r, err := p.numberTx(tx, c, pay, a, f)
	if err != nil {
		return err
	}
	pay.Attempt, pay.Receipt, pay.Cash = a.ID, r.No, a.Method == Counter
	if err := p.moveTx(tx, pay, Success, ""); err != nil {
		return err
	}
	now := p.now()
	if err := saveDebit(tx, debitFor(c, a, f), now); err != nil {
		return err
	}
	// Its QR may be paid by another telephone, of which nothing is heard: the bank
	// is asked soon, and once more when nobody can pay it any longer.
	a.Status, a.BankRef, a.NextAt, a.EndedAt = attemptPaid, f.BankRef, now+secondLook.Microseconds(), now
	if err := updateAttempt(tx, a); err != nil {
		return err
	}
	b := c.Books(a.Live)
	g := p.group(b, postedPayment, pay.ID, ledger.Transfer{Kind: ledger.Post, Debit: b.Clearing(a.Method), Credit: b.Collected(), Amount: f.Amount})
	r.Leaf, err = p.Journal.Append(tx, journal.Record{Kind: "payment.paid", By: journal.By{Agency: c.Agency}, Subjects: subjects(pay),
		Why:  locale.Text{MS: "Bayaran diterima; resit " + r.No + ".", EN: "A payment was received; receipt " + r.No + "."},
		Data: map[string]any{"payment": pay.ID, "receipt": r.No, "amount": int64(f.Amount), "currency": f.Currency, "method": string(a.Method), "bank_ref": f.BankRef, ledger.DigestKey: g.Digest()}})
	if err != nil {
		return err
	}
	g.Leaf = r.Leaf
	if err := p.Ledger.PostTx(tx, g); err != nil {
		return err
	}
	if err := insertReceipt(tx, r); err != nil {
		return err
	}
	if p.payees[pay.Origin] == nil {
		return nil
	}
	return p.Outbox.Enqueue(tx, jobPayee, payeeJob{pay.ID})
}

const jobPayee = "payment.payee"

type payeeJob struct {
	Payment string `json:"payment"`
}

// payee tells who asked for a payment that it was paid. It is a job of its own,
// so that no refusal of theirs undoes a receipt; where nothing is owed any more,
// the money goes back.
func (p *Part) payee(ctx context.Context, j outbox.Job) error {
	var args payeeJob
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return outbox.Cancel(fmt.Errorf("payment: job: %w", err))
	}
	err := p.tellPayee(ctx, j, args.Payment, Payee.PaidTx)
	switch fault.CodeOf(err) {
	case fault.Conflict, fault.Invalid, fault.Missing: // no later try is answered otherwise
		p.Log.Warn("what should follow from a payment was refused", "payment", args.Payment, "error", err)
		return p.tellPayee(ctx, j, args.Payment, func(who Payee, tx *db.Tx, ref string, pay Payment, receipt string) (bool, error) {
			if k, ok := who.(Keeper); ok {
				return k.KeptTx(tx, ref, pay, receipt)
			}
			return false, err
		})
	}
	return err
}

// tellPayee tells who asked for a payment in one commit with what follows. It is not
// in the payers' lane: what it does to a case may lose against other work there, and
// be run again, which must not hold up who pays.
func (p *Part) tellPayee(ctx context.Context, j outbox.Job, id string, tell func(Payee, *db.Tx, string, Payment, string) (bool, error)) error {
	return p.DB.Write(ctx, func(tx *db.Tx) error {
		pay, err := paymentByID(tx, id)
		if err != nil {
			return err
		}
		owed, err := tell(p.payees[pay.Origin], tx, pay.OriginRef, pay, pay.Receipt)
		if err != nil {
			return err
		}
		if !owed && pay.available() > 0 {
			c, err := collectorOf(tx, pay.Agency)
			if err != nil {
				return err
			}
			why := locale.Text{MS: "Tiada lagi yang perlu dibayar; wang dipulangkan.", EN: "Nothing was owed any more; the money goes back."}
			_, err = p.RefundTx(tx, c, pay, pay.available(), -1, why)
			if errors.Is(err, errAtCounter) { // a person of the agency gives it back
				_, err = insertException(tx, p.IDs.New(), pay.Agency, pay.Live, "counter_back", pay.Attempt, pay.Receipt, pay.Amount, p.now())
			}
			if err != nil {
				return err
			}
		}
		return p.Outbox.DoneTx(tx, j)
	})
}

// reversedTx notes that a bank took a debit back. A receipt that was given stands
// until a person of the agency decides; a message that it was paid, which comes
// after this, gives none.
func (p *Part) reversedTx(tx *db.Tx, c Collector, a Attempt, f Finding) error {
	if f.BankRef == "" {
		return nil
	}
	was, known, err := debitOf(tx, c.Agency, a.Live, f.BankRef)
	if err != nil || known && (was.Reversed || was.Attempt != a.ID) {
		return err
	}
	if !known {
		was = debit{Agency: c.Agency, Live: a.Live, BankRef: f.BankRef, Attempt: a.ID, Amount: f.Amount}
	}
	was.Reversed = true
	if a.BankRef == f.BankRef && f.Amount == was.Amount {
		if err := p.takenTx(tx, a); err != nil {
			return err
		}
	}
	if err := saveDebit(tx, was, p.now()); err != nil {
		return err
	}
	if !known {
		if _, err := markDebits(tx, c.Agency, a.Live, []Printed{{f.BankRef, unposted}}); err != nil {
			return err
		}
	}
	return p.strange(tx, c, a.Live, reversed, a.ID, f)
}

// takenTx notes on a payment that the bank took back what paid it: there is nothing
// left of it that could be sent back.
func (p *Part) takenTx(tx *db.Tx, a Attempt) error {
	pay, err := paymentByID(tx, a.Payment)
	if err != nil || pay.Attempt != a.ID {
		return err
	}
	pay.TakenAt = p.now()
	return updatePayment(tx, pay)
}

func subjects(pay Payment) []string {
	if pay.Person == "" {
		return nil
	}
	return []string{pay.Person}
}

// group is what is posted together for a thing, under an id that follows from
// it: done again, it is the same group.
func (p *Part) group(b Books, reason, ref string, transfers ...ledger.Transfer) ledger.Group {
	g := ledger.Group{ID: reason + ":" + ref, Agency: b.owner, Reason: reason, Ref: ref, Day: clock.Day(p.Clock.Now()), Transfers: transfers}
	for i := range g.Transfers {
		g.Transfers[i].ID = fmt.Sprintf("%s:%d", g.ID, i)
	}
	return g
}

// moveTx changes where a payment stands, and says so: to who reads its events,
// and to the agency's system.
func (p *Part) moveTx(tx *db.Tx, pay Payment, to Status, code string) error {
	if pay.Status.Ended() {
		return fmt.Errorf("payment: %s has ended as %s and cannot become %s", pay.ID, pay.Status, to)
	}
	now := p.now()
	pay.Status, pay.Code = to, code
	if to.Ended() {
		pay.EndedAt = now
	}
	if err := p.tellTx(tx, pay, toldOf(to), p.message(pay)); err != nil {
		return err
	}
	if err := updatePayment(tx, pay); err != nil {
		return err
	}
	return insertEvent(tx, event{ID: p.IDs.New(), Payment: pay.ID, Status: to, Code: code, At: now})
}

// message is a payment as an agency's system is told of it: without the secret
// of its page, which is kept nowhere.
func (p *Part) message(pay Payment) PayPayment {
	o := p.out(pay)
	o.Links.Next, o.Links.NextPost, o.Links.Receipt = nil, nil, nil
	return o
}

// strange notes a finding that no rule takes. Nothing is posted: what the bank
// holds is on its statement, and is matched from there.
func (p *Part) strange(tx *db.Tx, c Collector, live bool, kind, attempt string, f Finding) error {
	is, err := insertException(tx, p.IDs.New(), c.Agency, live, kind, attempt, f.BankRef, f.Amount, p.now())
	if err != nil || !is {
		return err
	}
	_, err = p.Journal.Append(tx, journal.Record{Kind: "payment." + kind, By: journal.By{Agency: c.Agency},
		Why:  locale.Text{MS: "Bank melaporkan bayaran yang tidak sepadan; pegawai agensi menyemaknya.", EN: "The bank told of a payment that does not fit; an officer of the agency looks at it."},
		Data: map[string]any{"attempt": attempt, "amount": int64(f.Amount), "currency": clip(f.Currency, 3)}})
	if err != nil {
		return err
	}
	p.Log.Warn("a bank told of a payment that does not fit", "agency", c.Agency, "kind", kind)
	return nil
}

// clip is a text of at most so many bytes, with a sign where it is no text: a bank's
// reference may be whatever a payer had a code say.
func clip(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
}

// unappliedTx takes in what came when nothing was owed, or another amount than
// was, and sends it back.
func (p *Part) unappliedTx(tx *db.Tx, c Collector, pay Payment, a Attempt, f Finding, kind string) error {
	now := p.now()
	if err := saveDebit(tx, debitFor(c, a, f), now); err != nil {
		return err
	}
	if pay.Status.Ended() && (a.Status == attemptOpen || a.Status == attemptFailed) {
		a.Status, a.BankRef, a.EndedAt = attemptLate, f.BankRef, now
		if err := updateAttempt(tx, a); err != nil {
			return err
		}
	}
	if _, err := insertException(tx, p.IDs.New(), c.Agency, a.Live, kind, a.ID, f.BankRef, f.Amount, now); err != nil {
		return err
	}
	r := Refund{ID: p.IDs.New(), Payment: pay.ID, Agency: c.Agency, Attempt: a.ID, Debit: f.BankRef, Amount: f.Amount, Live: a.Live, Status: "submitted", Unapplied: true, CreatedAt: now}
	b := c.Books(a.Live)
	g := p.group(b, "unapplied", r.ID, ledger.Transfer{Kind: ledger.Post, Debit: b.Clearing(a.Method), Credit: b.Unapplied(), Amount: f.Amount},
		ledger.Transfer{Kind: ledger.Hold, Debit: b.Unapplied(), Credit: b.Clearing(a.Method), Amount: f.Amount})
	if err := p.Ledger.PostTx(tx, g); err != nil {
		return err
	}
	return p.refundTx(tx, pay, r, whyBack)
}

var whyBack = locale.Text{MS: "Bayaran diterima yang tidak perlu dibayar; wang dipulangkan.", EN: "A payment came that nobody owed; it goes back."}
