package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"balai/internal/spine/db"
)

// A migrated database is made once and copied for each test: a hall's
// migrations are four hundred statements, and most of what a small test costs.

// digest tells apart what databases are migrated with.
func digest(t testing.TB, sets []db.Migration) string {
	t.Helper()
	h := sha256.New()
	for _, set := range sets {
		fmt.Fprintf(h, "%s\n", set.Part)
		err := fs.WalkDir(set.FS, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := fs.ReadFile(set.FS, path)
			fmt.Fprintf(h, "%s %d\n%s", path, len(text), text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:20]
}

var (
	filesMu sync.Mutex
	files   = map[string][]byte{} // migrated SQLite databases by digest
)

// migratedFile is a SQLite database of its own for one test.
func migratedFile(t testing.TB, sets []db.Migration) string {
	t.Helper()
	key := digest(t, sets)
	filesMu.Lock()
	defer filesMu.Unlock()
	if files[key] == nil {
		path := filepath.Join(t.TempDir(), "template.db")
		migrate(t, path+"?durable=off", sets)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[key] = text
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, files[key], 0o600); err != nil {
		t.Fatal(err)
	}
	return path + "?durable=off"
}

func migrate(t testing.TB, dsn string, sets []db.Migration) {
	t.Helper()
	d, err := db.Open(context.Background(), dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(context.Background(), sets...); err != nil {
		d.Close()
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// migratedDatabase is a PostgreSQL database of its own for one test, dropped at
// its end. What it is copied from stays on the server, for every package.
func migratedDatabase(t testing.TB, sets []db.Migration) string {
	t.Helper()
	base := os.Getenv(PG)
	template := "test_template_" + digest(t, sets)
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), schemas.Add(1))
	admin(t, base, func(ask func(q string) int) {
		ask("select pg_advisory_lock(hashtext('" + template + "'))") // given back with the connection
		if ask("select count(*) from pg_database where datname = '"+template+"'") == 0 {
			half := template + "_half"
			ask("drop database if exists " + half + " with (force)")
			ask("create database " + half)
			migrate(t, named(t, base, half), sets)
			ask("alter database " + half + " rename to " + template)
		}
		ask("create database " + name + " template " + template)
	})
	t.Cleanup(func() {
		admin(t, base, func(ask func(q string) int) { ask("drop database " + name + " with (force)") })
	})
	return named(t, base, name)
}

func named(t testing.TB, base, database string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}
