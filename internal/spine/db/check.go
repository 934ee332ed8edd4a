package db

import (
	"context"
	"strings"
)

// Integrity asks SQLite to read the whole file and says what is wrong with it,
// at most ten lines; none where it is sound. PostgreSQL looks after its own
// pages, so it is only asked whether it answers.
func (d *DB) Integrity(ctx context.Context) (wrong []string, err error) {
	if d.Engine() == "postgres" {
		return nil, d.Ping(ctx)
	}
	err = d.Read(ctx, func(tx *Tx) error {
		wrong, err = List(tx, func(s Scanner) (said string, err error) { return said, s.Scan(&said) }, "pragma quick_check(10)")
		return err
	})
	if len(wrong) == 1 && strings.EqualFold(wrong[0], "ok") {
		wrong = nil
	}
	return wrong, err
}

// Behind counts the migrations that the database has not yet.
func Behind(applied []Applied, sets ...Migration) (n int, err error) {
	for _, set := range sets {
		steps, err := set.steps()
		if err != nil {
			return 0, err
		}
		for _, s := range steps {
			if !has(applied, s) {
				n++
			}
		}
	}
	return n, nil
}
