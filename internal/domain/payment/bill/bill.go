package bill

import (
	"slices"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// State is where a bill stands.
type State string

const (
	Open      State = "open"
	PartPaid  State = "part_paid"
	Paid      State = "paid"
	Cancelled State = "cancelled" // by the agency
)

// Ended tells whether nothing is owed any more.
func (s State) Ended() bool { return s == Paid || s == Cancelled }

// Price is what a bill costs until the end of a day, Malaysia's.
type Price struct {
	Until  string       `json:"until" format:"date" doc:"The last day of this price"`
	Amount money.Amount `json:"amount" doc:"in sen"`
}

// Bill is what an agency has billed somebody for.
type Bill struct {
	ID, Agency string
	Live       bool   // real money; else the sandbox's
	Number     string // the agency's own
	What       locale.Text
	Amount     money.Amount // after the last of the prices
	Prices     []Price      // by their days
	Person     string       // whom it is to, a company as actor.Company; "" where that is not known
	LastFour   string       // digits of the number that it was made to; "" none
	DueOn      string       // "" none
	Partial    bool         // may be paid in parts
	Least      money.Amount // of a part

	State   State
	Paid    money.Amount
	MadeAt  int64
	EndedAt int64
}

// PriceAt is what the bill costs at a time, and until when it does; 0 for ever.
// Times are unix microseconds.
func (b Bill) PriceAt(at int64) (price money.Amount, until int64) {
	today := clock.Day(clock.FromMicro(at))
	for _, p := range b.Prices {
		if today <= p.Until {
			return p.Amount, endOf(p.Until)
		}
	}
	return b.Amount, 0
}

// endOf is the first moment after a day.
func endOf(day string) int64 {
	t, err := clock.ParseDay(day)
	if err != nil {
		return 0
	}
	return clock.Micro(t.AddDate(0, 0, 1))
}

// Owed is what is left to pay at a time.
func (b Bill) Owed(at int64) money.Amount {
	if b.State.Ended() {
		return 0
	}
	price, _ := b.PriceAt(at)
	return max(0, price-b.Paid)
}

// Overdue tells whether its day is over and something is owed.
func (b Bill) Overdue(at int64) bool {
	return !b.State.Ended() && b.DueOn != "" && clock.Day(clock.FromMicro(at)) > b.DueOn
}

// May tells whether an amount may be paid at a time: all that is owed, or a part
// where parts are taken.
func (b Bill) May(amount money.Amount, at int64) bool {
	owed := b.Owed(at)
	return owed > 0 && (amount == owed || b.Partial && amount >= min(b.Least, owed) && amount <= owed)
}

// Take is the bill after an amount was paid that was asked for at a time; false
// where that is more than is owed, and the money goes back. A bill of which
// everything was paid that was owed when it was asked for is paid, whatever it
// would cost today.
func (b Bill) Take(amount money.Amount, askedAt, now int64) (Bill, bool) {
	owed := b.Owed(askedAt)
	if amount <= 0 || amount > owed {
		return b, false
	}
	b.Paid += amount // at most the price, which is an amount
	if b.State = PartPaid; amount == owed {
		b.State, b.EndedAt = Paid, now
	}
	return b, true
}

// dearest is the most that the bill ever costs.
func (b Bill) dearest() money.Amount {
	top := b.Amount
	for _, p := range b.Prices {
		top = max(top, p.Amount)
	}
	return top
}

// wrong says what of a bill cannot be, "" nothing.
func (b Bill) wrong() (field, why string) {
	last := Price{}
	prices := append(slices.Clone(b.Prices), Price{"9999-12-31", b.Amount})
	for _, p := range prices {
		if _, err := time.Parse(time.DateOnly, p.Until); err != nil {
			return "prices", "Each until must be a date such as 2026-12-31"
		}
		if p.Until <= last.Until {
			return "prices", "Must be in the order of their days, each day once"
		}
		if b.Partial && p.Amount < last.Amount {
			return "prices", "Must not fall where parts are taken: a part could be more than is owed later"
		}
		last = p
	}
	if _, err := time.Parse(time.DateOnly, b.DueOn); b.DueOn != "" && err != nil {
		return "due_date", "Must be a date such as 2026-12-31"
	}
	if b.Partial && (b.Least < 1 || b.Least > b.Amount) {
		return "least_amount", "Must be from 1 to the amount"
	}
	return "", ""
}
