package payout

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"balai/internal/domain/payment"
)

// Wrong is one thing that is not so in a file.
type Wrong struct {
	Line  int    // of the file, from 1; 0 where it is about the whole
	Entry int64  // the payment's number in it, from 1; likewise
	Field string // "amount", "account", …; "" for the whole
	Why   string // a sentence's key
	Args  []any
}

// listed is how many wrong things are told of one file.
const listed = 100

// Bounds of what a bank's messages have room for, in characters.
const (
	referenceMost = 35
	nameMost      = 140
	noteMost      = 140
	bankMost      = 70
	wordsMost     = 140 // of a batch's description
)

var (
	referenceForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 /?:().,'+_-]{0,33}[A-Za-z0-9).])?$`)
	numberForm    = regexp.MustCompile(`^[0-9]{5,20}$`)
	ibanForm      = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$`)
	codeForm      = regexp.MustCompile(`^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`) // as agencies write it
	bicForm       = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
)

// accountOf is an account's number without what people put between its digits.
func accountOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}

// plausible tells whether a text may be an account: digits, or an IBAN whose
// check digits are right.
func plausible(account string) bool {
	if numberForm.MatchString(account) {
		return strings.Trim(account, account[:1]) != "" // not one digit over and over
	}
	return ibanForm.MatchString(account) && ibanSound(account)
}

// ibanSound is ISO 13616's check: the number with its head put last, letters as
// 10 to 35, leaves 1 when it is divided by 97.
func ibanSound(iban string) bool {
	rest := 0
	for _, r := range iban[4:] + iban[:4] {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest == 1
}

// one is a text in one line, without blanks around it or doubled.
func one(text string) string { return strings.Join(strings.Fields(text), " ") }

// fits tells whether a text is one line of no more than most characters.
func fits(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || payment.Turns(r) })
}

// isName tells whether somebody may be called so: it has letters.
func isName(text string) bool {
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n >= 2
}

// tidy brings a line to the form in which it is kept and hashed.
func (l *Line) tidy() {
	l.Reference, l.Name, l.Note, l.Bank = one(l.Reference), one(l.Name), one(l.Note), one(l.Bank)
	l.Account = accountOf(l.Account)
	if bic := strings.ToUpper(l.Bank); bicForm.MatchString(bic) {
		l.Bank = bic
	}
}

// check tells what is not so of a line that is paid from an account. The amount
// is its reader's to say where it could not be read at all.
func (l Line) check(from string) (wrong []Wrong) {
	no := func(field, why string, args ...any) {
		wrong = append(wrong, Wrong{Entry: l.N, Field: field, Why: "payout.wrong." + why, Args: args})
	}
	switch {
	case l.Reference == "":
		no("reference", "reference.none")
	case !referenceForm.MatchString(l.Reference):
		no("reference", "reference")
	}
	switch {
	case l.Account == "":
		no("account", "account.none")
	case strings.ContainsAny(l.Account, ".,") || strings.Contains(l.Account, "E+"):
		no("account", "account.sheet")
	case !plausible(l.Account):
		no("account", "account")
	case l.Account == from:
		no("account", "account.own")
	}
	if l.Name == "" {
		no("name", "name.none")
	} else if !fits(l.Name, nameMost) || !isName(l.Name) {
		no("name", "name")
	}
	if l.Bank == "" {
		no("bank", "bank.none")
	} else if !fits(l.Bank, bankMost) {
		no("bank", "bank")
	}
	if !fits(l.Note, noteMost) {
		no("description", "note")
	}
	switch {
	case l.Amount <= 0:
		no("amount", "amount.none")
	case l.Amount > most:
		no("amount", "amount.most")
	}
	return wrong
}
