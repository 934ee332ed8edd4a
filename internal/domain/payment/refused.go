package payment

import (
	"balai/internal/spine/db"
)

// refusedTx is an attempt that its bank declined, or that its payer cancelled there:
// no money moved, and the payment is offered in every way again. While another
// attempt is at a bank, whose answer is not known, nobody is asked to pay again.
func (p *Part) refusedTx(tx *db.Tx, a Attempt, f Finding) error {
	if a.Status != attemptOpen {
		return nil
	}
	a.Status, a.NextAt, a.EndedAt = attemptFailed, 0, p.now()
	if err := updateAttempt(tx, a); err != nil {
		return err
	}
	pay, err := paymentByID(tx, a.Payment)
	if err != nil || pay.Status.Ended() {
		return err
	}
	if pay.Status == Submitted {
		list, err := attemptsOf(tx, pay.ID)
		if err != nil {
			return err
		}
		if !atBank(list) {
			pay.Status = Started
			if err := updatePayment(tx, pay); err != nil {
				return err
			}
		}
	}
	if a.Session == "" { // nobody was sent anywhere: nothing that a payer would know of
		return nil
	}
	// The payment's own code is why it ended, which it has not; the step's is why the
	// attempt did.
	return insertEvent(tx, event{ID: p.IDs.New(), Payment: pay.ID, Status: pay.Status, Code: refusedBy(f.Reason), At: p.now()})
}

// refusedBy is whose doing it was that an attempt came to nothing, by the bank's word.
func refusedBy(reason string) string {
	if reason == "cancelled" {
		return PayerLeft
	}
	return Declined
}

// atBank tells whether a payer was sent to a bank that has not said what became of it.
func atBank(list []Attempt) bool {
	for _, a := range list {
		if a.Status == attemptOpen && a.Session != "" {
			return true
		}
	}
	return false
}

// refusedText is what a payer is told of their last attempt: the key of a text, "" of
// one that was not refused.
func refusedText(tx *db.Tx, pay Payment) (string, error) {
	if pay.Status != Started {
		return "", nil
	}
	steps, err := eventsOf(tx, pay.ID)
	if err != nil || len(steps) == 0 {
		return "", err
	}
	code := steps[len(steps)-1].Code
	if code == "" {
		return "", nil
	}
	list, err := attemptsOf(tx, pay.ID)
	var last Attempt
	for _, a := range list {
		if a.Status == attemptFailed && a.Session != "" && a.EndedAt >= last.EndedAt {
			last = a
		}
	}
	switch {
	case err != nil || last.ID == "":
		return "", err
	case code == PayerLeft:
		return "payment.refused.cancelled", nil
	case last.Method == Card:
		return "payment.refused.card", nil
	}
	return "payment.refused.bank", nil
}
