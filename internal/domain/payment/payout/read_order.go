package payout

import (
	"io"
	"strings"

	"balai/internal/spine/iso20022"
	"balai/internal/spine/money"
)

// readOrder reads a pain.001.
func readOrder(in io.Reader, t *intake) error {
	asked := false
	var debtor string
	got, err := iso20022.ReadInitiation(in, func(i *iso20022.Initiation, p *iso20022.Payment, x iso20022.Transfer) error {
		if !asked {
			asked = true
			t.head = head{reference: i.Message, description: i.Initiator, message: i.Message}
			if t.known != nil {
				if err := t.known(i.Message); err != nil {
					return err
				}
			}
		}
		if account := accountOf(p.Debtor.Account.Number()); account != debtor {
			// The hall pays from the agency's account, and from no other.
			if debtor = account; account != accountOf(t.from) {
				t.no(Wrong{Entry: t.count + 1, Field: "DbtrAcct", Why: "payout.wrong.debtor", Args: []any{"account", t.from}})
			}
		}
		l := Line{Reference: x.EndToEnd, Account: x.Creditor.Account.Number(), Name: x.Creditor.Name, Bank: x.Creditor.Agent.BIC,
			Note: strings.ReplaceAll(x.Remittance, "\n", " "), Amount: x.Amount}
		if l.Bank == "" {
			l.Bank = x.Creditor.Agent.Name
		}
		if l.Bank == "" {
			l.Bank = x.Creditor.Agent.Member
		}
		if l.Reference == iso20022.NotProvided {
			l.Reference = ""
		}
		var wrong []Wrong
		if x.Currency != money.MYR || x.Into != "" && x.Into != money.MYR {
			wrong = append(wrong, Wrong{Field: "currency", Why: "payout.wrong.currency"})
		}
		return t.line(l, 0, wrong...)
	})
	if err != nil {
		return err
	}
	for _, w := range got.Wrong {
		t.no(Wrong{Field: w.Element, Why: "payout.wrong.sum", Args: []any{"said", w.Said, "found", w.Found}})
	}
	return nil
}
