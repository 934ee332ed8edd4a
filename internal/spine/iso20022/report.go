package iso20022

import "time"

// Statuses of an order, of a payment in it or of a transfer.
const (
	Received           = "RCVD"
	TechnicallyChecked = "ACTC"
	Accepted           = "ACCP"
	InProcess          = "ACSP"
	Settled            = "ACSC" // on the debtor's account
	Partial            = "PART"
	Waiting            = "PDNG"
	Rejected           = "RJCT"
)

// Reasons of the standard's external code list that the hall uses.
const (
	WrongAccount   = "AC01"
	ClosedAccount  = "AC04"
	NoFunds        = "AM04"
	WrongAmount    = "AM09"
	WrongSum       = "AM10"
	WrongCount     = "AM18"
	Duplicate      = "AM05"
	WrongFormat    = "FF01"
	UnknownBank    = "RC01"
	WrongDate      = "DT01"
	Unspecified    = "NARR" // the words say it
	WrongSignature = "DS02"
)

// Report is what became of an order, less its transfers.
type Report struct {
	Message   string
	Created   time.Time
	Initiator string // who had asked
	Of        string // the order's message id
	OfKind    string // "pain.001.001.10"
	OfCount   int64
	OfSum     string
	Status    string // of the whole; "" where it is said of each payment
	Reasons   []Reason
	Payments  []PaymentStatus // that it names; read only
}

// Reason is why something was refused or came back.
type Reason struct{ Code, Info string }

// PaymentStatus is what became of a payment of an order.
type PaymentStatus struct {
	ID      string
	Status  string
	Reasons []Reason
}

// TransferStatus is what became of one transfer.
type TransferStatus struct {
	Instruction, EndToEnd, UETR string
	Status                      string
	Reasons                     []Reason
	Accepted                    time.Time
	Bank                        string // the bank's reference
}
