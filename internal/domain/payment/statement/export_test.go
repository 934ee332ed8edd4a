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
