package journal

import (
	"context"
	"errors"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
)

// Health is how the journal in a database is.
type Health struct {
	Head     Head
	Note     []byte // the newest head as it was signed; nil before the first
	SignedAt int64  // microseconds since 1970
	Waiting  int64  // entries that have no place yet
	First    string // the id of the one that waits longest, or ""
	Last     string // the id of the newest entry, or ""
}

// Examine compares the newest head of the journal in d with the stored tree,
// and counts what waits. It reads little: Audit reads everything.
func Examine(ctx context.Context, d *db.DB, vkey string) (h Health, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		if h.Waiting, h.First, h.Last, err = waiting(tx); err != nil {
			return err
		}
		stored, found, err := latestHead(tx)
		if err != nil || !found {
			return err
		}
		h.Note = stored.Note
		if h.SignedAt, err = signedAt(tx, stored.Size); err != nil {
			return err
		}
		if h.Head, err = OpenHead(h.Note, vkey); err != nil {
			return fault.New(fault.Conflict, "journal.audit.head", "size", stored.Size).Wrap(err)
		}
		root, err := rootAt(tx, h.Head.Size)
		if err != nil || root != h.Head.Root {
			return fault.New(fault.Conflict, "journal.audit.root", "size", h.Head.Size).Wrap(err)
		}
		return nil
	})
	return h, err
}

// Continues checks that the journal in d is that of a published head, or a
// later state of it.
func Continues(ctx context.Context, d *db.DB, signed []byte, vkey string) error {
	head, err := OpenHead(signed, vkey)
	if err != nil {
		return err
	}
	return (&Journal{db: d, vkey: vkey}).continues(ctx, head)
}

// Written is the latest time, in microseconds since 1970, at which the hall has
// written into its journal, by the clock of then; 0 where it never has. The
// ids of entries tell it also after a head was signed by a clock set back.
func Written(tx *db.Tx) (int64, error) {
	_, at, err := Newest(tx)
	if err != nil {
		return 0, err
	}
	_, _, last, err := waiting(tx)
	if made, ok := id.Time(last); ok {
		at = max(at, clock.Micro(made))
	}
	return at, err
}

func waiting(tx *db.Tx) (n int64, first, last string, err error) {
	if n, first, err = pendingCount(tx); err == nil {
		last, err = lastLeaf(tx)
	}
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return n, first, last, err
}
