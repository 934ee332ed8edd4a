package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"balai/internal/domain/identity"
	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
	"balai/internal/spine/money"
)

// agencyDeeds are what `balai agency payments` does.
var agencyDeeds = []string{"enable", "key", "keys", "revoke", "webhook", "messages", "again", "fund"}

// agencyFlags are what its deeds are told.
type agencyFlags struct {
	account, city, name, key, url, message string
	amount, reference                      string
	live                                   bool
}

// runAgency is `balai agency payments enable|key|keys|revoke|webhook|messages|again|fund AGENCY`.
func runAgency(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 || args[0] != "payments" {
		return misused("payments is missing")
	}
	var f agencyFlags
	rest := args[1:]
	f.account, rest = takeFlag(rest, "account")
	f.city, rest = takeFlag(rest, "city")
	f.name, rest = takeFlag(rest, "name")
	f.key, rest = takeFlag(rest, "key")
	f.url, rest = takeFlag(rest, "url")
	f.message, rest = takeFlag(rest, "message")
	f.amount, rest = takeFlag(rest, "amount")
	f.reference, rest = takeFlag(rest, "reference")
	f.live, rest = takeSwitch(rest, "live")
	var named []string // what to do, and for whom
	for len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		named, rest = append(named, rest[0]), rest[1:]
	}
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	switch {
	case len(named) == 0 || !slices.Contains(agencyDeeds, named[0]):
		return misused("one of %s is missing", strings.Join(agencyDeeds, ", "))
	case len(named) == 1:
		return misused("the agency's id is missing")
	case len(named) > 2:
		return misused("%q is one word too many", named[2])
	}
	needs := map[string]error{"key": needed("name", f.name), "revoke": needed("key", f.key), "again": needed("message", f.message),
		"fund": cmp.Or(needed("amount", f.amount), needed("reference", f.reference))}
	if err := needs[named[0]]; err != nil {
		return err
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.agencyDeed(ctx, named[0], named[1], f, std)
}

// agencyDeed does one thing for an agency that takes payments.
func (h *Hall) agencyDeed(ctx context.Context, deed, agency string, f agencyFlags, std Std) error {
	by := actor.System(identity.HallAgency)
	switch deed {
	case "enable":
		c, err := h.payment.EnableIn(ctx, by, agency, f.account, f.city)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "%s takes payments into the account %s.\n", agency, c.Account)
		fmt.Fprintf(std.Err, "Make a key for its system with `balai agency payments key %s --name NAME`.\n", agency)
	case "webhook":
		var secret string
		err := h.db.Write(ctx, func(tx *db.Tx) (err error) {
			secret, err = h.payment.SetEndpointTx(tx, by, agency, f.url, f.live)
			return err
		})
		if err != nil || secret == "" {
			return err
		}
		fmt.Fprintln(std.Out, secret)
		fmt.Fprintln(std.Err, "The secret is shown this once. The agency's system checks with it that a message is the hall's.")
	case "key":
		var text string
		err := h.db.Write(ctx, func(tx *db.Tx) (err error) {
			_, text, err = h.payment.MakeKeyTx(tx, by, agency, f.name, f.live)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(std.Out, text)
		fmt.Fprintln(std.Err, "The key is shown this once. Who holds it asks for payments in the agency's name.")
	case "revoke":
		return h.db.Write(ctx, func(tx *db.Tx) error { return h.payment.RevokeKeyTx(tx, by, agency, f.key) })
	case "fund":
		return h.agencyFund(ctx, by, agency, f)
	case "again":
		return h.db.Write(ctx, func(tx *db.Tx) error { return h.payment.AgainTx(tx, agency, f.message) })
	case "keys":
		return h.agencyKeys(ctx, agency, std)
	case "messages":
		return h.agencyMessages(ctx, agency, f.live, std)
	}
	return nil
}

// agencyFund notes that money for paying people came into an agency's account. The
// bank's statement shows it under the same reference.
func (h *Hall) agencyFund(ctx context.Context, by actor.Actor, agency string, f agencyFlags) error {
	amount, err := money.Parse(f.amount, money.MYR)
	if err != nil || amount == 0 {
		return misused("--amount %q is no amount of ringgit, such as 250000.00", f.amount)
	}
	return h.db.Write(ctx, func(tx *db.Tx) error { return h.payout.FundTx(tx, by, agency, f.live, amount, f.reference) })
}

// agencyKeys lists an agency's keys; their texts are nowhere.
func (h *Hall) agencyKeys(ctx context.Context, agency string, std Std) error {
	var list []payment.Key
	err := h.db.Read(ctx, func(tx *db.Tx) (err error) { list, err = h.payment.Keys(tx, agency); return err })
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tname\tkind\tmade\trevoked")
	for _, k := range list {
		kind, ended := "test", ""
		if k.Live {
			kind = "live"
		}
		if k.RevokedAt != 0 {
			ended = clock.FromMicro(k.RevokedAt).In(clock.Zone).Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, kind, clock.FromMicro(k.MadeAt).In(clock.Zone).Format(time.DateTime), ended)
	}
	return w.Flush()
}

// agencyMessages lists what an agency's system was told last.
func (h *Hall) agencyMessages(ctx context.Context, agency string, live bool, std Std) error {
	var list []payment.Told
	err := h.db.Read(ctx, func(tx *db.Tx) (err error) { list, err = h.payment.Told(tx, agency, live); return err })
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "message\ttype\tpayment\tstate\ttries\tat\twhy")
	for _, d := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", d.Message, d.Type, d.Payment, d.State, d.Attempts, clock.FromMicro(d.At).In(clock.Zone).Format(time.DateTime), d.Error)
	}
	return w.Flush()
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
		return ledgerAudit(ctx, h.ledger, std, h.payment, h.statement, h.payout, h.bill)
	case "export":
		if format == "" {
			return misused("--format is missing: %s", strings.Join(ledger.Formats, ", "))
		}
		return h.ledger.Export(ctx, std.Out, format, agency)
	}
	return misused("there is no command %q here", args[0])
}

// an auditor tells what of its own books is not so.
type auditor interface {
	Audit(ctx context.Context) (wrong []string, err error)
}

// ledgerAudit says what is wrong with the books; 0 nothing, 1 something.
func ledgerAudit(ctx context.Context, l *ledger.Ledger, std Std, rooms ...auditor) error {
	a, err := l.Audit(ctx)
	if err != nil {
		return err
	}
	wrong := a.Wrong
	for _, room := range rooms {
		more, err := room.Audit(ctx)
		if err != nil {
			return err
		}
		wrong = append(wrong, more...)
	}
	for _, w := range wrong {
		fmt.Fprintln(std.Out, w)
	}
	fmt.Fprintf(std.Out, "%d accounts, %d groups, %d transfers read anew", a.Accounts, a.Groups, a.Transfers)
	for currency, total := range a.Totals {
		fmt.Fprintf(std.Out, "; debits and credits of %s %s each", total.Decimal(currency), currency)
	}
	if len(wrong) > 0 {
		fmt.Fprintln(std.Out, ": not sound")
		return exit(1)
	}
	fmt.Fprintln(std.Out, ": sound")
	return nil
}
