package journal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"balai/internal/spine/db"
	"balai/internal/spine/fault"

	"golang.org/x/mod/sumdb/tlog"
)

// Copied recomputes the log from the rows of a copy as they pass by, in any
// order: what was copied is the log that was signed, or it is nothing. The
// zero value is ready. It keeps 40 bytes of memory for each entry.
type Copied struct {
	placed []placed
	newest storedHead
	signed int64 // when the newest head was signed, microseconds since 1970
}

type placed struct {
	position int64
	entry    tlog.Hash
}

// Row takes a row of any table and looks at the journal's own.
func (c *Copied) Row(t db.Table, row []any) error {
	switch t.Name {
	case "journal_leaf":
		place, ok := row[t.Place("position")].(int64)
		if !ok {
			return nil // not in the tree yet
		}
		entry, _ := row[t.Place("commitment")].([]byte)
		if place < 0 || len(entry) != tlog.HashSize {
			return unsound("journal.audit.order", "index", place)
		}
		c.placed = append(c.placed, placed{place, tlog.Hash(entry)})
	case "journal_head":
		size, _ := row[t.Place("size")].(int64)
		if note, ok := row[t.Place("note")].(string); ok && (c.newest.Note == nil || size >= c.newest.Size) {
			c.newest = storedHead{size, []byte(note)}
			c.signed, _ = row[t.Place("signed_at")].(int64)
		}
	}
	return nil
}

// Newest is the newest head that passed by, as it was signed, and when; nil
// where there was none.
func (c *Copied) Newest() (note []byte, at int64) { return c.newest.Note, c.signed }

// Head recomputes the newest head and refuses it where the entries give
// another one. Heads seen before must be earlier states of the same log; one
// that is ahead of it is not compared.
func (c *Copied) Head(vkey string, seen ...Head) (Head, error) {
	if c.newest.Note == nil {
		if len(c.placed) > 0 {
			return Head{}, unsound("journal.audit.order", "index", 0)
		}
		return Head{}, nil
	}
	head, err := (Audit{VKey: vkey}).open(c.newest)
	if err != nil {
		return Head{}, err
	}
	slices.SortFunc(c.placed, func(a, b placed) int { return cmp.Compare(a.position, b.position) })
	if int64(len(c.placed)) != head.Size {
		return Head{}, unsound("journal.audit.order", "index", min(int64(len(c.placed)), head.Size))
	}
	t, err := newTree(0, nil)
	if err != nil {
		return Head{}, err
	}
	check := func(h Head, key string) error {
		if h.Size != t.size {
			return nil
		}
		if root, err := t.root(); err != nil || root != h.Root {
			return fault.New(fault.Conflict, key, "size", h.Size, "had", h.Size).Wrap(err)
		}
		return nil
	}
	for i := int64(0); ; i++ {
		for _, h := range seen {
			if err := check(h, "journal.audit.fork"); err != nil {
				return Head{}, err
			}
		}
		if i == head.Size {
			break
		}
		if c.placed[i].position != i {
			return Head{}, unsound("journal.audit.order", "index", i)
		}
		t.add(c.placed[i].entry[:])
		if t.size%tileWidth == 0 {
			t.settle()
		}
	}
	return head, check(head, "journal.audit.root")
}

// PublicKey is the public key of a signer's text, as LoadKey gives both.
func PublicKey(signer string) (vkey string, err error) {
	if vkey, err = publicKey(strings.TrimSpace(signer)); err != nil {
		return "", fmt.Errorf("journal: key: %w", err)
	}
	return vkey, nil
}

// Newest is the newest signed head within tx, and when it was signed, in
// microseconds since 1970; nil before the first.
func Newest(tx *db.Tx) (note []byte, at int64, err error) {
	h, found, err := latestHead(tx)
	if err != nil || !found {
		return nil, 0, err
	}
	at, err = signedAt(tx, h.Size)
	return h.Note, at, err
}
