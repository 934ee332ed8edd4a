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

	"github.com/jackc/pgx/v5"

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
	dsn := ""
	if engine == "sqlite" {
		dsn = migratedFile(t, sets)
	} else {
		dsn = migratedDatabase(t, sets)
	}
	d, err := db.Open(context.Background(), dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(context.Background(), sets...); err != nil { // nothing is left to do; the engine takes note of the parts
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
	admin(t, base, func(ask func(string) int) { ask("create schema " + schema) })
	t.Cleanup(func() {
		admin(t, base, func(ask func(string) int) { ask("drop schema " + schema + " cascade") })
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// admin asks the server something on one connection.
func admin(t testing.TB, base string, do func(ask func(q string) int)) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	do(func(q string) (n int) {
		rows, err := conn.Query(ctx, q, pgx.QueryExecModeSimpleProtocol)
		if err == nil {
			for rows.Next() {
				if v, verr := rows.Values(); verr == nil && len(v) > 0 {
					if i, ok := v[0].(int64); ok {
						n = int(i)
					}
				}
			}
			err = rows.Err()
		}
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		return n
	})
}
