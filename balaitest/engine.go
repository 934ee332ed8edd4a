package balaitest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // a second look at the hall's database, past its own code
	_ "modernc.org/sqlite"
)

// Engine is a database for one hall.
type Engine struct {
	Name string
	DSN  string // "" is the SQLite file in the data folder
}

// Args are the flags that make a hall use it.
func (e Engine) Args() []string {
	if e.DSN == "" {
		return nil
	}
	return []string{"--db", e.DSN}
}

// Open looks into the database of a hall that has stopped.
func (e Engine) Open(t testing.TB, h *Hall) *sql.DB {
	t.Helper()
	driver, dsn := "pgx", e.DSN
	if e.DSN == "" {
		driver, dsn = "sqlite", "file:"+filepath.Join(h.Data, "balai.db")
	}
	d, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Each runs fn on SQLite, and on a fresh PostgreSQL database where BALAI_TEST_PG names a server.
func Each(t *testing.T, fn func(t *testing.T, e Engine)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, Engine{Name: "sqlite"}) })
	server := os.Getenv("BALAI_TEST_PG")
	if server == "" {
		return
	}
	t.Run("postgres", func(t *testing.T) { fn(t, Engine{Name: "postgres", DSN: Database(t, server)}) })
}

// Database makes a database of its own on a server and drops it at the test's end.
func Database(t testing.TB, server string) string {
	t.Helper()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 6)
	rand.Read(b)
	name := "hall_" + hex.EncodeToString(b)
	if _, err := admin.Exec("create database " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("drop database " + name + " with (force)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
