package statement

import (
	"context"
	"errors"
	"strings"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/journal"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// SendAstray sends back what a bank has for an agency under a reference that is no
// attempt of the agency's, as an edited QR has, once a statement shows that it came:
// nobody owed it, and nobody has to ask for it. Its note stays for a person to look at.
func (s *Part) SendAstray(ctx context.Context) error {
	for after := ""; ; {
		var list []payment.Stranger
		if err := s.db.Read(ctx, func(tx *db.Tx) (err error) { list, err = s.pay.StrangersTx(tx, after); return err }); err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		for _, x := range list {
			if after = x.ID; s.pay.Banker(x.Live) == nil { // it would wait for ever, and no officer could keep it
				continue
			}
			if err := s.db.Write(ctx, func(tx *db.Tx) error { return s.astrayTx(tx, x) }); err != nil {
				return err
			}
		}
	}
}

func (s *Part) astrayTx(tx *db.Tx, x payment.Stranger) error {
	l, err := waitingCredit(tx, x)
	if errors.Is(err, db.ErrNoRows) { // no statement shows it yet, or a person has decided
		return nil
	}
	if err != nil {
		return err
	}
	if open, err := openDecision(tx, l.ID); err != nil || open {
		return err
	}
	heard, err := s.pay.DebitsTx(tx, x.Agency, x.Live, []string{x.BankRef}, nil)
	if err != nil || len(heard) > 0 { // it has a receipt or went back
		return err
	}
	c, err := s.pay.CollectorTx(tx, x.Agency)
	if err != nil {
		return err
	}
	reference := l.EndToEnd
	if strings.HasPrefix(x.Reference, reference) { // an MT940 has no room for all of it, or for any
		reference = x.Reference
	}
	r, err := s.pay.BackTx(tx, c, x.Live, c.Books(x.Live).Suspense(), reference, l.BankRef, l.Amount)
	if fault.CodeOf(err) == fault.Conflict { // it went back before: this line shows it once more
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.journal.Append(tx, journal.Record{Kind: "statement.astray", By: journal.By{Agency: x.Agency},
		Why:  locale.Text{MS: "Wang yang dibayar kepada agensi yang salah dipulangkan.", EN: "Money that was paid to the wrong agency goes back."},
		Data: map[string]any{"line": l.ID, "refund": r.ID, "amount": int64(l.Amount)}})
	if err != nil {
		return err
	}
	l.State, l.Rule, l.Subject = decided, string(Back), r.ID
	return decideLine(tx, l)
}

// astray is a credit under a reference of another agency's attempt: it is noted as
// what a bank tells of such money is, and goes back from there.
func (d *desk) astray(l *Line) ([]ledger.Transfer, error) {
	if !l.Credit || l.Reversal || l.BankRef == "" {
		return nil, nil
	}
	for _, ref := range references(l.EndToEnd) {
		if d.elsewhere[ref] {
			f := payment.Finding{Reference: ref, State: "paid", Amount: l.Amount, Currency: money.MYR, Account: d.c.Account, BankRef: l.BankRef, Payer: l.Party}
			return nil, d.pay.PrintedTx(d.tx, d.c, d.live, f)
		}
	}
	return nil, nil
}
