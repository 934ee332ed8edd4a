package bank

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/money"
)

// Kind is whose account it is.
type Kind string

const (
	Person   Kind = "person"
	Company  Kind = "company" // one person makes a payment and another one checks it
	Merchant Kind = "merchant"
	Internal Kind = "bank" // the bank's own: it may fall below zero
)

// Account is what the bank owes somebody.
type Account struct {
	Code, Name string
	Kind       Kind
	Owner      string       // of a merchant's account: its id
	Balance    money.Amount // sen: credits less debits
}

// Side is where an entry stands, as its account's holder sees it: a credit is
// money in.
type Side string

const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

// Leg is one side of a booking; Party is the other one.
type Leg struct {
	Account             string
	Side                Side
	Amount              money.Amount
	Party, PartyAccount string
	Batch               string // what a statement books as one
	EndToEnd            string // where it is not the booking's
}

// Booking moves money: all its legs or none.
type Booking struct {
	Kind, EndToEnd, Text string
	Reverses, Reason     string
	Legs                 []Leg
}

// Entry is one leg in the books.
type Entry struct {
	No, Line                  int64
	Booking                   string // the bank's reference
	Kind, Day, ValueDay, Text string
	Reverses, Reason          string
	At                        int64 // unix microseconds
	Leg
}

// Signed is the entry's amount with its sign: below zero for a debit.
func (e Entry) Signed() money.Amount {
	if e.Side == Debit {
		return -e.Amount
	}
	return e.Amount
}

// cutOff is the hour from which what is booked has the next day's value.
const cutOff = 23

// dates are the day in the books and the day from which money counts.
func dates(now time.Time) (day, value string) {
	t := now.In(clock.Zone)
	day, value = clock.Day(t), clock.Day(t)
	if t.Hour() >= cutOff {
		value = clock.Day(t.AddDate(0, 0, 1))
	}
	return day, value
}

// errBooks is of a booking that no bank makes: a mistake of ours.
var errBooks = errors.New("bank: a booking whose sides differ")

// sum is what a booking changes of each account.
func (k Booking) sum() (map[string]money.Amount, error) {
	change, left := map[string]money.Amount{}, money.Amount(0)
	for _, l := range k.Legs {
		signed := l.Amount
		if l.Side == Debit {
			signed = -signed
		}
		if l.Amount <= 0 || l.Side != Debit && l.Side != Credit {
			return nil, errBooks
		}
		var err error
		if change[l.Account], err = money.Add(change[l.Account], signed); err != nil {
			return nil, err
		}
		if left, err = money.Add(left, signed); err != nil {
			return nil, err
		}
	}
	if left != 0 || len(k.Legs) < 2 {
		return nil, errBooks
	}
	return change, nil
}

// bookTx writes a booking at the bank's own time and gives its reference and
// its number. Nobody but the bank falls below zero.
func (b *Bank) bookTx(tx *db.Tx, k Booking) (reference string, no int64, err error) {
	change, err := k.sum()
	if err != nil {
		return "", 0, err
	}
	balances := make(map[string]money.Amount, len(change))
	for code, by := range change {
		a, err := accountByCode(tx, code)
		if err != nil {
			return "", 0, err
		}
		after, err := money.Add(a.Balance, by)
		if err != nil {
			return "", 0, fmt.Errorf("bank: book %s: %w", code, err)
		}
		if by < 0 && after < 0 && a.Kind != Internal {
			return "", 0, refuse(codeFunds)
		}
		balances[code] = after
	}
	for code, balance := range balances { // only now: whoever keeps a refusal keeps nothing else of it
		if err := updateBalance(tx, code, balance); err != nil {
			return "", 0, err
		}
	}
	if no, err = nextNo(tx); err != nil {
		return "", 0, err
	}
	now := b.now()
	day, value := dates(now)
	reference = b.reference(no)
	entries := make([]Entry, len(k.Legs))
	for i, l := range k.Legs {
		if l.EndToEnd == "" {
			l.EndToEnd = k.EndToEnd
		}
		entries[i] = Entry{No: no, Line: int64(i + 1), Booking: reference, Kind: k.Kind, Day: day, ValueDay: value,
			Text: k.Text, Reverses: k.Reverses, Reason: k.Reason, At: clock.Micro(now), Leg: l}
	}
	return reference, no, insertEntries(tx, entries)
}

// letters are digits and capitals without vowels and look-alikes.
const letters = "0123456789BCDFGHJKMNPQRSTVWXYZ"

// reference is the bank's name for its booking of a number: the number, and
// letters that nobody guesses who does not know the seed. At most 16 characters,
// which is what MT940 has room for.
func (b *Bank) reference(no int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "reference\n%d\n%d", b.o.Seed, no))
	h := binary.BigEndian.Uint64(sum[:8])
	var tail [6]byte
	for i := range tail {
		tail[i] = letters[h%uint64(len(letters))]
		h /= uint64(len(letters))
	}
	return fmt.Sprintf("S%07d%s", no, tail[:])
}
