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

// booking is one file's way into the books.
type booking struct {
	*Part
	c   payment.Collector
	of  *Statement
	own map[string]int64 // lines of the statement that this file has brought, by day
}

// some books lines of a statement in one commit: those that are known are noted
// as printed on it, the others are matched and posted.
func (b *booking) some(ctx context.Context, p part) error {
	if b.of != p.of {
		b.of, b.own = p.of, map[string]int64{}
	}
	var after Statement
	var booked []Line
	err := b.db.Write(ctx, func(tx *db.Tx) (err error) {
		after = *p.of
		// Two files of one account at once would match one debit twice: on
		// PostgreSQL the second waits.
		if err := tx.Lock("statement " + b.c.Agency); err != nil {
			return err
		}
		booked, err = b.bookTx(tx, &after, slices.Clone(p.list), p.told)
		return err
	})
	if errors.Is(err, payment.ErrPrinted) && len(p.told) > 0 { // one was marked in between
		p.told = nil
		return b.some(ctx, p)
	}
	if err != nil {
		return err
	}
	p.of.Fresh, p.of.Matched = after.Fresh, after.Matched
	for _, l := range booked {
		b.own[l.Day]++
	}
	return nil
}

// bookTx gives back the lines that were not known.
func (b *booking) bookTx(tx *db.Tx, x *Statement, list []Line, told []payment.Debit) ([]Line, error) {
	fresh, known, err := freshOf(tx, list, b.own)
	if err != nil {
		return nil, err
	}
	if fresh, err = b.named(tx, fresh); err != nil {
		return nil, err
	}
	if balanced(x.Kind) && len(known) > 0 {
		if err := markPrinted(tx, known, x.ID); err != nil {
			return nil, err
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	d, err := b.gather(tx, b.c, x.Live, fresh, told)
	if err != nil {
		return nil, err
	}
	d.ident = x.Ident
	posts := make([][]entry, len(fresh))
	for i := range fresh {
		if posts[i], err = d.match(&fresh[i]); err != nil {
			return nil, err
		}
	}
	return fresh, b.postTx(tx, d, x, fresh, posts)
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
