package payment

import (
	"strings"
	"time"

	"balai/internal/spine/money"
)

// Status is where a payment stands, by GOV.UK Pay's names.
type Status string

const (
	Created    Status = "created"    // nobody has looked at it
	Started    Status = "started"    // its page was opened, or its QR made
	Submitted  Status = "submitted"  // the payer has gone to the bank; the answer is not known
	Capturable Status = "capturable" // kept back at the bank, and taken when the agency says so
	Success    Status = "success"
	Failed     Status = "failed"    // P0010 declined, P0020 expired, P0030 cancelled by the payer
	Cancelled  Status = "cancelled" // P0040, by the agency
	Error      Status = "error"     // P0050
)

// Ended tells whether a status is the last: it never changes.
func (s Status) Ended() bool { return s == Success || s == Failed || s == Cancelled || s == Error }

// Why a payment ended without money.
const (
	Declined      = "P0010"
	Expired       = "P0020"
	PayerLeft     = "P0030"
	AgencyLeft    = "P0040"
	ProviderError = "P0050"
)

// Origin is what a payment is for.
type Origin string

const (
	FromAPI     Origin = "api"     // an agency's own system
	FromService Origin = "service" // the fee of a case
	FromBill    Origin = "bill"
	FromLink    Origin = "link" // a payment link
)

// usualLife is how long a payment waits for its payer, longLife one that is
// billed.
const (
	usualLife = 90 * time.Minute
	longLife  = 30 * 24 * time.Hour
)

// most is the most that one payment may be, in minor units, as GOV.UK Pay's.
const most money.Amount = 10_000_000_00

// Payment is one wish to pay.
type Payment struct {
	ID          string
	Agency      string
	Live        bool // real money; else the sandbox's
	Amount      money.Amount
	Currency    string
	Reference   string // the agency's own
	Description string
	ReturnURL   string
	Language    string // ms | en
	Email       string
	Metadata    string // JSON object, "" for none
	Delayed     bool   // taken when the agency says so
	Origin      Origin
	OriginRef   string // the case, the bill, the link
	Person      string // whose it is, "" where that is not known

	Token    string // of its page, hashed
	Status   Status
	Code     string // why it ended without money
	Attempt  string // that paid
	Receipt  string // its number
	Cash     bool   // paid at a counter: no bank can send it back
	Refunded money.Amount

	TakenAt int64 // when the bank took back what paid it; 0 where it did not

	CreatedAt, ExpiresAt, EndedAt int64 // unix microseconds
	LookAt                        int64 // when its end is looked at
}

// Method is a way to pay.
type Method string

const (
	QR       Method = "qr"
	Bank     Method = "fpx"
	Card     Method = "card"
	Transfer Method = "transfer"
	Counter  Method = "counter"
)

// Methods in the order of the page.
var Methods = []Method{QR, Bank, Card, Transfer, Counter}

// Open, paid and failed are the states of an attempt; there is no "unknown": it
// is one that is open.
const (
	attemptOpen   = "open"
	attemptPaid   = "paid"
	attemptFailed = "failed"
	attemptLate   = "late" // paid when nothing was owed any more: it goes back
)

// Attempt is one way tried of a payment.
type Attempt struct {
	ID       string // the reference that the bank carries
	Payment  string
	Agency   string
	Live     bool
	Method   Method
	Status   string
	Amount   money.Amount
	Currency string
	Account  string // of the agency, into which it is paid
	Session  string // at the bank
	BankRef  string
	Checks   int64 // how often the bank was asked
	NextAt   int64 // when it is asked again; 0 never
	OpenedAt int64
	EndedAt  int64
}

// enquiries are when the bank is asked about an attempt of which nothing was
// heard: after its start, and from then on each hour.
var enquiries = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

func enquireAfter(checks int64) time.Duration {
	if int(checks) < len(enquiries) {
		return enquiries[checks]
	}
	return time.Hour
}

// Finding is what a bank says of an attempt.
type Finding struct {
	Reference string
	State     string // none | pending | paid | failed | reversed
	Reason    string
	Amount    money.Amount
	Currency  string
	Account   string // that was credited
	BankRef   string
	Payer     string // the payer's name as the bank has it; kept nowhere but on the receipt
	Method    Method
	At        int64 // unix microseconds
}

// Answered tells whether a bank has said what became of an attempt.
func (f Finding) Answered() bool {
	switch f.State {
	case "none", "pending", "paid", "failed", "reversed":
		return true
	}
	return false
}

// agree tells in which of what was asked a finding is wrong, "" in none.
func (f Finding) agree(a Attempt) string {
	switch {
	case f.Reference != a.ID:
		return "reference"
	case f.Currency != a.Currency:
		return "currency"
	case f.Account != a.Account:
		return "account"
	case f.Amount != a.Amount:
		return "amount"
	}
	return ""
}

// referenceLetters are those of an attempt's id: Crockford's without vowels, so
// that it spells nothing, reads over a telephone, and fits into a QR.
const referenceLetters = "0123456789BCDFGHJKMNPQRSTVWXYZ"

// referenceOf makes an attempt's id of random bytes: 20 letters, 98 bits.
func referenceOf(random []byte) string {
	var b strings.Builder
	for _, r := range random[:20] {
		// 256 is not a multiple of 30: the rest is a bias of one part in 64, which a
		// reference that is no secret can have.
		b.WriteByte(referenceLetters[int(r)%len(referenceLetters)])
	}
	return b.String()
}

// Refund is money on its way back.
type Refund struct {
	ID, Payment, Agency string
	Attempt             string // that paid
	Debit               string // the bank's reference of what goes back
	Amount              money.Amount
	Live                bool
	Status              string // waiting (for a second person) | submitted | success | error
	BankRef             string
	Unapplied           bool   // the hall's own: nothing was owed
	AskedBy, DecidedBy  string // the officers, where a desk sent it; of a system, who made its key
	CreatedAt, EndedAt  int64
}

// Collector is an agency that takes money.
type Collector struct {
	Agency   string
	Account  string // at the bank
	Merchant string // by which the bank knows it
	Secret   string // with which both sign; sealed in the database
	Name     string // as it stands on a QR: ASCII
	City     string
	MadeAt   int64
}

// Books are a collector's accounts in the ledger: of real money, or of the
// sandbox's, which is never among it.
type Books struct{ owner, account string }

// Books are the collector's, of real money or of tests.
func (c Collector) Books(live bool) Books {
	if live {
		return Books{c.Agency, strings.ToLower(c.Account)}
	}
	return Books{c.Agency + "-sandbox", strings.ToLower(c.Account)}
}

// Owner is by which the ledger knows whose accounts they are.
func (b Books) Owner() string { return b.owner }

// Collected is what the agency has taken.
func (b Books) Collected() string { return "agency:" + b.owner + ":collected" }

// RefundsDue is what it owes to payers.
func (b Books) RefundsDue() string { return "agency:" + b.owner + ":refunds-due" }

// Clearing is what a payer has paid and no statement has told of yet.
func (b Books) Clearing(m Method) string { return "clearing:" + b.owner + ":" + string(m) }

// Fees are what the bank keeps of payments.
func (b Books) Fees(m Method) string { return "fees:" + b.owner + ":" + string(m) }

// Unapplied is what came and was not owed.
func (b Books) Unapplied() string { return "unapplied:" + b.owner }

// Bank is what the bank's statement says that the agency has.
func (b Books) Bank() string { return "bank:" + b.owner + ":" + b.account }

// Suspense is what a statement says and nothing explains yet.
func (b Books) Suspense() string { return "suspense:" + b.owner }
