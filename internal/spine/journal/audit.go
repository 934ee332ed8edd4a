package journal

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Audit recomputes a whole log from its entries and compares it with what was
// signed. Its faults say in words what does not hold.
type Audit struct {
	VKey  string // the log's public key
	Since *Head  // a head seen before, which the log must continue; or nil
}

// VerifyDB checks the log in d: every record against its leaf, every leaf
// against the tree, every head against vkey. The log is sound when it is nil.
func VerifyDB(ctx context.Context, d *db.DB, vkey string) error {
	_, err := Audit{VKey: vkey}.DB(ctx, d)
	return err
}

// VerifyURL checks the log that the hall at url serves, as any outsider can.
// The log is sound when it is nil.
func VerifyURL(ctx context.Context, url, vkey string) error {
	_, err := Audit{VKey: vkey}.URL(ctx, url)
	return err
}

func unsound(key string, args ...any) error { return fault.New(fault.Conflict, key, args...) }

// rootAt is the stored tree's hash when it had size leaves.
func rootAt(tx *db.Tx, size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, reader(tiles(tx)))
}

// since checks the remembered head against the rebuilt tree as it passes by.
func (a Audit) since(t *tree) error {
	if a.Since == nil || a.Since.Size != t.size {
		return nil
	}
	if root, err := t.root(); err != nil || root != a.Since.Root {
		return fault.New(fault.Conflict, "journal.audit.fork", "had", a.Since.Size).Wrap(err)
	}
	return nil
}

// tooOld tells whether head is older than the remembered one.
func (a Audit) tooOld(head Head) error {
	if a.Since != nil && head.Size < a.Since.Size {
		return unsound("journal.audit.older", "size", head.Size, "had", a.Since.Size)
	}
	return nil
}

// DB checks the log in d within one snapshot and gives its newest head.
func (a Audit) DB(ctx context.Context, d *db.DB) (head Head, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		_, found, err := latestHead(tx)
		if err == nil && !found {
			return fault.New(fault.Busy, "journal.audit.no_head")
		}
		if err == nil {
			head, err = a.walk(tx, nil)
		}
		return err
	})
	return head, err
}

// walk checks the log as tx sees it, and shows each entry to visit as it goes by.
func (a Audit) walk(tx *db.Tx, visit func(Entry) error) (head Head, err error) {
	c := &census{forgotten: map[string]bool{}, visit: visit}
	stored, found, err := latestHead(tx)
	if err != nil {
		return head, err
	}
	if found {
		if head, err = a.open(stored); err != nil {
			return head, err
		}
		if err := a.tooOld(head); err != nil {
			return head, err
		}
		if err := a.rebuild(tx, head, c); err != nil {
			return head, err
		}
	} else if err := beyond(tx, 0); err != nil {
		return head, err
	}
	if err := c.waiting(tx); err != nil {
		return head, err
	}
	return head, c.close(tx)
}

// Walk shows every entry to visit, and checks the whole log meanwhile, as Audit
// does: the fault Conflict says what of it does not hold. So who compares rows of
// their own with their leaves knows that the leaves are those that were signed, and
// that none was taken out. A log that has
// no head yet is sound; an entry without a salt was destroyed by right, or Walk
// fails in the end.
func (j *Journal) Walk(tx *db.Tx, visit func(Entry) error) error {
	_, err := Audit{VKey: j.vkey}.walk(tx, visit)
	return err
}

func (a Audit) open(stored storedHead) (Head, error) {
	h, err := OpenHead(stored.Note, a.VKey)
	if err != nil || h.Size != stored.Size {
		return Head{}, fault.New(fault.Conflict, "journal.audit.head", "size", stored.Size).Wrap(err)
	}
	return h, nil
}

// rebuild grows the tree again from the stored entries and compares every
// tile, and every head when the tree has its size.
func (a Audit) rebuild(tx *db.Tx, head Head, c *census) error {
	t, err := newTree(0, nil)
	if err != nil {
		return err
	}
	heads := &headWalk{audit: a, tx: tx, after: -1}
	if err := errors.Join(heads.check(t), a.since(t)); err != nil {
		return err
	}
	for t.size < head.Size {
		rows, err := sequencedRows(tx, t.size, min(t.size+tileWidth, head.Size))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return unsound("journal.audit.order", "index", t.size)
		}
		for _, r := range rows {
			if r.Position != t.size {
				return unsound("journal.audit.order", "index", t.size)
			}
			if err := c.add(tx, r); err != nil {
				return err
			}
			t.add(r.Entry)
			if err := errors.Join(heads.check(t), a.since(t)); err != nil {
				return err
			}
		}
		if err := sameTiles(tx, t); err != nil {
			return err
		}
	}
	return beyond(tx, head.Size)
}

// beyond refuses leaves that have a place after the last signed head.
func beyond(tx *db.Tx, size int64) error {
	rows, err := sequencedRows(tx, size, 1<<62)
	if err == nil && len(rows) > 0 {
		return unsound("journal.audit.order", "index", rows[0].Position)
	}
	return err
}

// sameTiles compares the stored tiles with those that t changed since the last
// time, and lets t forget them. A stored tile may be wider: t is still growing.
func sameTiles(tx *db.Tx, t *tree) error {
	stored := tiles(tx)
	for id := range t.changed {
		got, err := stored([]tileID{id})
		if err != nil {
			return err
		}
		if want := t.tiles[id]; !bytes.HasPrefix(got[id], want) {
			return unsound("journal.audit.tile", "tile", resource{id, len(want) / tlog.HashSize}.path())
		}
	}
	t.settle()
	return nil
}

// headWalk goes through the signed heads in step with the growing tree.
type headWalk struct {
	audit Audit
	tx    *db.Tx
	after int64
	next  []storedHead
	done  bool
}

func (w *headWalk) check(t *tree) error {
	if len(w.next) == 0 && !w.done {
		list, err := headsAfter(w.tx, w.after, 500)
		if err != nil {
			return err
		}
		w.next, w.done = list, len(list) == 0
	}
	if len(w.next) == 0 || w.next[0].Size != t.size {
		return nil
	}
	stored := w.next[0]
	w.next, w.after = w.next[1:], stored.Size
	head, err := w.audit.open(stored)
	if err != nil {
		return err
	}
	root, err := t.root()
	if err != nil || root != head.Root {
		return fault.New(fault.Conflict, "journal.audit.root", "size", stored.Size).Wrap(err)
	}
	return nil
}

// census checks each leaf's record and counts what the log says about persons
// and destroyed records.
type census struct {
	subjects  int64
	erased    []string
	forgotten map[string]bool
	visit     func(Entry) error // or nil
}

func (c *census) add(tx *db.Tx, r row) error {
	if r.Salt == nil && len(r.Record) == 0 {
		c.erased = append(c.erased, r.Leaf)
		return c.show(r, Record{})
	}
	leaf, rec, err := decode(r.Record)
	if err != nil || leaf != r.Leaf || !bytes.Equal(commit(r.Salt, r.Record), r.Entry) {
		return fault.New(fault.Conflict, "journal.audit.leaf", "leaf", r.Leaf).Wrap(err)
	}
	for _, p := range rec.Subjects {
		ok, err := isSubject(tx, p, r.Leaf)
		if err != nil {
			return err
		}
		if !ok {
			return unsound("journal.audit.subject", "leaf", r.Leaf)
		}
	}
	c.subjects += int64(len(rec.Subjects))
	if name, ok := rec.Data["leaf"].(string); ok && rec.Kind == forgotten {
		c.forgotten[name] = true
	}
	return c.show(r, rec)
}

func (c *census) show(r row, rec Record) error {
	if c.visit == nil {
		return nil
	}
	return c.visit(Entry{Leaf: r.Leaf, Index: r.Position, Record: rec, Salt: r.Salt, Text: r.Record})
}

// waiting checks the leaves that have no place yet.
func (c *census) waiting(tx *db.Tx) error {
	after := ""
	for {
		rows, err := pendingRows(tx, after, 500)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if err := c.add(tx, r); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].Leaf
	}
}

// close compares the counts: no person may be listed whom no record names, and
// no record may be gone without an act that says so.
func (c *census) close(tx *db.Tx) error {
	n, err := countSubjects(tx)
	if err != nil {
		return err
	}
	if n != c.subjects {
		return unsound("journal.audit.subject", "leaf", "*")
	}
	if i := slices.IndexFunc(c.erased, func(leaf string) bool { return !c.forgotten[leaf] }); i >= 0 {
		return unsound("journal.audit.erased", "leaf", c.erased[i])
	}
	return nil
}
