// Package dbtest gives tests a fresh database on each engine: SQLite always,
// PostgreSQL when BALAI_TEST_PG names one (a schema is made and dropped).
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"balai/internal/spine/db"
)

// PG is the environment variable that names the PostgreSQL for tests.
const PG = "BALAI_TEST_PG"

var schemas atomic.Int64

// Engines are the engines that this run of the tests has.
func Engines() []string {
	if os.Getenv(PG) != "" {
		return []string{"sqlite", "postgres"}
	}
	return []string{"sqlite"}
}

// Each runs fn as a subtest per engine, each with a fresh, migrated database.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB), sets ...db.Migration) {
	t.Helper()
	for _, engine := range Engines() {
		t.Run(engine, func(t *testing.T) { fn(t, Open(t, engine, sets...)) })
	}
}

// Open is a fresh, migrated database that is closed when the test ends.
func Open(t testing.TB, engine string, sets ...db.Migration) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), DSN(t, engine), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(context.Background(), sets...); err != nil {
		t.Fatal(err)
	}
	return d
}

// DSN names a fresh database of an engine, for tests that open it themselves,
// perhaps more than once.
func DSN(t testing.TB, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return filepath.Join(t.TempDir(), "test.db") + "?durable=off"
	}
	base := os.Getenv(PG)
	schema := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	admin(t, base, "create schema "+schema)
	t.Cleanup(func() { admin(t, base, "drop schema "+schema+" cascade") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func admin(t testing.TB, base, q string) {
	t.Helper()
	d, err := db.Open(context.Background(), base, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
