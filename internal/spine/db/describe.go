package db

import (
	"embed"

	"balai/internal/spine/fault"
)

// Texts are the sentences of this package's faults.
//
//go:embed text.yaml
var Texts embed.FS

// condition makes the fault for a state the whole database is in, rather than
// one statement: busy, full, damaged, unreachable.
func condition(code fault.Code, key string, err error) *fault.Error {
	return fault.New(code, key).Wrap(err)
}

// explain puts the fault of a known condition around err and leaves every
// other error as it is.
func (d *DB) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	if f := d.engine.describe(err); f != nil {
		return f
	}
	return err
}

// IsUnique tells whether err says that a row with the same key is there
// already. The Tx it came from is over.
func IsUnique(err error) bool { return uniqueSQLite(err) || uniquePostgres(err) }
