package iso20022

import (
	"time"

	"balai/internal/spine/money"
)

// NotProvided stands for an end-to-end id where a payer gives none.
const NotProvided = "NOTPROVIDED"

// Initiation is an order to pay, less its payments.
type Initiation struct {
	Version   string // of its schema, such as "pain.001.001.10"; read only
	Message   string // the payer's id of the whole; the same one again is the same order
	Created   time.Time
	Initiator string // who asks
	Count     int64  // of transfers: a reader gives what it found, a writer writes it before it knows
	Sum       string // of their amounts, whatever their currencies, as Sum's Text; likewise

	Wrong []Mismatch // what a reader found untrue once it had read all
}

// Payment is one payment information of an order: an account and its transfers.
type Payment struct {
	ID      string
	Method  string // "TRF"
	Single  bool   // each transfer is to be booked for itself, and not the sum of all
	Date    string // on which the bank is to pay
	Debtor  Party
	Charges string // who bears them: "DEBT", "CRED", "SHAR", "SLEV"
	Count   int64  // of its own transfers as the payer says; 0 where it does not
	Sum     string // of their amounts, likewise; "" where it does not
}

// Transfer is one amount to one person.
type Transfer struct {
	Instruction, EndToEnd, UETR string
	Amount                      money.Amount
	Currency                    string
	Into                        string // the currency that it is to be exchanged into; "" for its own
	Creditor                    Party
	Purpose                     string
	Remittance                  string // lines are parted by "\n"
	Reference                   string // the creditor's own; likewise
}
