package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/fault"
)

const (
	// sequenceBatch bounds one round, so that the writer is never held for
	// more than a few milliseconds.
	sequenceBatch = 1024
	// sequenceGather is how long the sequencer lets leaves gather between two
	// heads: a head within a second, and few heads under load.
	sequenceGather = 200 * time.Millisecond
	// sequencePoll finds leaves that another process committed.
	sequencePoll = 500 * time.Millisecond
	// lookKeep is how many quarters of an hour journal_look is kept for: a day.
	lookKeep = 96
)

var (
	// errBehind says that another sequencer was faster; nothing is lost.
	errBehind = errors.New("journal: another sequencer was faster")
	// errDamaged says that the stored tree is not the one that was signed.
	// Nothing may be signed on top of it.
	errDamaged = errors.New("journal: the stored tree does not match the last signed head")
)

// step is what one round computed outside the writer.
type step struct {
	from   int64 // the size it started from; -1 when there was no head
	leaves []pending
	tree   *tree
	note   []byte
	at     int64
}

// Sequence does one round: committed leaves without a place get one, and the
// new head is signed. It gives how many leaves were placed; 0 also when
// another process was faster.
func (j *Journal) Sequence(ctx context.Context) (int, error) {
	j.round.Lock()
	defer j.round.Unlock()
	s, err := j.compute(ctx)
	if err != nil || s == nil {
		return 0, err
	}
	err = j.db.Write(ctx, func(tx *db.Tx) error { return s.store(tx) })
	if errors.Is(err, errBehind) || db.IsUnique(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("journal: sequence: %w", err)
	}
	return len(s.leaves), j.writeAnchor(s.note)
}

// compute reads the edge of the tree and the waiting leaves from one snapshot,
// and hashes and signs with no transaction open. It gives nil when there is
// nothing to do.
func (j *Journal) compute(ctx context.Context) (*step, error) {
	s := &step{from: -1}
	var t *tree
	var last Head
	err := j.db.Read(ctx, func(tx *db.Tx) error {
		stored, found, err := latestHead(tx)
		if err != nil {
			return err
		}
		if found {
			s.from = stored.Size
			if last, err = OpenHead(stored.Note, j.vkey); err != nil {
				return errors.Join(errDamaged, err)
			}
		}
		if s.leaves, err = pendingLeaves(tx, sequenceBatch); err != nil || (found && len(s.leaves) == 0) {
			return err
		}
		t, err = newTree(last.Size, tiles(tx))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("journal: sequence: %w", err)
	}
	if t == nil {
		return nil, nil
	}
	if s.from >= 0 {
		if root, err := t.root(); err != nil || root != last.Root || s.from != last.Size {
			return nil, errors.Join(errDamaged, err)
		}
	}
	for _, p := range s.leaves {
		t.add(p.Entry)
	}
	root, err := t.root()
	if err != nil {
		return nil, err
	}
	s.tree, s.at = t, clock.Micro(j.clock.Now())
	s.note, err = Head{Origin: j.Origin(), Size: t.size, Root: root}.sign(j.signer)
	return s, err
}

// store writes the round if the log is still where the round began.
func (s *step) store(tx *db.Tx) error {
	if err := tx.Lock("journal"); err != nil {
		return err
	}
	stored, found, err := latestHead(tx)
	if err != nil {
		return err
	}
	if !found {
		stored.Size = -1
	}
	if stored.Size != s.from {
		return errBehind
	}
	if err := place(tx, s.leaves, max(s.from, 0)); err != nil {
		return err
	}
	for id := range s.tree.changed {
		if err := upsertTile(tx, id, s.tree.tiles[id]); err != nil {
			return err
		}
	}
	n, err := insertHead(tx, s.tree.size, s.at, s.note)
	if err == nil && n == 0 {
		return errBehind
	}
	return err
}

// Run sequences until ctx ends. A failing database is tried again; a damaged
// log ends Run with its error, because nothing may be signed on top of it.
func (j *Journal) Run(ctx context.Context) error {
	poll := time.NewTicker(sequencePoll)
	defer poll.Stop()
	prune := int64(0)
	for {
		n, err := j.Sequence(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errDamaged):
			return err
		case err != nil:
			j.log.Error("journal: sequence", "err", err)
		case n == sequenceBatch:
			continue
		}
		if q := clock.Micro(j.clock.Now()) / lookQuarter; q > prune {
			prune = q
			if err := j.db.Write(ctx, func(tx *db.Tx) error { return pruneLooks(tx, q-lookKeep) }); err != nil {
				j.log.Error("journal: prune looks", "err", err)
			}
		}
		if !j.rest(ctx, poll.C) {
			return nil
		}
	}
}

// rest waits for leaves, and then a little for more of them. It is false when
// ctx ended.
func (j *Journal) rest(ctx context.Context, poll <-chan time.Time) bool {
	select {
	case <-ctx.Done():
		return false
	case <-poll:
		return true
	case <-j.wake:
	}
	gather := time.NewTimer(sequenceGather)
	defer gather.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-gather.C:
		return true
	}
}

// Anchor keeps the last published head in the file path, beside the database,
// and refuses a database that is older than it or of another history: a
// restore from an old backup must not continue in silence.
func (j *Journal) Anchor(ctx context.Context, path string) error {
	signed, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("journal: anchor: %w", err)
	}
	if len(signed) > 0 {
		head, err := OpenHead(signed, j.vkey)
		if err != nil {
			return fmt.Errorf("journal: anchor %s: %w", path, err)
		}
		if err := j.continues(ctx, head); err != nil {
			return err
		}
	}
	j.anchor = path
	return nil
}

// continues checks that the stored log is head's log or a later state of it.
func (j *Journal) continues(ctx context.Context, head Head) error {
	return j.db.Read(ctx, func(tx *db.Tx) error {
		stored, found, err := latestHead(tx)
		if err != nil {
			return err
		}
		if !found && head.Size > 0 || stored.Size < head.Size {
			return fault.New(fault.Conflict, "journal.audit.older", "size", stored.Size, "had", head.Size)
		}
		root, err := rootAt(tx, head.Size)
		if err != nil || root != head.Root {
			return fault.New(fault.Conflict, "journal.audit.fork", "had", head.Size).Wrap(err)
		}
		return nil
	})
}

func (j *Journal) writeAnchor(signed []byte) error {
	if j.anchor == "" {
		return nil
	}
	if err := writeFile(j.anchor, signed, 0o644); err != nil {
		return fmt.Errorf("journal: anchor: %w", err)
	}
	return nil
}
