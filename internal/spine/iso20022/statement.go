package iso20022

import (
	"time"

	"balai/internal/spine/money"
)

// Kind is which of the three statements a message is.
type Kind string

// Kinds of statements: of a part of a day, of a whole one, and of single entries.
const (
	Intraday Kind = "camt.052"
	EndOfDay Kind = "camt.053"
	Notice   Kind = "camt.054"
)

// Codes of balances. A balance at the end of a page that is not the last, or at
// the begin of one that is not the first, has Interim for its Sub.
const (
	Opening         = "OPBD"
	Closing         = "CLBD"
	PreviousClosing = "PRCD"
	InterimBooked   = "ITBD"
	Available       = "CLAV"
	Interim         = "INTM"
)

// Statuses of entries.
const (
	Booked  = "BOOK"
	Pending = "PDNG"
)

// Statement is what a bank says of one account, less its entries.
type Statement struct {
	Kind     Kind
	Message  string // the file's own id; several statements may be in one
	ID       string
	Sequence int64 // the statement's number as the bank counts, 0 where it does not
	Page     int64 // from 1
	Last     bool  // no page follows
	Created  time.Time
	From, To time.Time // zero where the bank does not say
	Account  Account
	Owner    string
	Bank     Agent
	Balances []Balance
	Totals   Totals // of all entries. A writer writes them unless they are zero, and then they must be true
	Info     string

	Wrong []Mismatch // what a reader found untrue once it had read all
}

// Balance is below zero where the account owes the bank.
type Balance struct {
	Code, Sub string
	Amount    money.Amount
	Currency  string
	Date      string
}

// Opening is the balance before the first entry; false where there is none.
func (s *Statement) Opening() (Balance, bool) {
	return s.first(Opening, PreviousClosing, InterimBooked)
}

// Closing is the balance after the last entry; false where there is none.
func (s *Statement) Closing() (Balance, bool) {
	if b, ok := s.first(Closing); ok {
		return b, true
	}
	// Of interim balances the first is the opening one, if no other is.
	for i := len(s.Balances) - 1; i >= 0; i-- {
		if b := s.Balances[i]; b.Code == InterimBooked {
			opening, _ := s.Opening()
			return b, opening != b
		}
	}
	return Balance{}, false
}

func (s *Statement) first(codes ...string) (Balance, bool) {
	for _, code := range codes {
		for _, b := range s.Balances {
			if b.Code == code {
				return b, true
			}
		}
	}
	return Balance{}, false
}

// Totals count entries and add up their amounts, which are of one currency.
type Totals struct {
	Credits, Debits     int64
	CreditSum, DebitSum money.Amount
}

// Add counts an entry in.
func (t *Totals) Add(e Entry) (err error) {
	if e.Credit {
		t.Credits++
		t.CreditSum, err = money.Add(t.CreditSum, e.Amount)
	} else {
		t.Debits++
		t.DebitSum, err = money.Add(t.DebitSum, e.Amount)
	}
	return err
}

// Entry is one movement of an account.
type Entry struct {
	Reference string       // the bank's number of the entry in the statement
	Amount    money.Amount // not below zero
	Currency  string
	Credit    bool // it made the account's balance larger. True also of the reversal of a debit
	Reversal  bool // it takes an earlier one back, which went the other way
	Status    string
	Booked    string    // date; "" where it is pending
	At        time.Time // when it was booked; zero where only the date is known
	Value     string    // date from which it bears interest
	Bank      string    // the bank's reference, which the payer may know too
	Code      string    // what kind of transaction: "PMNT/RCDT/DMCT", or a bank's own word
	Batch     Batched
	Charges   []Charge
	Details   []Detail
	Info      string
}

// Signed is the amount with the sign that it has in the balance.
func (e Entry) Signed() money.Amount {
	if e.Credit {
		return e.Amount
	}
	return -e.Amount
}

// Batched says which order an entry sums up; zero where it is no batch.
type Batched struct {
	Message string // its pain.001's
	Payment string // the id of the payment information in it
	Count   int64
}

// Detail is one transaction of an entry. An entry that sums up a batch has many.
type Detail struct {
	Amount   money.Amount
	Currency string // "" where the bank gives no amount for each
	Credit   bool   // the entry's, where the bank does not say

	Message, Payment, Instruction, EndToEnd, UETR, Transaction, Bank, Clearing string // references

	Debtor, Creditor Party
	Purpose          string
	Remittance       string // what the payer wrote; lines are parted by "\n"
	Reference        string // the creditor's own, in structured remittance information; likewise
	Return           string // why it came back, such as "AC04"
	Charges          []Charge
	Info             string
}

// Charge is what a bank took for an entry, or gave back.
type Charge struct {
	Amount   money.Amount
	Currency string
	Credit   bool // given back
	Included bool // the entry's amount is already less by it
	Type     string
}
