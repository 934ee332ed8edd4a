package statement

import (
	"context"
	"errors"
	"maps"
	"slices"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/ledger"
	"balai/internal/spine/locale"
)

type entry = ledger.Transfer

// bookSome books lines of a statement in one commit: those that are known are
// noted as printed on it, the others are matched and posted.
func (s *Part) bookSome(ctx context.Context, c payment.Collector, x *Statement, list []Line) error {
	var after Statement
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		after = *x
		// Two files of one account at once would match one debit twice: on
		// PostgreSQL the second waits.
		if err := tx.Lock("statement " + c.Agency); err != nil {
			return err
		}
		return s.bookTx(tx, c, &after, slices.Clone(list))
	})
	if err == nil {
		x.Fresh, x.Matched = after.Fresh, after.Matched
	}
	return err
}

func (s *Part) bookTx(tx *db.Tx, c payment.Collector, x *Statement, list []Line) error {
	fresh, known, err := freshOf(tx, list)
	if err != nil {
		return err
	}
	if fresh, err = s.named(tx, fresh); err != nil {
		return err
	}
	if balanced(x.Kind) && len(known) > 0 {
		if err := markPrinted(tx, known, x.ID); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	d, err := s.gather(tx, c, x.Live, fresh)
	if err != nil {
		return err
	}
	posts := make([][]entry, len(fresh))
	for i := range fresh {
		if posts[i], err = d.match(&fresh[i]); err != nil {
			return err
		}
	}
	return s.postTx(tx, d, x, fresh, posts)
}

// named leaves out lines that sum up what is known one by one already, as a
// report of single entries had it.
func (s *Part) named(tx *db.Tx, list []Line) (out []Line, err error) {
	for _, l := range list {
		if l.lump && l.Batch != "" {
			sum, err := batchSum(tx, l)
			if err != nil {
				return nil, err
			}
			if sum == l.Signed() {
				if err := markBatch(tx, l); err != nil {
					return nil, err
				}
				continue
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// postTx posts what lines say, a group for each day, and keeps the lines.
func (s *Part) postTx(tx *db.Tx, d *desk, x *Statement, list []Line, posts [][]entry) error {
	days := map[string]*ledger.Group{}
	for i, l := range list {
		g := days[l.Day]
		if g == nil {
			g = &ledger.Group{ID: "statement:" + l.ID, Agency: d.books.Owner(), Reason: "statement", Ref: x.ID, Day: l.Day,
				Why: locale.Text{MS: "Penyata bank dibukukan.", EN: "Lines of a bank's statement were booked."}}
			days[l.Day] = g
		}
		for _, t := range posts[i] {
			t.ID = l.ID
			g.Transfers = append(g.Transfers, t)
		}
		x.Fresh++
		if l.State == matched {
			x.Matched++
		}
	}
	var groups []ledger.Group
	for _, day := range slices.Sorted(maps.Keys(days)) {
		groups = append(groups, *days[day])
	}
	no, err := s.ledger.PostAllTx(tx, groups)
	if err := errors.Join(append(no, err)...); err != nil {
		return err
	}
	if err := insertLines(tx, list, s.now()); err != nil {
		return err
	}
	if err := s.pay.MarkDebitsTx(tx, d.c.Agency, d.live, d.debits); err != nil {
		return err
	}
	if err := s.pay.MarkRefundsTx(tx, d.sent); err != nil {
		return err
	}
	if err := addDays(tx, list); err != nil {
		return err
	}
	return saveStatement(tx, *x)
}
