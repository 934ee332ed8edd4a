package payment

import (
	"context"
	"errors"
	"net/http"

	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// What the rooms of this part ask of it.

// ErrNoMessage is of a message that a bank does not have.
var ErrNoMessage = errors.New("payment: the bank has no such message")

// RefusedError is a bank's own word that it did not take a message, for what is in it:
// the same message is refused each time. No other answer, and no silence, is one.
type RefusedError struct {
	Message string // its id
	Reason  string // a code of ISO 20022
}

func (e *RefusedError) Error() string {
	return "payment: the bank refused the message " + e.Message + ": " + e.Reason
}

// Shown is a line of a bank's statement, as those read it who may know it.
type Shown struct {
	Batch, EndToEnd string       // the bank's words for what it is of
	Amount          money.Amount // below zero where money left
	Day             string       // YYYY-MM-DD
	Statement       string       // as the bank numbers it
}

// Caller finds whose key a request carries; false where it carries none that counts.
func (p *Part) Caller(ctx context.Context, r *http.Request) (k Key, known bool, err error) {
	k, bad, err := p.caller(ctx, r)
	return k, bad == nil && err == nil, err
}

// CollectorTx is an agency that takes money, without its secret; db.ErrNoRows
// where it takes none.
func (p *Part) CollectorTx(tx *db.Tx, agency string) (Collector, error) {
	return collectorOf(tx, agency)
}

// Signer is an agency that takes money, with the secret of its real money or of its
// tests.
func (p *Part) Signer(ctx context.Context, agency string, live bool) (Collector, error) {
	return p.collector(ctx, agency, live)
}

// Banker is who moves the money of real payments, or of tests; nil where nobody does.
func (p *Part) Banker(live bool) Banker { return p.banker(live) }

// ExceptionTx puts something before an agency's officers, once for what it is about;
// false where it stands there already.
func (p *Part) ExceptionTx(tx *db.Tx, agency string, live bool, kind, about, bankRef string, amount money.Amount) (bool, error) {
	return insertException(tx, p.IDs.New(), agency, live, kind, about, bankRef, amount, p.now())
}

// ExceptionOverTx closes what stands before officers of a bank's reference: it has
// come right by itself.
func (p *Part) ExceptionOverTx(tx *db.Tx, agency string, live bool, bankRef string) error {
	return closeExceptions(tx, agency, live, bankRef, "", "", p.now())
}
