package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"balai/internal/domain/identity"
	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
)

// runAgency is `balai agency payments enable|key|webhook AGENCY`.
func runAgency(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 || args[0] != "payments" {
		return misused("payments is missing")
	}
	account, rest := takeFlag(args[1:], "account")
	name, rest := takeFlag(rest, "name")
	address, rest := takeFlag(rest, "url")
	live, rest := takeSwitch(rest, "live")
	var named []string // what to do, and for whom
	for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		named, rest = append(named, rest[0]), rest[1:]
	}
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	switch {
	case len(named) == 0 || !slices.Contains([]string{"enable", "key", "webhook"}, named[0]):
		return misused("enable, key or webhook is missing")
	case len(named) == 1:
		return misused("the agency's id is missing")
	case len(named) > 2:
		return misused("%q is one word too many", named[2])
	}
	agency := named[1]
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	by := actor.System(identity.HallAgency)
	switch named[0] {
	case "enable":
		c, err := h.payment.Enable(ctx, by, agency, account)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "%s takes payments into the account %s.\n", agency, c.Account)
		fmt.Fprintf(std.Err, "Make a key for its system with `balai agency payments key %s --name NAME`.\n", agency)
	case "webhook":
		var secret string
		err := h.db.Write(ctx, func(tx *db.Tx) (err error) {
			secret, err = h.payment.SetEndpointTx(tx, by, agency, address, live)
			return err
		})
		if err != nil || secret == "" {
			return err
		}
		fmt.Fprintln(std.Out, secret)
		fmt.Fprintln(std.Err, "The secret is shown this once. The agency's system checks with it that a message is the hall's.")
	case "key":
		if err := needed("name", name); err != nil {
			return err
		}
		var text string
		err := h.db.Write(ctx, func(tx *db.Tx) (err error) {
			_, text, err = h.payment.MakeKeyTx(tx, by, agency, name, live)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(std.Out, text)
		fmt.Fprintln(std.Err, "The key is shown this once. Who holds it asks for payments in the agency's name.")
	}
	return nil
}

// runLedger is `balai ledger audit` and `balai ledger export --format F`.
func runLedger(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("audit or export is missing")
	}
	format, rest := takeFlag(args[1:], "format")
	agency, rest := takeFlag(rest, "agency")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	switch args[0] {
	case "audit":
		return ledgerAudit(ctx, h.ledger, h.payment, std)
	case "export":
		if format == "" {
			return misused("--format is missing: %s", strings.Join(ledger.Formats, ", "))
		}
		return h.ledger.Export(ctx, std.Out, format, agency)
	}
	return misused("there is no command %q here", args[0])
}

// ledgerAudit says what is wrong with the books; 0 nothing, 1 something.
func ledgerAudit(ctx context.Context, l *ledger.Ledger, p *payment.Part, std Std) error {
	a, err := l.Audit(ctx)
	if err != nil {
		return err
	}
	wrong, err := p.Audit(ctx)
	if err != nil {
		return err
	}
	for _, w := range append(a.Wrong, wrong...) {
		fmt.Fprintln(std.Out, w)
	}
	fmt.Fprintf(std.Out, "%d accounts, %d groups, %d transfers read anew", a.Accounts, a.Groups, a.Transfers)
	for currency, total := range a.Totals {
		fmt.Fprintf(std.Out, "; debits and credits of %s %s each", total.Decimal(currency), currency)
	}
	if len(a.Wrong)+len(wrong) > 0 {
		fmt.Fprintln(std.Out, ": not sound")
		return exit(1)
	}
	fmt.Fprintln(std.Out, ": sound")
	return nil
}
