package payment

import (
	"fmt"
	"time"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/money"
)

// leafTime is by how much the clocks of a receipt and of its leaf may differ: they are
// read one after the other.
const leafTime = time.Minute

// leafWalk compares payments and receipts with their leaves in the public journal, as
// the leaves go by: who changes a payment and its receipt alike, or takes a receipt out
// with its number, leaves the tables as sound as they were.
type leafWalk struct {
	tx    *db.Tx
	wrong []string
	asked map[string]journal.Record // of the next payments, by their ids
	paid  map[string]journal.Entry  // of the next receipts, by their numbers
	found int64                     // receipts whose leaf came by
}

// auditLeaves tells which payments and receipts are not what their leaves say. That the
// leaves are those that were signed is the journal's own walk to find.
func (p *Part) auditLeaves(tx *db.Tx) ([]string, error) {
	w := &leafWalk{tx: tx, asked: map[string]journal.Record{}, paid: map[string]journal.Entry{}}
	err := p.Journal.Walk(tx, w.leaf)
	if fault.CodeOf(err) == fault.Conflict {
		return append(w.wrong, fmt.Sprintf("the journal is not sound: %v", err)), nil
	}
	if err == nil {
		err = w.compare()
	}
	if err != nil {
		return nil, err
	}
	if n, err := countReceipts(tx); err != nil || n == w.found {
		return w.wrong, err
	}
	err = eachReceipt(tx, func(r Receipt) error {
		e, err := p.Journal.Entry(tx, r.Leaf)
		switch {
		case fault.CodeOf(err) == fault.Missing:
			w.say("the receipt %s has no leaf", r.No)
			return nil
		case err == nil && len(e.Salt) > 0 && said(e.Record, "receipt") != r.No: // one that was destroyed says nothing
			w.say("the receipt %s is not what its leaf says", r.No)
		}
		return err
	})
	return w.wrong, err
}

func (w *leafWalk) say(format string, args ...any) {
	if len(w.wrong) < 100 {
		w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	}
}

func said(r journal.Record, name string) string {
	s, _ := r.Data[name].(string)
	return s
}

func (w *leafWalk) leaf(e journal.Entry) error {
	switch e.Record.Kind {
	case "payment.asked":
		w.asked[said(e.Record, "payment")] = e.Record
	case "payment.paid":
		w.paid[said(e.Record, "receipt")] = e
	}
	if len(w.asked) < some && len(w.paid) < some {
		return nil
	}
	return w.compare()
}

// compare looks the gathered leaves' rows up.
func (w *leafWalk) compare() error {
	payments, err := paymentsBy(w.tx, keysOfMap(w.asked))
	if err != nil {
		return err
	}
	for id, r := range w.asked {
		pay, ok := payments[id]
		if !ok || !saidAmount(r, pay.Amount, pay.Currency) || pay.Agency != r.By.Agency {
			w.say("the payment %s is not what its leaf says", id)
		}
	}
	receipts, err := receiptsBy(w.tx, keysOfMap(w.paid))
	if err != nil {
		return err
	}
	for no, e := range w.paid {
		r, ok := receipts[no]
		if !ok {
			w.say("the receipt %s is gone", no)
			continue
		}
		w.found++
		if !r.says(e) {
			w.say("the receipt %s is not what its leaf says", no)
		}
	}
	clear(w.asked)
	clear(w.paid)
	return nil
}

func saidAmount(r journal.Record, amount money.Amount, currency string) bool {
	n, ok := r.Data["amount"].(float64) // far below where one is not exact
	return ok && money.Amount(n) == amount && said(r, "currency") == currency
}

// says tells whether a leaf is of a receipt as it stands.
func (r Receipt) says(e journal.Entry) bool {
	apart := time.Duration(r.PaidAt-e.Record.At) * time.Microsecond
	ref, has := e.Record.Data["bank_ref"] // of before it was noted there, nothing is known
	return r.Leaf == e.Leaf && r.Payment == said(e.Record, "payment") && r.Agency == e.Record.By.Agency && string(r.Method) == said(e.Record, "method") &&
		saidAmount(e.Record, r.Amount, r.Currency) && apart.Abs() < leafTime && (!has || ref == r.BankRef)
}
