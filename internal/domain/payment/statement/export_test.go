package statement

import (
	"context"

	"balai/internal/domain/payment"
	"balai/internal/spine/db"
)

// Proofs are a collector's, for tests.
func (s *Part) Proofs(c payment.Collector, live bool) (out []Proof, err error) {
	err = s.db.Read(context.Background(), func(tx *db.Tx) (err error) { out, err = s.proofs(tx, c, live, 40); return err })
	return out, err
}

// Waiting are a collector's lines that wait, for tests.
func (s *Part) Waiting(c payment.Collector, live bool) (out []Line, err error) {
	err = s.db.Read(context.Background(), func(tx *db.Tx) (err error) { out, _, err = waitingLines(tx, c.Agency, live, 500); return err })
	return out, err
}

// Spooled are lines as they come back from the disk, for tests.
func Spooled(folder string, list []Line) (out []Line, err error) {
	kept, err := newSpool(folder)
	if err != nil {
		return nil, err
	}
	defer kept.close()
	if err := kept.put(7, "N1", list); err != nil {
		return nil, err
	}
	return out, kept.each(func(_ int, _ string, list []Line) error { out = append(out, list...); return nil })
}

// Lump makes a line one that sums up others, for tests.
func (l Line) Lump() Line { l.lump = true; return l }

// BookTold books a line as if debits had been read before, for tests.
func (s *Part) BookTold(c payment.Collector, x Statement, l Line, told ...payment.Debit) error {
	b := booking{Part: s, c: c}
	l.Agency, l.Account, l.Statement, l.ID = c.Agency, c.Account, x.ID, l.key(&x, "", 0)
	return b.some(context.Background(), part{of: &x, list: []Line{l}, told: told})
}

// Key is by what a line is known, for tests.
func (l Line) Key(x Statement, entry string, nth uint32) string { return l.key(&x, entry, nth) }
