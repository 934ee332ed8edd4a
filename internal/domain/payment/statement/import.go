package statement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"

	"balai/internal/domain/payment"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/iso20022"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
	"balai/internal/spine/money"
)

// MaxFile is how large a file may be: a camt.053 of a million entries has about
// 900 MiB. Its lines are kept on the disk while it is read, and not in memory.
const MaxFile = 1 << 30

// From says where a file comes from.
type From struct {
	Source string // bank | api | file
	By     actor.Actor
}

// Import reads a file of statements of an agency's account into the books. The
// same file again changes nothing, and a file of which the end was not reached
// goes on where it stopped. What it gives is each statement in the file.
func (s *Part) Import(ctx context.Context, c payment.Collector, live bool, from From, in io.Reader) ([]Statement, error) {
	lines, err := newSpool(s.folder)
	if err != nil {
		return nil, err
	}
	defer lines.close()
	found, order, digest, err := taken(in, c, lines)
	if err != nil {
		return nil, err
	}
	for _, x := range found { // of a day that has not come, no other statement could follow
		x.Agency, x.Live, x.Digest, x.Source, x.Person = c.Agency, live, digest, from.Source, from.By.Person
		x.interim(clock.Day(s.clock.Now()))
		if day := max(x.From, x.Day); day > clock.Day(s.clock.Now().AddDate(0, 0, 1)) {
			return nil, refused("future", "day", day)
		}
	}
	if err := s.begin(ctx, found, order); err != nil {
		return nil, err
	}
	if err := s.bookAll(ctx, c, live, lines, found); err != nil {
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

// taken reads a file to its end, whatever is wrong with it: who sends it hears why
// it is refused only then. Its lines are kept in a spool.
func taken(in io.Reader, c payment.Collector, lines *spool) (map[place]*Statement, []place, string, error) {
	file := &source{in: io.LimitReader(in, MaxFile+1), hash: sha256.New()}
	found, order, err := check(file, c, lines)
	_, _ = io.Copy(io.Discard, file) // it knows its own error
	switch {
	case file.err != nil:
		return nil, nil, "", file.err
	case file.n > MaxFile:
		return nil, nil, "", refused("size")
	}
	return found, order, hex.EncodeToString(file.hash.Sum(nil)), err
}

// begin keeps each statement of a file before its lines. One that was read is
// known; one with the same id and something else in it is refused, and one of
// days before the books begin.
func (s *Part) begin(ctx context.Context, found map[place]*Statement, order []place) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for _, at := range order {
			x := found[at]
			if err := x.name(tx); err != nil {
				return err
			}
			was, err := readBefore(tx, *x)
			if err != nil {
				return err
			}
			if x.known = was.ID != "" && same(was, *x); x.known {
				keep := *x
				*x = was
				x.known, x.Source, x.nth, x.swift = true, keep.Source, keep.nth, keep.swift // what is the file's, and not the row's
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

// name makes an MT940 known by more than its field 20 where another statement has
// the same: many banks write one word there for ever, and count in field 28.
func (x *Statement) name(tx *db.Tx) error {
	if !x.swift {
		return nil
	}
	list, err := namesakes(tx, *x)
	if err != nil {
		return err
	}
	more := ""
	for _, was := range list {
		counted := was.Seq == x.Seq || was.Seq == 0 || x.Seq == 0
		switch {
		case counted && (was.Day == x.Day || was.Page != x.Page && was.Day[:4] == x.Day[:4]):
			return nil // the same one, or another page of it
		case counted && was.Day[:4] == x.Day[:4]:
			more = " " + x.Day // one that does not count either
		case more == "":
			more = " " + x.Day[:4] + "/" + strconv.FormatInt(x.Seq, 10)
		}
	}
	if more != "" {
		x.Ident = clip(x.Ident, 50) + more
	}
	return nil
}

// interim makes a statement of a day that is not over a report of the day so far,
// whatever the bank calls it: more may come, so it closes nothing, and a fuller
// one follows, often under the same id.
func (x *Statement) interim(today string) {
	if x.Kind == iso20022.EndOfDay && x.Day >= today {
		x.Kind = iso20022.Intraday
	}
}

// readBefore is what was read under a statement's id. A file of a day so far that
// is brought again once the day is over is still of the day so far.
func readBefore(tx *db.Tx, x Statement) (Statement, error) {
	was, err := statementOf(tx, x)
	if err != nil || was.ID != "" || x.Kind != iso20022.EndOfDay {
		return was, err
	}
	x.Kind = iso20022.Intraday
	if part, err := statementOf(tx, x); err != nil || part.Digest == x.Digest && part.State == done {
		return part, err
	}
	return was, nil
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
	if now.Kind == iso20022.Intraday && now.Entries < was.Entries && now.Opening == was.Opening && now.Day == was.Day && now.From == was.From {
		return true // an earlier copy of what was read fuller
	}
	return now.Kind == iso20022.EndOfDay && was.HasOpening == now.HasOpening && was.HasClosing == now.HasClosing &&
		was.Opening == now.Opening && was.Closing == now.Closing && was.Entries == now.Entries && was.Day == now.Day
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
	d, err := s.gather(tx, c, x.Live, nil, nil)
	if err != nil {
		return err
	}
	l.State = waiting
	return s.postTx(tx, d, x, []Line{l}, [][]entry{{d.move(l, d.books.Suspense())}})
}
