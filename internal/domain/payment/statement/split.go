package statement

import (
	"context"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"

	"golang.org/x/sync/errgroup"
)

// together is how many lines are booked in one commit. The more, the fewer times
// each page of the lines' index is written; nobody else writes meanwhile, a third
// of a second on SQLite.
const together = 12_000

// bookAll books a file's lines, some in each commit. While some are booked, what
// the next may be of is read beside it.
func (s *Part) bookAll(ctx context.Context, c payment.Collector, live bool, lines *spool, found map[place]*Statement) error {
	of := make([]*Statement, len(found))
	for _, x := range found {
		of[x.nth] = x
	}
	g, ctx := errgroup.WithContext(ctx)
	parts := make(chan part, 1)
	g.Go(fault.Guard(func() error {
		b := booking{Part: s, c: c}
		for p := range parts {
			p.of.Lines = p.n
			if len(p.list) == 0 {
				continue
			}
			if err := b.some(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}))
	g.Go(fault.Guard(func() error {
		defer close(parts)
		return split(lines, of, func(p part) (err error) {
			if p.told, err = s.told(ctx, c, live, p.list); err != nil {
				return err
			}
			select {
			case parts <- p:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}))
	return g.Wait()
}

// part is some lines of a statement, and how many it has up to there.
type part struct {
	of   *Statement // the booker's to change
	list []Line
	n    int64
	told []payment.Debit // under the lines' bank references, as they were a moment ago
}

// told reads the debits under the bank references of lines. It is no part of the
// commit that books them: what a debit is does not change, and that it is on no
// other line is seen when it is marked.
func (s *Part) told(ctx context.Context, c payment.Collector, live bool, list []Line) (out []payment.Debit, err error) {
	var refs []string
	for _, l := range list {
		if l.Credit && !l.Reversal {
			refs = append(refs, l.BankRef)
		}
	}
	if refs = distinct(refs); len(refs) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = s.pay.DebitsTx(tx, c.Agency, live, refs, nil)
		return err
	})
	return out, err
}

// split parts a file's lines that are not known, so many at a time.
func split(lines *spool, of []*Statement, give func(part) error) error {
	var now part
	seen := map[digest]uint32{} // how often a movement stands on the statement
	flush := func() error {
		if now.of == nil {
			return nil
		}
		p := now
		now.list = nil
		return give(p)
	}
	err := lines.each(func(nth int, entry string, list []Line) error {
		x := of[nth]
		if x.known {
			return nil
		}
		if x != now.of {
			if err := flush(); err != nil {
				return err
			}
			now = part{of: x}
			clear(seen)
		}
		for _, l := range list {
			if now.n++; l.Amount == 0 { // some banks print what moved nothing
				continue
			}
			l.Agency, l.Live, l.Account, l.Statement, l.N = x.Agency, x.Live, x.Account, x.ID, now.n
			if balanced(x.Kind) {
				l.Printed = x.ID
			}
			id := l.digest(x, entry, 0)
			nth := seen[id]
			seen[id]++
			if nth > 0 {
				id = l.digest(x, entry, nth)
			}
			l.ID = id.String()
			now.list = append(now.list, l)
		}
		if len(now.list) >= together {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return err
}
