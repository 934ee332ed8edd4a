package ledger

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/money"
)

// Formats are those in which books are taken along: of plain-text accounting.
var Formats = []string{"hledger", "ledger", "beancount"}

// Export writes what was posted, of all or, for an agency, the groups that touch
// an account of its own, whoever's act they are and with all their lines: its
// accounts balance in it, and of others' it shows what they had to do with them.
// Amounts that are only held back are not in it. As one of Formats.
func (l *Ledger) Export(ctx context.Context, w io.Writer, format, agency string) error {
	write, ok := formats[format]
	if !ok {
		return fault.New(fault.Invalid, "ledger.error.format", "formats", strings.Join(Formats, ", "))
	}
	out := bufio.NewWriter(w)
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		list, err := accountsOf(tx, "")
		if err != nil {
			return err
		}
		accounts := map[string]Account{}
		for _, a := range list {
			accounts[a.Code] = a
		}
		b := book{w: out, format: write, named: map[string]bool{}, priced: map[string]bool{}}
		for _, a := range list {
			if agency == "" || a.Agency == agency {
				if err := b.name(a); err != nil {
					return err
				}
			}
		}
		return eachGroup(tx, "g.day, g.id", func(g whole) error {
			var lines []entry
			touched := agency == ""
			for _, t := range g.transfers {
				if t.Kind != Post && t.Kind != Capture {
					continue
				}
				debit, isDebit := accounts[t.Debit]
				credit, isCredit := accounts[t.Credit]
				if !isDebit || !isCredit {
					return fmt.Errorf("ledger: export: the group %s is in an account that there is not", g.ID)
				}
				touched = touched || debit.Agency == agency || credit.Agency == agency
				lines = append(lines, entry{debit, t.Amount}, entry{credit, -t.Amount})
			}
			if !touched || len(lines) == 0 {
				return nil
			}
			for _, e := range lines {
				if err := b.name(e.account); err != nil {
					return err
				}
			}
			return write.group(out, g.Group, lines)
		})
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// entry is one line of a group.
type entry struct {
	account Account
	amount  money.Amount
}

func (e entry) String() string {
	return nameOf(e.account.Code) + "  " + e.amount.Decimal(e.account.Currency) + " " + e.account.Currency
}

type format struct {
	currency func(w io.Writer, code string) error
	account  func(w io.Writer, a Account) error
	group    func(w io.Writer, g Group, lines []entry) error
}

var formats = map[string]format{
	"hledger":   {hledgerCurrency, ledgerAccount, ledgerGroup},
	"ledger":    {ledgerCurrency, ledgerAccount, ledgerGroup},
	"beancount": {beancountCurrency, beancountAccount, beancountGroup},
}

// book is an export being written.
type book struct {
	w io.Writer
	format
	named, priced map[string]bool // accounts and currencies that were named
}

// name names an account and its currency, once and before their first use.
func (b *book) name(a Account) error {
	if b.named[a.Code] {
		return nil
	}
	b.named[a.Code] = true
	if !b.priced[a.Currency] {
		b.priced[a.Currency] = true
		if err := b.currency(b.w, a.Currency); err != nil {
			return err
		}
	}
	return b.account(b.w, a)
}

// roots are where accounts hang in a chart with five roots, by the first word of
// their code: what an agency collected is owed to it, and so a liability.
var roots = map[string]string{
	"bank": "Assets", "clearing": "Assets", "suspense": "Assets",
	"agency": "Liabilities", "unapplied": "Liabilities", "payout": "Liabilities", "fund": "Liabilities",
	"fees": "Expenses", "payer": "Equity",
}

// nameOf is an account's name in an export: "clearing:duitnow" is
// Assets:Clearing:Duitnow.
func nameOf(code string) string {
	first, _, _ := strings.Cut(code, ":")
	root, ok := roots[first]
	if !ok {
		root = "Equity"
	}
	var b strings.Builder
	b.WriteString(root)
	for word := range strings.SplitSeq(code, ":") {
		b.WriteByte(':')
		if word[0] == '-' { // a name begins with a letter or a digit, and no code has two capitals
			b.WriteString("XX")
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func hledgerCurrency(w io.Writer, code string) error {
	digits := money.Amount(0).Decimal(code)[1:]
	if digits == "" {
		digits = "." // hledger wants to see which sign parts them
	}
	_, err := fmt.Fprintf(w, "commodity 1%s %s\n", digits, code)
	return err
}

func ledgerCurrency(w io.Writer, code string) error {
	_, err := fmt.Fprintf(w, "commodity %s\n    format 1%s %s\n", code, money.Amount(0).Decimal(code)[1:], code)
	return err
}

func ledgerAccount(w io.Writer, a Account) error {
	_, err := fmt.Fprintf(w, "account %s\n", nameOf(a.Code))
	return err
}

func ledgerGroup(w io.Writer, g Group, lines []entry) error {
	if _, err := fmt.Fprintf(w, "\n%s * (%s) %s %s\n", g.Day, plain(g.ID), plain(g.Reason), plain(g.Ref)); err != nil {
		return err
	}
	for _, e := range lines {
		if _, err := fmt.Fprintf(w, "    %s\n", e); err != nil {
			return err
		}
	}
	return nil
}

func beancountCurrency(w io.Writer, code string) error {
	_, err := fmt.Fprintf(w, "option \"operating_currency\" %q\n", code)
	return err
}

func beancountAccount(w io.Writer, a Account) error {
	_, err := fmt.Fprintf(w, "%s open %s %s\n", firstDay, nameOf(a.Code), a.Currency)
	return err
}

func beancountGroup(w io.Writer, g Group, lines []entry) error {
	if _, err := fmt.Fprintf(w, "\n%s * %q %q\n  group: %q\n", g.Day, plain(g.Reason), plain(g.Ref), plain(g.ID)); err != nil {
		return err
	}
	for _, e := range lines {
		if _, err := fmt.Fprintf(w, "  %s\n", e); err != nil {
			return err
		}
	}
	return nil
}

// plain is a text of which no line of books means something else: letters,
// digits and a few signs.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./: ", r) {
			return r
		}
		return '_'
	}, text)
}
