package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"balai/internal/spine/fault"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// Side is where an entry stands.
type Side string

const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

// Account is one line of the chart.
type Account struct {
	Code     string // "agency:jpj:collected": words, digits and hyphens between colons
	Agency   string // whose books it is in
	Currency string // ISO 4217
	Normal   Side   // on which it grows
	Floor    bool   // it never goes below zero
	Sums
}

// Sums are all that was ever entered in an account, by side.
type Sums struct {
	DebitsPosted, DebitsPending, DebitsVoided    money.Amount
	CreditsPosted, CreditsPending, CreditsVoided money.Amount
}

// Balance is what the account holds, on its normal side.
func (a Account) Balance() money.Amount {
	if a.Normal == Debit {
		return a.DebitsPosted - a.CreditsPosted
	}
	return a.CreditsPosted - a.DebitsPosted
}

// Available is the balance less what is held back.
func (a Account) Available() money.Amount {
	if a.Normal == Debit {
		return a.Balance() - a.CreditsPending
	}
	return a.Balance() - a.DebitsPending
}

// Kind is what a transfer does.
type Kind string

const (
	Post    Kind = "post"    // at once
	Hold    Kind = "hold"    // keeps the amount back
	Capture Kind = "capture" // makes what a Hold kept, or a part of it; the rest is let go
	Release Kind = "release" // lets go what a Hold kept
)

// Transfer moves an amount from the credited account's side to the debited one's.
// It is known by its group and its place there. Of a Capture or a Release, Debit
// and Credit are the Hold's, and Post fills them in; a Release needs no amount.
type Transfer struct {
	ID            string // of a Hold: by which it is ended, no other's; else what the caller likes, or nothing
	Debit, Credit string
	Amount        money.Amount
	Kind          Kind
	Of            string // the Hold that a Capture or Release ends
	Until         int64  // of a Hold: when it is let go by itself, unix microseconds; 0 never
}

// Group is what is true together.
type Group struct {
	ID        string // the caller's; the same group again changes nothing
	Agency    string // whose act it is
	Reason    string // "payment", "refund", "settlement": a word
	Ref       string // what it is about: a payment's or a statement's id; no person's name
	Day       string // in the books, YYYY-MM-DD
	Why       locale.Text
	Subjects  []string // the persons whom it concerns
	Transfers []Transfer

	Leaf string // in the journal; where the act has a leaf of its own that holds Digest, it is named here
	At   int64  // when it was posted, unix microseconds
}

// What a group may be refused for.
func errInvalid(what string, args ...any) error {
	return fault.New(fault.Invalid, "ledger.error.invalid").Wrap(fmt.Errorf("ledger: "+what, args...))
}

var (
	// ErrFloor is of an account that does not hold as much.
	ErrFloor = fault.New(fault.Conflict, "ledger.error.floor")
	// ErrChanged is of a group that was posted before with other transfers, and of a
	// Hold whose id another has.
	ErrChanged = fault.New(fault.Conflict, "ledger.error.changed")
	// ErrEnded is of a Hold that was captured or let go.
	ErrEnded = fault.New(fault.Conflict, "ledger.error.ended")
	// ErrAccount is of an account that there is not.
	ErrAccount = fault.New(fault.Missing, "ledger.error.account")
	// ErrHold is of a Hold that there is not.
	ErrHold = fault.New(fault.Missing, "ledger.error.hold")
)

// longest is how many bytes a field has at most.
const longest = 300

// firstDay is before every day in the books; exports open their accounts on it.
const firstDay = "1957-08-31"

// check refuses what no ledger takes, whatever is in it.
func (g Group) check() error {
	if g.ID == "" || g.Reason == "" || len(g.Transfers) == 0 {
		return errInvalid("a group needs an id, a reason and transfers")
	}
	if _, err := time.Parse(time.DateOnly, g.Day); err != nil || g.Day <= firstDay {
		return errInvalid("the group %.40q is on no day: %.40q", g.ID, g.Day)
	}
	// The digest's lines and tabs must not be forged by what stands in them.
	for _, text := range []string{g.ID, g.Agency, g.Reason, g.Ref} {
		if !oneLine(text) {
			return errInvalid("the group %.40q has a field that is too long or not plain text", g.ID)
		}
	}
	for n, t := range g.Transfers {
		if err := t.check(); err != nil {
			return errInvalid("transfer %d of %s: %w", n, g.ID, err)
		}
	}
	return nil
}

// oneLine tells whether a field is text without control characters, and no book.
func oneLine(text string) bool {
	if len(text) > longest || !utf8.ValidString(text) {
		return false
	}
	return !strings.ContainsFunc(text, unicode.IsControl)
}

func (t Transfer) check() error {
	if !oneLine(t.ID) || !oneLine(t.Debit) || !oneLine(t.Credit) || !oneLine(t.Of) {
		return errors.New("a field is too long or not plain text")
	}
	switch t.Kind {
	case Post, Hold:
		if t.Debit == "" || t.Credit == "" || t.Debit == t.Credit || t.Of != "" {
			return errors.New("it needs two accounts")
		}
	case Capture, Release:
		if t.Of == "" || t.Debit != "" || t.Credit != "" {
			return errors.New("it names the hold that it ends, and no account")
		}
	default:
		return errors.New("it has no kind")
	}
	switch {
	case t.Kind == Hold && t.ID == "":
		return errors.New("a hold needs an id")
	case t.Amount <= 0 && t.Kind != Release || t.Amount != 0 && t.Kind == Release:
		return errors.New("it has no amount above zero")
	case t.Until != 0 && t.Kind != Hold:
		return errors.New("it is no hold and cannot end by itself")
	}
	return nil
}

// Digest is a group's content in a hash, which its leaf holds: of the JSON-free
// text "balai ledger v1", the group's fields and each transfer's in their order,
// a line each, tabs between. No field has a tab or a line end in it.
func (g Group) Digest() string {
	h := sha256.New()
	b := fmt.Appendf(nil, "balai ledger v1\n%s\t%s\t%s\t%s\t%s\n", g.ID, g.Agency, g.Reason, g.Ref, g.Day)
	for _, t := range g.Transfers {
		for _, s := range [...]string{t.ID, string(t.Kind), t.Debit, t.Credit} {
			b = append(append(b, s...), '\t')
		}
		b = append(strconv.AppendInt(b, int64(t.Amount), 10), '\t')
		b = append(append(b, t.Of...), '\t')
		b = append(strconv.AppendInt(b, t.Until, 10), '\n')
		h.Write(b)
		b = b[:0]
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

// enter adds a transfer to both accounts' sums. held is what a Capture or a
// Release ends.
func enter(debit, credit *Account, t Transfer, held money.Amount) error {
	add := func(to *money.Amount, a money.Amount) (err error) {
		*to, err = money.Add(*to, a)
		return err
	}
	d, c := *debit, *credit // on an error neither is changed
	var errs [6]error
	switch t.Kind {
	case Post:
		errs[0], errs[1] = add(&d.DebitsPosted, t.Amount), add(&c.CreditsPosted, t.Amount)
	case Hold:
		errs[0], errs[1] = add(&d.DebitsPending, t.Amount), add(&c.CreditsPending, t.Amount)
	case Capture, Release:
		if t.Amount > held {
			return errInvalid("%s of %s: more than was held", t.Kind, t.Of)
		}
		errs[0], errs[1] = add(&d.DebitsPending, -held), add(&c.CreditsPending, -held)
		errs[2], errs[3] = add(&d.DebitsPosted, t.Amount), add(&c.CreditsPosted, t.Amount)
		errs[4], errs[5] = add(&d.DebitsVoided, held-t.Amount), add(&c.CreditsVoided, held-t.Amount)
	}
	for _, err := range errs {
		if err != nil {
			return errInvalid("%s into %s: %w", t.Kind, t.Debit, err)
		}
	}
	// A transfer may lift an account that stands below its floor, and never sinks
	// one beneath it.
	for _, side := range [][2]*Account{{debit, &d}, {credit, &c}} {
		if before, after := side[0].Available(), side[1].Available(); side[1].Floor && after < 0 && after < before {
			return ErrFloor
		}
	}
	*debit, *credit = d, c
	return nil
}
