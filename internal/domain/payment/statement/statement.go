package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
	"balai/internal/spine/mt940"
)

// Statement is one page of what a bank says of an account.
type Statement struct {
	ID      string
	Agency  string
	Live    bool
	Account string
	Kind    iso20022.Kind
	Ident   string // the bank's id of it
	Page    int64
	Last    bool
	Seq     int64 // as the bank counts; 0 where it does not
	Digest  string
	Source  string // bank | api | file
	Person  string // who brought it

	From, Day              string // YYYY-MM-DD
	HasOpening, HasClosing bool
	Opening, Closing       money.Amount
	Entries, Lines         int64
	Fresh, Matched         int64 // lines that were on none before; of those, that were matched
	State                  string
	At, DoneAt             int64
	moved                  money.Amount // by its entries, while it is checked
	first                  string       // day of its earliest entry
	known                  bool         // read before
	swift                  bool         // of an MT940
	nth                    int          // in its file, by which its lines are kept
}

// States of a statement.
const (
	reading = "reading"
	done    = "done"
)

// balanced tells whether a kind of statement has balances that a proof rests on.
func balanced(k iso20022.Kind) bool { return k == iso20022.EndOfDay || k == iso20022.Intraday }

// Line is one movement of an account.
type Line struct {
	ID        string
	Agency    string
	Live      bool
	Account   string
	Statement string
	N         int64
	Day       string
	Amount    money.Amount // above zero
	Credit    bool         // it made the balance larger
	Reversal  bool         // it takes an earlier one back
	BankRef   string
	EndToEnd  string
	Batch     string
	Text      string // what the payer wrote
	Party     string // the other one's name
	State     string
	Rule      string
	Subject   string
	Printed   string
	At        int64

	lump   bool           // it sums up what the bank does not name one by one
	method payment.Method // where the matching says so
}

// States of a line.
const (
	matched = "matched"
	waiting = "waiting"
	decided = "decided"
)

// Rules by which a line is matched.
const (
	byReference = "reference" // of the attempt, as it stands on the line
	byBankRef   = "bank"      // the bank's own
	byBatch     = "batch"     // the sum of a day's debits by one method
	byScore     = "score"     // amount, day and name
	byRefund    = "refund"
	byPayout    = "payout"
	byFee       = "fee"     // what the bank kept of the others in its entry
	byPerson    = "person"  // a person said which payment it is
	byOpening   = "opening" // what the first statement began with
)

// Signed is the amount with the sign that it has in the balance.
func (l Line) Signed() money.Amount {
	if l.Credit {
		return l.Amount
	}
	return -l.Amount
}

// lines are the movements that an entry says: one for each of its transactions
// where the bank gives their amounts and they add up, with what it kept as one
// more; else one for the whole.
func lines(e iso20022.Entry) []Line {
	whole := Line{Day: e.Booked, Amount: e.Amount, Credit: e.Credit, Reversal: e.Reversal, BankRef: e.Bank, EndToEnd: given(e.Reference), Batch: batchOf(e), Text: e.Info}
	if !e.At.IsZero() {
		whole.Day = clock.Day(e.At)
	}
	if len(e.Details) == 0 {
		whole.lump = e.Batch.Count > 1 || whole.Batch != ""
		return []Line{whole}
	}
	if len(e.Details) == 1 {
		return []Line{single(whole, e.Details[0])}
	}
	var sum money.Amount
	var out []Line
	for _, d := range e.Details {
		l := single(whole, d)
		l.Amount, l.Credit = d.Amount, d.Credit
		if d.Bank == "" {
			l.BankRef = d.Transaction
		}
		var err error
		if sum, err = money.Add(sum, l.Signed()); err != nil || d.Currency != money.MYR || d.Amount <= 0 {
			return []Line{summed(whole)}
		}
		out = append(out, l)
	}
	kept := sum - e.Signed()
	if kept == 0 {
		return out
	}
	if kept < 0 || kept != charged(e) {
		return []Line{summed(whole)}
	}
	return append(out, Line{Day: whole.Day, Amount: kept, BankRef: e.Bank, EndToEnd: e.Reference, Batch: whole.Batch, Rule: byFee})
}

func summed(whole Line) Line {
	whole.lump = true
	return whole
}

// single is an entry that is one transaction.
func single(whole Line, d iso20022.Detail) Line {
	l := whole
	l.EndToEnd, l.Text = given(d.EndToEnd), strings.TrimSpace(strings.Join([]string{d.Remittance, d.Reference}, " "))
	if d.Bank != "" {
		l.BankRef = d.Bank
	}
	if l.Credit != l.Reversal {
		l.Party = d.Debtor.Name
	} else {
		l.Party = d.Creditor.Name
	}
	if d.Message != "" {
		l.Batch = d.Message
	}
	return l
}

// given is a payer's reference, "" where the file says that there is none: camt and
// MT940 have a word for it each.
func given(reference string) string {
	if reference == iso20022.NotProvided || reference == mt940.NoReference {
		return ""
	}
	return reference
}

// batchOf is by what a bank knows the batch of an entry.
func batchOf(e iso20022.Entry) string {
	if e.Batch.Message != "" {
		return e.Batch.Message
	}
	if _, id, ok := strings.Cut(e.Info, "BATCH "); ok { // an MT940 has it in words
		id, _, _ = strings.Cut(id, "\n")
		return strings.TrimSpace(id)
	}
	return ""
}

// charged is what a bank says that it took of an entry and its transactions, and
// that the entry's amount is already less by.
func charged(e iso20022.Entry) (sum money.Amount) {
	all := e.Charges
	for _, d := range e.Details {
		all = append(all[:len(all):len(all)], d.Charges...)
	}
	for _, c := range all {
		if c.Included && !c.Credit && c.Currency == money.MYR {
			sum += c.Amount
		}
	}
	return sum
}

// key is by what a movement is known: which account, which way, how much, when,
// and the bank's reference of it. Without one, the statement's page and the
// bank's number of the entry stand in. nth tells those apart that agree in all.
func (l Line) key(s *Statement, entry string, nth uint32) string {
	return l.digest(s, entry, nth).String()
}

// digest is a key as it is counted with, a million at a time.
type digest [16]byte

func (d digest) String() string { return hex.EncodeToString(d[:]) }

func (l Line) digest(s *Statement, entry string, nth uint32) digest {
	b := make([]byte, 0, 256)
	tab := func(texts ...string) {
		for _, text := range texts {
			b = append(append(b, '\t'), text...)
		}
	}
	b = append(b, l.Agency...)
	tab(strconv.FormatBool(l.Live), l.Account, l.Day, strconv.FormatInt(int64(l.Signed()), 10), strconv.FormatBool(l.Reversal), l.BankRef, l.Rule)
	if l.BankRef == "" {
		tab(l.EndToEnd, l.Batch, entry)
		if entry == "" {
			tab(s.Ident, strconv.FormatInt(s.Page, 10))
		}
	}
	if nth > 0 {
		tab("#" + strconv.FormatUint(uint64(nth), 10))
	}
	sum := sha256.Sum256(b)
	return digest(sum[:16])
}

// clip cuts a text at a length, at a character's begin.
func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	for n := range text {
		if n > most {
			return text[:n]
		}
	}
	return text
}

// rm is an amount as a sentence has it.
func rm(a money.Amount) string { return "RM " + a.Decimal(money.MYR) }
