package statement

import (
	"context"
	"errors"
	"fmt"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
	"balai/internal/spine/money"
)

// clearingTime is after how long what was paid has to be on a statement: a bank's
// next working day, over a long weekend.
const clearingTime = 5 * 24 * time.Hour

// Audit tells what of the statements is not so, in words: the ledger's account
// of the bank is the fold of its lines and what the bank's last closed day says;
// what a line was matched with is on it and on no other; clearing holds what is on
// no statement yet, and nothing for longer than a bank takes.
func (s *Part) Audit(ctx context.Context) (wrong []string, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		wrong = nil
		list, err := s.pay.CollectorsTx(tx)
		if err != nil {
			return err
		}
		lines, err := foldLines(tx)
		if err != nil {
			return err
		}
		for _, c := range list {
			for _, live := range []bool{true, false} {
				bad, err := s.auditOne(tx, c, live, lines[kept{c.Agency, live, c.Account}])
				if err != nil {
					return err
				}
				wrong = append(wrong, bad...)
			}
		}
		alone, err := aloneAbove(tx, int64(s.pay.TwoAbove))
		for _, id := range alone {
			wrong = append(wrong, fmt.Sprintf("the decision %s is above the limit, and one person made it alone", id))
		}
		return err
	})
	return wrong, err
}

func (s *Part) auditOne(tx *db.Tx, c payment.Collector, live bool, lines sums) (wrong []string, err error) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	b := c.Books(live)
	days, e1 := foldDays(tx, kept{c.Agency, live, c.Account})
	account := func(code string) (money.Amount, error) { // the rest is looked at without it
		a, err := s.ledger.AccountTx(tx, code)
		if errors.Is(err, ledger.ErrAccount) {
			say("%s is not in the ledger", code)
			err = nil
		}
		return a.Balance(), err
	}
	bank, e2 := account(b.Bank())
	suspense, e3 := account(b.Suspense())
	debits, refunds, e4 := s.pay.PrintedSumsTx(tx, c.Agency, live)
	clearing, e5 := s.pay.UnprintedSumsTx(tx, c.Agency, live)
	if err := errors.Join(e1, e2, e3, e4, e5); err != nil {
		return nil, err
	}
	if bank != lines.Net || days != lines.Net {
		say("%s holds %s, the lines of its statements come to %s and their days to %s", b.Bank(), rm(bank), rm(lines.Net), rm(days))
	}
	if -suspense != lines.Waiting {
		say("%s holds %s, and lines of %s wait", b.Suspense(), rm(-suspense), rm(lines.Waiting))
	}
	if debits != lines.Debits || refunds != lines.Refunds {
		say("the lines of %s were matched with %s and %s sent back, and are of %s and %s", b.Owner(), rm(debits), rm(refunds), rm(lines.Debits), rm(lines.Refunds))
	}
	for _, m := range payment.Methods {
		holds, err := account(b.Clearing(m))
		if err != nil {
			return nil, err
		}
		if holds != clearing[m] {
			say("%s holds %s, and %s is on no statement yet", b.Clearing(m), rm(holds), rm(clearing[m]))
		}
	}
	late, e7 := s.pay.UnprintedTx(tx, c.Agency, live, 0, clock.Micro(s.clock.Now().Add(-clearingTime)), 20)
	for _, x := range late {
		say("the debit %s of %s is on no statement since %s", x.BankRef, b.Owner(), clock.Day(clock.FromMicro(x.At)))
	}
	back, e8 := s.pay.UnprintedRefundsTx(tx, c.Agency, live, clock.Micro(s.clock.Now().Add(-clearingTime)), 20)
	for _, r := range back {
		say("the refund %s of %s is on no statement since %s", r.ID, b.Owner(), clock.Day(clock.FromMicro(r.EndedAt)))
	}
	proofs, e9 := s.proofs(tx, c, live, 1)
	for _, p := range proofs {
		if p.Over && p.Said != p.Booked {
			say("the bank's statement of %s for %s closes with %s, and the books hold %s", p.Day, b.Owner(), rm(p.Said), rm(p.Booked))
		}
	}
	return wrong, errors.Join(e7, e8, e9)
}
