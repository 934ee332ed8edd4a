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

// Export writes what was posted, of an agency or of all for "", as one of
// Formats. Amounts that are only held back are not in it.
func (l *Ledger) Export(ctx context.Context, w io.Writer, format, agency string) error {
	write, ok := formats[format]
	if !ok {
		return fault.New(fault.Invalid, "ledger.error.format", "formats", strings.Join(Formats, ", "))
	}
	out := bufio.NewWriter(w)
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		accounts, err := accountsOf(tx, agency)
		if err != nil {
			return err
		}
		currency := map[string]string{}
		for _, a := range accounts {
			currency[a.Code] = a.Currency
		}
		if err := write.head(out, accounts); err != nil {
			return err
		}
		return eachGroup(tx, func(g Group, _ string) error {
			if agency != "" && g.Agency != agency {
				return nil
			}
			var lines []entry
			for _, t := range g.Transfers {
				if t.Kind == Post || t.Kind == Capture {
					c := currency[t.Debit]
					lines = append(lines, entry{nameOf(t.Debit), t.Amount.Decimal(c), c}, entry{nameOf(t.Credit), (-t.Amount).Decimal(c), c})
				}
			}
			if len(lines) == 0 {
				return nil
			}
			return write.group(out, g, lines)
		})
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// entry is one line of a group.
type entry struct{ account, amount, currency string }

type format struct {
	head  func(w io.Writer, accounts []Account) error
	group func(w io.Writer, g Group, lines []entry) error
}

var formats = map[string]format{
	"hledger":   {hledgerHead, ledgerGroup},
	"ledger":    {ledgerHead, ledgerGroup},
	"beancount": {beancountHead, beancountGroup},
}

// roots are where accounts hang in a chart with five roots, by the first word of
// their code: what an agency collected is owed to it, and so a liability.
var roots = map[string]string{
	"bank": "Assets", "clearing": "Assets", "suspense": "Assets",
	"agency": "Liabilities", "unapplied": "Liabilities", "payout": "Liabilities",
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
		if word[0] == '-' { // a name begins with a letter or a digit
			b.WriteByte('X')
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// currencies are those of the accounts, in the order of their first account.
func currencies(accounts []Account) (out []string) {
	seen := map[string]bool{}
	for _, a := range accounts {
		if !seen[a.Currency] {
			seen[a.Currency] = true
			out = append(out, a.Currency)
		}
	}
	return out
}

func hledgerHead(w io.Writer, accounts []Account) error {
	for _, c := range currencies(accounts) {
		digits := money.Amount(0).Decimal(c)[1:]
		if digits == "" {
			digits = "." // hledger wants to see which sign parts them
		}
		if _, err := fmt.Fprintf(w, "commodity 1%s %s\n", digits, c); err != nil {
			return err
		}
	}
	return accountLines(w, accounts)
}

func ledgerHead(w io.Writer, accounts []Account) error {
	for _, c := range currencies(accounts) {
		if _, err := fmt.Fprintf(w, "commodity %s\n    format 1%s %s\n", c, money.Amount(0).Decimal(c)[1:], c); err != nil {
			return err
		}
	}
	return accountLines(w, accounts)
}

func accountLines(w io.Writer, accounts []Account) error {
	for _, a := range accounts {
		if _, err := fmt.Fprintf(w, "account %s\n", nameOf(a.Code)); err != nil {
			return err
		}
	}
	return nil
}

func ledgerGroup(w io.Writer, g Group, lines []entry) error {
	if _, err := fmt.Fprintf(w, "\n%s * (%s) %s %s\n", g.Day, plain(g.ID), g.Reason, plain(g.Ref)); err != nil {
		return err
	}
	for _, e := range lines {
		if _, err := fmt.Fprintf(w, "    %s  %s %s\n", e.account, e.amount, e.currency); err != nil {
			return err
		}
	}
	return nil
}

// beancountFirst is before every day in the books: an account has to be opened
// before it is used.
const beancountFirst = "1957-08-31"

func beancountHead(w io.Writer, accounts []Account) error {
	for _, c := range currencies(accounts) {
		if _, err := fmt.Fprintf(w, "option \"operating_currency\" %q\n", c); err != nil {
			return err
		}
	}
	for _, a := range accounts {
		if _, err := fmt.Fprintf(w, "%s open %s %s\n", beancountFirst, nameOf(a.Code), a.Currency); err != nil {
			return err
		}
	}
	return nil
}

func beancountGroup(w io.Writer, g Group, lines []entry) error {
	if _, err := fmt.Fprintf(w, "\n%s * %q %q\n  group: %q\n", g.Day, g.Reason, plain(g.Ref), plain(g.ID)); err != nil {
		return err
	}
	for _, e := range lines {
		if _, err := fmt.Fprintf(w, "  %s  %s %s\n", e.account, e.amount, e.currency); err != nil {
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
