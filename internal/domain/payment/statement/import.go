package statement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"

	"golang.org/x/sync/errgroup"
)

// MaxFile is how large a file may be: a camt.053 of a million entries has about
// 900 MiB. It is kept on the disk while it is read, and not in memory.
const MaxFile = 1 << 30

// together is how many lines are booked in one commit.
const together = 4000

// From says where a file comes from.
type From struct {
	Source string // bank | api | file
	By     actor.Actor
}

// Import reads a file of statements of an agency's account into the books. The
// same file again changes nothing, and a file of which the end was not reached
// goes on where it stopped. What it gives is each statement in the file.
func (s *Part) Import(ctx context.Context, c payment.Collector, live bool, from From, in io.Reader) ([]Statement, error) {
	file, digest, err := s.kept(in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close(); _ = os.Remove(file.Name()) }()
	found, order, err := check(file, c)
	if err != nil {
		return nil, err
	}
	for _, x := range found {
		x.Agency, x.Live, x.Digest, x.Source, x.Person = c.Agency, live, digest, from.Source, from.By.Person
	}
	if err := s.begin(ctx, found, order); err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if err := s.bookAll(ctx, c, file, found); err != nil {
		return nil, err
	}
	var out []Statement
	for _, at := range order {
		x := found[at]
		if !x.known {
			if err := s.finish(ctx, c, x, from); err != nil {
				return nil, err
			}
		}
		out = append(out, *x)
	}
	return out, nil
}

// kept writes a file to the disk, since it is read twice.
func (s *Part) kept(in io.Reader) (*os.File, string, error) {
	file, err := os.CreateTemp(s.folder, "statement-*") // made with mode 0600
	if err != nil {
		return nil, "", fmt.Errorf("statement: %w", err)
	}
	_ = os.Remove(file.Name()) // where the system can, it has no name: nothing is left of it when this process is killed
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, h), io.LimitReader(in, MaxFile+1))
	if err == nil && n > MaxFile {
		err = refused("size")
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
		return nil, "", err
	}
	return file, hex.EncodeToString(h.Sum(nil)), nil
}

// begin keeps each statement of a file before its lines. One that was read is
// known; one with the same id and something else in it is refused, and one of
// days before the books begin.
func (s *Part) begin(ctx context.Context, found map[place]*Statement, order []place) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for _, at := range order {
			x := found[at]
			was, err := statementOf(tx, *x)
			if err != nil {
				return err
			}
			if x.known = was.ID != "" && same(was, *x); x.known {
				keep := *x
				*x = was
				x.known, x.Source = true, keep.Source
				continue
			}
			if was.ID != "" && was.State == done && x.Kind == iso20022.EndOfDay {
				return fault.New(fault.Conflict, "statement.error.other", "id", x.Ident, "day", was.Day)
			}
			base, has, err := baseOf(tx, x.Agency, x.Live, x.Account)
			if err != nil {
				return err
			}
			if begins := min(x.From, or(x.first, x.From)); has && begins < base.Day {
				return fault.New(fault.Conflict, "statement.error.early", "day", base.Day)
			}
			x.ID, x.State, x.At, x.Fresh, x.Matched = was.ID, reading, s.now(), was.Fresh, was.Matched
			if x.ID == "" {
				x.ID = s.ids.New()
			}
			if err := saveStatement(tx, *x); err != nil {
				return err
			}
		}
		return nil
	})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// same tells whether a statement was read as it is now. A statement of a whole
// day may come in another format; one of a part of a day grows.
func same(was, now Statement) bool {
	if was.State != done {
		return false
	}
	if was.Digest == now.Digest {
		return true
	}
	return now.Kind == iso20022.EndOfDay && was.HasOpening == now.HasOpening && was.HasClosing == now.HasClosing &&
		was.Opening == now.Opening && was.Closing == now.Closing && was.Entries == now.Entries && was.Day == now.Day
}

// bookAll reads a file's entries and books them, some in each commit.
func (s *Part) bookAll(ctx context.Context, c payment.Collector, file io.Reader, found map[place]*Statement) error {
	g, ctx := errgroup.WithContext(ctx)
	parts := make(chan part, 1)
	g.Go(func() error {
		for p := range parts {
			p.of.Lines = p.n
			if len(p.list) == 0 {
				continue
			}
			if err := s.bookSome(ctx, c, p.of, p.list); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		defer close(parts)
		return split(file, found, func(p part) error {
			select {
			case parts <- p:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	if err := g.Wait(); err != nil {
		return unread(err)
	}
	return nil
}

// part is some lines of a statement, and how many it has up to there. While one
// is booked the next is read.
type part struct {
	of   *Statement // the booker's to change
	list []Line
	n    int64
}

// split reads a file's lines that are not known, so many at a time.
func split(file io.Reader, found map[place]*Statement, give func(part) error) error {
	var now part
	seen := map[string]uint32{} // how often a movement stands on the statement
	flush := func() error {
		if now.of == nil {
			return nil
		}
		p := now
		now.list = nil
		return give(p)
	}
	_, err := read(file, func(st *iso20022.Statement, e iso20022.Entry) error {
		x := found[placeOf(st)]
		if x.known || e.Status == iso20022.Pending {
			return nil
		}
		if x != now.of {
			if err := flush(); err != nil {
				return err
			}
			now = part{of: x}
			clear(seen)
		}
		for _, l := range lines(e) {
			if now.n++; l.Amount == 0 { // some banks print what moved nothing
				continue
			}
			l.Agency, l.Live, l.Account, l.Statement, l.N = x.Agency, x.Live, x.Account, x.ID, now.n
			if balanced(x.Kind) {
				l.Printed = x.ID
			}
			id := l.key(x, e.Reference, 0)
			if nth := seen[id]; nth > 0 {
				l.ID = l.key(x, e.Reference, nth)
			} else {
				l.ID = id
			}
			seen[id]++
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

// finish is the commit with which a statement is read: the books begin with the
// first one's opening balance, and a day that is over is closed.
func (s *Part) finish(ctx context.Context, c payment.Collector, x *Statement, from From) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		y := *x
		y.State, y.DoneAt = done, s.now()
		if err := s.openTx(tx, c, &y); err != nil {
			return err
		}
		if y.Kind == iso20022.EndOfDay && y.HasClosing && y.Last {
			if err := closeDay(tx, y, y.DoneAt); err != nil {
				return err
			}
		}
		if err := saveStatement(tx, y); err != nil {
			return err
		}
		by := journal.By{Agency: c.Agency}
		if from.By.Person != "" {
			by = journal.ByActor(from.By)
		}
		_, err := s.journal.Append(tx, journal.Record{Kind: "statement.read", By: by,
			Why:  locale.Text{MS: "Penyata bank " + y.Ident + " dibaca ke dalam buku.", EN: "The bank's statement " + y.Ident + " was read into the books."},
			Data: map[string]any{"statement": y.ID, "ident": y.Ident, "page": y.Page, "file": y.Digest, "lines": y.Lines, "matched": y.Matched}})
		if err == nil {
			*x = y
		}
		return err
	})
}

// openTx begins an account's books with what its first statement opens with: the
// agency's money from before, which a person has to say what it is.
func (s *Part) openTx(tx *db.Tx, c payment.Collector, x *Statement) error {
	if !x.HasOpening || x.Page != 1 {
		return nil
	}
	_, has, err := baseOf(tx, x.Agency, x.Live, x.Account)
	if err != nil || has {
		return err
	}
	before, err := movedBefore(tx, x.Agency, x.Live, x.Account, x.From)
	if err != nil {
		return err
	}
	if err := insertBase(tx, *x, s.now()); err != nil {
		return err
	}
	left, err := money.Sub(x.Opening, before)
	if err != nil || left == 0 {
		return err
	}
	l := Line{Agency: x.Agency, Live: x.Live, Account: x.Account, Statement: x.ID, Day: x.From, Amount: max(left, -left), Credit: left > 0,
		Rule: byOpening, Text: byOpening, Printed: x.ID}
	l.ID = l.key(x, byOpening, 0)
	d, err := s.gather(tx, c, x.Live, nil)
	if err != nil {
		return err
	}
	l.State = waiting
	return s.postTx(tx, d, x, []Line{l}, [][]entry{{d.move(l, d.books.Suspense())}})
}
