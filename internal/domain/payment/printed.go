package payment

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
	"balai/internal/spine/web"
)

// What the room of statements needs of the cash desk: a bank's statement is the
// third source of findings, beside what the bank tells and what it answers.

// Charges is the place of what a bank takes for itself, beside the methods'.
const Charges Method = "bank"

// Debit is what a payer's bank booked, as a statement is compared with it.
type Debit struct {
	BankRef, Attempt string
	Payment          string
	Method           Method
	Amount           money.Amount
	Reversed         bool
	Line             string // of a statement; "" while it is on none
	At               int64  // when the hall heard of it
}

// CollectorsTx are all agencies that take money.
func (p *Part) CollectorsTx(tx *db.Tx) ([]Collector, error) { return collectors(tx) }

// DebitsTx are the debits of an agency under bank references and of attempts.
func (p *Part) DebitsTx(tx *db.Tx, agency string, live bool, refs, attempts []string) ([]Debit, error) {
	return debitsOf(tx, agency, live, refs, attempts)
}

// UnprintedTx are the debits that are on no statement, of which the hall heard
// from one moment on and before another: the oldest first, n of them.
func (p *Part) UnprintedTx(tx *db.Tx, agency string, live bool, from, before int64, n int) ([]Debit, error) {
	return debitsUnprinted(tx, agency, live, from, before, n)
}

// PrintedSumsTx are what the debits and the refunds that are on statements come to.
func (p *Part) PrintedSumsTx(tx *db.Tx, agency string, live bool) (debits, refunds money.Amount, err error) {
	return printedSums(tx, agency, live)
}

// UnprintedSumsTx is what each method's clearing account has to hold: the debits
// that are on no statement, less the refunds that are on none.
func (p *Part) UnprintedSumsTx(tx *db.Tx, agency string, live bool) (map[Method]money.Amount, error) {
	return unprintedSums(tx, agency, live)
}

// UnprintedRefundsTx are the refunds that the bank says it paid before a moment,
// and that are on no statement.
func (p *Part) UnprintedRefundsTx(tx *db.Tx, agency string, live bool, before int64, n int) ([]Refund, error) {
	return refundsUnprinted(tx, agency, live, before, n)
}

// AttemptsTx are an agency's attempts by their references.
func (p *Part) AttemptsTx(tx *db.Tx, agency string, live bool, ids []string) (map[string]Attempt, error) {
	return attemptsByID(tx, agency, live, ids)
}

// ElsewhereTx are those of some references that are attempts of another agency, or
// of tests among real money: what was paid under them here was paid to the wrong one.
func (p *Part) ElsewhereTx(tx *db.Tx, agency string, live bool, ids []string) (map[string]bool, error) {
	return attemptsElsewhere(tx, agency, live, ids)
}

// Stranger is money that a bank says it has for an agency under a reference that is
// no attempt of the agency's: who pays with an edited QR has sent it there.
type Stranger struct {
	ID        string // of its note
	Agency    string
	Live      bool
	Reference string // as the bank has it
	BankRef   string
	Amount    money.Amount
}

// StrangersTx are those on which nobody has looked and which did not go back, after
// one by id, some at a time.
func (p *Part) StrangersTx(tx *db.Tx, after string) ([]Stranger, error) {
	return strangersAfter(tx, after)
}

// Reference is by which a bank knows a refund: what it has room for is 35
// characters, one less than an id has.
func (r Refund) Reference() string { return strings.ReplaceAll(r.ID, "-", "") }

// idOf is the id of a reference by which a bank knows a refund; another text is
// given back as it is.
func idOf(reference string) string {
	if len(reference) != 32 {
		return reference
	}
	return strings.Join([]string{reference[:8], reference[8:12], reference[12:16], reference[16:20], reference[20:]}, "-")
}

// SentTx are an agency's refunds by their own ids or the bank's references.
func (p *Part) SentTx(tx *db.Tx, agency string, live bool, keys []string) ([]Refund, error) {
	var refs []string
	for _, key := range keys {
		refs = append(refs, idOf(key))
	}
	return refundsBy(tx, agency, live, refs)
}

// PrintedTx settles what a statement says of an attempt: it ends as it would had
// the bank told of it, with a receipt or on its way back.
func (p *Part) PrintedTx(tx *db.Tx, c Collector, live bool, f Finding) error {
	return p.settleTx(tx, c, live, f, printed)
}

// RefundPrintedTx ends a refund that a statement shows as paid, where the bank's
// own answer never came.
func (p *Part) RefundPrintedTx(tx *db.Tx, c Collector, r Refund, bankRef string) error {
	if r.Status != "submitted" {
		return nil
	}
	return p.refundedTx(tx, c, r, "paid", bankRef)
}

// A Printed says that a debit or a refund is on a statement's line.
type Printed struct{ Key, Line string }

// MarkDebitsTx notes on which lines debits are, by their bank references: each on
// one, once.
func (p *Part) MarkDebitsTx(tx *db.Tx, agency string, live bool, list []Printed) error {
	n, err := markDebits(tx, agency, live, list)
	return marked(n, len(list), err)
}

// MarkRefundsTx is MarkDebitsTx for refunds, by their ids.
func (p *Part) MarkRefundsTx(tx *db.Tx, list []Printed) error {
	n, err := markRefunds(tx, list)
	return marked(n, len(list), err)
}

// ErrPrinted is of a debit or a refund that is on a statement's line already.
var ErrPrinted = errors.New("payment: on a statement already")

func marked(n int64, want int, err error) error {
	if err == nil && n != int64(want) {
		err = fmt.Errorf("%w: %d of %d", ErrPrinted, int64(want)-n, want)
	}
	return err
}

// CloseExceptionsTx takes what was noted of a bank reference off the list of what
// does not fit.
func (p *Part) CloseExceptionsTx(tx *db.Tx, agency string, live bool, bankRef, by, note string) error {
	if bankRef == "" {
		return nil
	}
	return closeExceptions(tx, agency, live, bankRef, by, note, p.now())
}

// BackTx sends back money that no payment is known of: it leaves an account of
// the agency's books, and is kept back until the bank has paid it. reference and
// bankRef are the bank's of what came. What went back under the same, or is on its way,
// is a Conflict: no statement makes it come twice.
func (p *Part) BackTx(tx *db.Tx, c Collector, live bool, from, reference, bankRef string, amount money.Amount) (Refund, error) {
	before, err := wentBack(tx, c.Agency, live, bankRef)
	if err == nil && before {
		err = fault.New(fault.Conflict, "payment.error.not_back")
	}
	if err != nil {
		return Refund{}, err
	}
	r := Refund{ID: p.IDs.New(), Agency: c.Agency, Attempt: reference, Debit: bankRef, Amount: amount, Live: live, Status: "submitted", Unapplied: true, CreatedAt: p.now()}
	b := c.Books(live)
	g := p.group(b, "unapplied", r.ID, ledger.Transfer{Kind: ledger.Post, Debit: from, Credit: b.Unapplied(), Amount: amount},
		ledger.Transfer{Kind: ledger.Hold, Debit: b.Unapplied(), Credit: b.Clearing(Transfer), Amount: amount})
	if err := p.Ledger.PostTx(tx, g); err != nil {
		return r, err
	}
	return r, p.refundTx(tx, Payment{Currency: money.MYR}, r, whyBack)
}

// LiveMoney tells whether the hall's own pages take real money: a demo's do not.
func (p *Part) LiveMoney() bool { return !p.Demo }

// A Begun is a transfer that somebody began and of which nothing was heard.
type Begun struct {
	Attempt Attempt
	Payment Payment
}

// OpenTransfersTx are the transfers over an amount that were begun.
func (p *Part) OpenTransfersTx(tx *db.Tx, agency string, live bool, amount money.Amount) (out []Begun, err error) {
	list, err := openTransfers(tx, agency, live, amount)
	for _, a := range list {
		if err != nil {
			break
		}
		b := Begun{Attempt: a}
		b.Payment, err = paymentByID(tx, a.Payment)
		out = append(out, b)
	}
	return out, err
}

// faultCodes are the protocol's for the hall's own, in what a room answers with faults.
var faultCodes = map[fault.Code]string{fault.Invalid: "P1202", fault.Conflict: "P1203", fault.Missing: "P1200", fault.Denied: "P1201", fault.Busy: "P1205", fault.SignedOut: "P0002"}

// Stray answers in the protocol what no route of /v1 does; false where it is not below it.
func Stray(w http.ResponseWriter, r *http.Request, p *web.Problem) bool {
	if !strings.HasPrefix(r.URL.Path, "/v1/") {
		return false
	}
	b := &problem{status: p.Status, Code: "P0197", Description: "The request cannot be answered"}
	switch {
	case p.Status == http.StatusNotFound:
		b.Code, b.Description = "P0004", "There is nothing at this address"
	case p.Status == http.StatusMethodNotAllowed:
		b.Code, b.Description = "P0005", "This address does not take this method"
	case p.Status == http.StatusRequestEntityTooLarge:
		b.Description = "The request is too large"
	case p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests:
		b.Code, b.Description = "P0900", "Too many requests at this moment; ask again a little later"
	case p.Status >= 500:
		b.Code, b.Description = "P0198", "Downstream system error"
	}
	_ = b.write(w) // it never fails: the client may be gone
	return true
}

// WithKey answers who holds an agency's key; a fault is answered as /v1 refuses,
// with the hall's code and its sentence.
func (p *Part) WithKey(h func(w http.ResponseWriter, r *http.Request, k Key) error) web.Handler {
	return p.ask(func(w http.ResponseWriter, r *http.Request, k Key) (*problem, error) {
		err := h(w, r, k)
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return &problem{status: http.StatusRequestEntityTooLarge, Code: "P1297", Description: "The body is too large"}, nil
		}
		if f, ok := fault.As(err); ok && f.Code != fault.Internal {
			return &problem{status: f.Status(), Code: faultCodes[f.Code], Description: web.L(r.Context()).In(locale.English).T(f.Key, f.Args...)}, nil
		}
		return nil, err
	})
}

// Reply writes a document of /v1.
func Reply(w http.ResponseWriter, status int, v any) error { return answer(w, status, v) }

// AwaitsStatementTx tells whether a transfer may be on its way to an agency, of
// which only a statement tells, or money that goes back when a statement shows it.
func (p *Part) AwaitsStatementTx(tx *db.Tx, agency string, live bool) (bool, error) {
	return awaitsStatement(tx, agency, live)
}
