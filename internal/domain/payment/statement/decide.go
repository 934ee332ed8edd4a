package statement

import (
	"errors"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// Action is what a person does with a line that waits.
type Action string

const (
	Match  Action = "match"  // it is of a payment that the person names
	Back   Action = "back"   // it goes back to whom it came from
	Keep   Action = "keep"   // it is the agency's own: income, or its loss
	Charge Action = "charge" // the bank took it for itself
)

// Decision is what a person wants done with a line, and who agreed.
type Decision struct {
	ID, Line, Agency string
	Live             bool
	Action           Action
	Subject          string // the payment that was named
	Amount           money.Amount
	Note             string
	State            string
	AskedBy          string
	AskedAt          int64
	DecidedBy        string
	DecidedAt        int64
}

// States of a decision.
const (
	asked  = "asked" // it waits for a second person
	agreed = "done"
	denied = "refused"
)

// Actions are what can be done with a line.
func (l Line) Actions() []Action {
	switch {
	case l.Rule == byOpening:
		return []Action{Keep}
	case !l.Credit:
		return []Action{Keep, Charge}
	case l.EndToEnd == "":
		return []Action{Match, Keep} // the bank sends nothing back that has no reference
	}
	return []Action{Match, Back, Keep}
}

func (l Line) allows(a Action) bool {
	for _, x := range l.Actions() {
		if x == a {
			return true
		}
	}
	return false
}

// DecideTx does with a line what an officer says. Above the limit it waits for
// another one, who confirms it.
func (s *Part) DecideTx(tx *db.Tx, by actor.Actor, d payment.Desk, line string, action Action, subject string) (Decision, error) {
	l, err := s.waitingLine(tx, d, line)
	if err != nil {
		return Decision{}, err
	}
	if !l.allows(action) {
		return Decision{}, refused("action")
	}
	x := Decision{ID: s.ids.New(), Line: l.ID, Agency: l.Agency, Live: l.Live, Action: action, Amount: l.Amount, State: agreed, AskedBy: by.Person, AskedAt: s.now()}
	switch action {
	case Match:
		pay, err := s.pay.FoundTx(tx, d, subject)
		if err == nil {
			err = s.pay.OwnTx(tx, by, pay)
		}
		if err != nil {
			return x, err
		}
		x.Subject = pay.ID
	case Back:
		if err := s.unheardTx(tx, l); err != nil {
			return x, err
		}
	}
	if open, err := openDecision(tx, l.ID); err != nil || open {
		return x, errors.Join(err, only(err == nil, fault.New(fault.Conflict, "statement.error.asked")))
	}
	if s.pay.NeedsTwo(l.Amount) {
		x.State = asked
		if err := insertDecision(tx, x); err != nil {
			return x, err
		}
		return x, s.noteTx(tx, by, x, "statement.asked", locale.Text{MS: "Keputusan tentang satu catatan penyata menunggu orang kedua.",
			EN: "A decision about a line of a statement waits for a second person."})
	}
	x.DecidedBy, x.DecidedAt = by.Person, x.AskedAt
	if err := insertDecision(tx, x); err != nil {
		return x, err
	}
	return x, s.doTx(tx, by, d, l, x)
}

func only(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// ConfirmTx is what a second officer says of a decision that waits. Who asked for
// it cannot confirm it; who refuses it puts the line back on the list.
func (s *Part) ConfirmTx(tx *db.Tx, by actor.Actor, d payment.Desk, line string, yes bool) error {
	l, err := s.waitingLine(tx, d, line)
	if err != nil {
		return err
	}
	x, err := askedOf(tx, l.ID)
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.Conflict, "statement.error.decided")
	}
	if err != nil {
		return err
	}
	if yes && x.AskedBy == by.Person {
		return fault.New(fault.Denied, "payment.error.two")
	}
	x.State, x.DecidedBy, x.DecidedAt = denied, by.Person, s.now()
	if yes {
		x.State = agreed
	}
	if err := updateDecision(tx, x); err != nil {
		return err
	}
	if !yes {
		return s.noteTx(tx, by, x, "statement.refused", locale.Text{MS: "Keputusan tentang satu catatan penyata tidak diteruskan.", EN: "A decision about a line of a statement was not carried out."})
	}
	return s.doTx(tx, by, d, l, x)
}

// unheardTx insists that the hall knows no debit which a line may show: one that it
// knows has a receipt or went back already, and goes back from its payment's page.
func (s *Part) unheardTx(tx *db.Tx, l Line) error {
	var refs, attempts []string
	if l.BankRef != "" {
		refs = []string{l.BankRef}
	} else { // the bank finds what to send back by the payer's reference alone
		attempts = references(l.EndToEnd)
	}
	list, err := s.pay.DebitsTx(tx, l.Agency, l.Live, refs, attempts)
	return errors.Join(err, only(len(list) > 0, fault.New(fault.Conflict, "statement.error.heard")))
}

// waitingLine is a line of the desk's books that waits for a person.
func (s *Part) waitingLine(tx *db.Tx, d payment.Desk, id string) (Line, error) {
	l, err := lineByID(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && (l.Agency != d.Collector.Agency || l.Live != d.Live) {
		return l, fault.New(fault.Missing, "statement.error.no_line")
	}
	if err == nil && l.State != waiting {
		err = fault.New(fault.Conflict, "statement.error.decided")
	}
	return l, err
}

func (s *Part) noteTx(tx *db.Tx, by actor.Actor, x Decision, kind string, why locale.Text) error {
	_, err := s.journal.Append(tx, journal.Record{Kind: kind, By: journal.ByActor(by), Why: why,
		Data: map[string]any{"decision": x.ID, "line": x.Line, "action": string(x.Action), "payment": x.Subject, "amount": int64(x.Amount)}})
	return err
}

// doTx carries a decision out: one posting out of suspense, with its leaf.
func (s *Part) doTx(tx *db.Tx, by actor.Actor, d payment.Desk, l Line, x Decision) error {
	b := d.Books()
	to := b.Collected()
	l.State, l.Rule = decided, string(x.Action)
	var err error
	switch x.Action {
	case Match:
		if to, err = s.matchTx(tx, by, d, &l, x); err != nil {
			return err
		}
	case Back:
		if err := s.unheardTx(tx, l); err != nil { // the bank may have told of it since
			return err
		}
		r, err := s.pay.BackTx(tx, d.Collector, l.Live, b.Suspense(), l.EndToEnd, l.BankRef, l.Amount)
		if err != nil {
			return err
		}
		l.Subject, to = r.ID, ""
	case Charge:
		to = b.Fees(payment.Charges)
	}
	record := journal.Record{Kind: "statement.decided", By: journal.ByActor(by),
		Why:  locale.Text{MS: "Pegawai kewangan memutuskan tentang satu catatan penyata bank.", EN: "Finance officers decided about a line of the bank's statement."},
		Data: map[string]any{"decision": x.ID, "line": l.ID, "action": string(x.Action), "payment": x.Subject, "amount": int64(l.Amount)}}
	if to == "" {
		if _, err := s.journal.Append(tx, record); err != nil {
			return err
		}
	} else if err := s.releaseTx(tx, b, l, x, to, record); err != nil {
		return err
	}
	if err := decideLine(tx, l); err != nil {
		return err
	}
	return s.pay.CloseExceptionsTx(tx, l.Agency, l.Live, l.BankRef, by.Person, string(x.Action))
}

// releaseTx posts a line's money from suspense to where it belongs.
func (s *Part) releaseTx(tx *db.Tx, b payment.Books, l Line, x Decision, to string, record journal.Record) (err error) {
	t := ledger.Transfer{ID: l.ID, Kind: ledger.Post, Debit: b.Suspense(), Credit: to, Amount: l.Amount}
	if !l.Credit {
		t.Debit, t.Credit = to, b.Suspense()
	}
	g := ledger.Group{ID: "decision:" + x.ID, Agency: b.Owner(), Reason: "decision", Ref: x.ID, Day: clock.Day(s.clock.Now()), Transfers: []ledger.Transfer{t}}
	record.Data[ledger.DigestKey] = g.Digest()
	if g.Leaf, err = s.journal.Append(tx, record); err != nil {
		return err
	}
	return s.ledger.PostTx(tx, g)
}

// matchTx makes a line the debit of a payment that a person named.
func (s *Part) matchTx(tx *db.Tx, by actor.Actor, d payment.Desk, l *Line, x Decision) (string, error) {
	pay, err := s.pay.FoundTx(tx, d, x.Subject)
	if err == nil {
		err = s.pay.OwnTx(tx, by, pay)
	}
	if err != nil {
		return "", err
	}
	debit, err := s.pay.TakeTx(tx, d.Collector, pay, payment.Transfer, l.Amount, l.BankRef, l.Party)
	if err != nil {
		return "", err
	}
	l.Rule, l.Subject = byPerson, debit.Attempt
	return d.Books().Clearing(debit.Method), s.pay.MarkDebitsTx(tx, l.Agency, l.Live, []payment.Printed{{Key: debit.BankRef, Line: l.ID}})
}
