package app

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/db/dbtest"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
)

// keysOver reads the keys of a data folder over d, as a start does.
func keysOver(d *db.DB, dir, own string) (keys, error) {
	h := &Hall{cfg: Config{values: map[string]string{"data": dir, "keys": own, "site-name-ms": "Balai"}}, base: &url.URL{Scheme: "http", Host: "localhost:1"},
		log: slog.New(slog.DiscardHandler), clock: clock.NewManual(morning), db: d}
	return h.openKeys(context.Background())
}

// TestProcessesSignAlike: over one PostgreSQL every data folder comes to the
// same keys, also when the first starts race; a folder of another hall is
// refused, and keys that the operator keeps never reach the database.
func TestProcessesSignAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		opened := func(dir, own string) (keys, error) { return keysOver(d, dir, own) }
		kept := func() (n int) {
			err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow("select count(*) from app_key").Scan(&n) })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		act := func(q string) {
			t.Helper()
			if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				t.Fatal(err)
			}
		}
		apart := t.TempDir()
		own, err := opened(t.TempDir(), apart)
		if err != nil || kept() != 0 {
			t.Fatalf("a folder of keys: %v, %d in the database", err, kept())
		}
		if still, err := opened(t.TempDir(), apart); err != nil || still.journal != own.journal {
			t.Errorf("the operator's own folder: %v", err)
		}
		if d.Engine() != "postgres" {
			return
		}
		act("delete from app_setting")

		var all [4]keys
		dirs := [4]string{t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()}
		var group sync.WaitGroup
		for i := range all {
			group.Go(func() {
				var err error
				if all[i], err = opened(dirs[i], ""); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, k := range all[1:] {
			if k.journal != all[0].journal || k.certificate.PEM() != all[0].certificate.PEM() {
				t.Error("processes over one database sign with different keys")
			}
		}
		if info, err := os.Stat(filepath.Join(dirs[2], "key", keyJournal)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key's file: %v", err)
		}
		// A first start that ends before its keys are shared leaves none behind.
		ended := t.TempDir()
		act("update app_setting set name = 'kept-' || name")
		act("update app_key set name = 'kept-' || name")
		act("alter table app_key add constraint never check (name = '') not valid")
		if _, err := opened(ended, ""); err == nil || !strings.Contains(err.Error(), "check constraint") {
			t.Fatal("keys were shared that could not be: ", err)
		}
		act("alter table app_key drop constraint never")
		act("update app_key set name = substr(name, 6)")
		act("update app_setting set name = substr(name, 6)")
		if k, err := opened(ended, ""); err != nil || k.journal != all[0].journal {
			t.Errorf("the start after one that was ended: %v", err)
		}
		again, err := opened(dirs[3], "")
		if err != nil || again.journal != all[0].journal {
			t.Errorf("a second start: %v", err)
		}
		other := t.TempDir()
		if _, err := keysOver(dbtest.Open(t, "sqlite", settingMigration(), journal.Migration()), other, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := opened(other, ""); err == nil || !strings.Contains(err.Error(), "belongs to another hall") {
			t.Errorf("a folder of another hall: %v", err)
		}
	}, settingMigration(), journal.Migration())
}

// TestStrangersKeyIsNotTakenUp: a start with the folder of another hall, over a
// database that does not keep its hall's keys itself, as after a move from
// SQLite, is refused and changes nothing: the right folder opens it after.
func TestStrangersKeyIsNotTakenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, right, wrong := context.Background(), t.TempDir(), t.TempDir()
		first, err := keysOver(d, right, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keysOver(dbtest.Open(t, "sqlite", settingMigration(), journal.Migration()), wrong, ""); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("delete from app_key"); return err }); err != nil {
			t.Fatal(err)
		}
		if _, err := keysOver(d, wrong, ""); err == nil || !strings.Contains(err.Error(), "is not the key with which this database's hall signs") {
			t.Fatalf("another hall's folder: %v", err)
		}
		if again, err := keysOver(d, right, ""); err != nil || again.journal != first.journal {
			t.Errorf("the right folder after the wrong one: %v", err)
		}
	}, settingMigration(), journal.Migration())
}

// TestNoKeyIsMadeTwice: over a database that has signed, a key that is missing
// is asked for and never made, and another one is refused; the doctor says so
// too. A key that was changed as the docs tell is the hall's.
func TestNoKeyIsMadeTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, dir, own := context.Background(), t.TempDir(), ""
		if d.Engine() == "postgres" {
			own = filepath.Join(dir, "key") // else the database gives its keys back
		}
		first, err := keysOver(d, dir, own)
		if err != nil {
			t.Fatal(err)
		}
		doctor := func() error {
			return keysFit(ctx, Config{values: map[string]string{"data": dir, "keys": own, "site-name-ms": "Balai"}}, d)
		}
		refused := func(what, says string) {
			t.Helper()
			if _, err := keysOver(d, dir, own); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, want %q", what, err, says)
			}
		}
		for _, legacy := range []bool{false, true} {
			if legacy { // an older version has remembered nothing but its heads
				signLeaf(t, d, first)
				if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("delete from app_setting"); return err }); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range keyNames {
				path := filepath.Join(dir, "key", name)
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				refused("no "+name, "the key "+path+" is missing")
				if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
					t.Errorf("no %s: %d files in the folder, %v", name, len(left), err)
				}
				if !legacy || name == keyJournal {
					elsewhere := filepath.Join(t.TempDir(), "key")
					if _, err := keysOver(dbtest.Open(t, "sqlite", settingMigration(), journal.Migration()), filepath.Dir(elsewhere), ""); err != nil {
						t.Fatal(err)
					}
					if err := os.Rename(filepath.Join(elsewhere, name), path); err != nil {
						t.Fatal(err)
					}
					refused("another "+name, path+" is not the key with which this database's hall signs")
					if err := doctor(); err == nil || !strings.Contains(err.Error(), path+" is not the key") {
						t.Errorf("the doctor on another %s: %v", name, err)
					}
				}
				if err := os.WriteFile(path, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if again, err := keysOver(d, dir, own); err != nil || again.journal != first.journal {
				t.Errorf("the right keys again: %v", err)
			}
			if err := doctor(); err != nil {
				t.Errorf("the doctor on the right keys: %v", err)
			}
		}
		bare := t.TempDir()
		if _, err := keysOver(d, bare, filepath.Join(bare, "key")); err == nil {
			t.Error("a bare copy of the database founds a hall")
		}
		if left, err := os.ReadDir(bare); err != nil || len(left) != 0 {
			t.Errorf("a bare copy: %d files are left, %v", len(left), err)
		}
	}, settingMigration(), journal.Migration())
}

// signLeaf signs a head of one entry.
func signLeaf(t *testing.T, d *db.DB, k keys) {
	t.Helper()
	now := clock.NewManual(morning)
	j, err := journal.New(d, now, id.NewSource(now, nil), originOf(k.journalPublic), k.journal)
	if err == nil {
		err = d.Write(context.Background(), func(tx *db.Tx) error {
			_, err := j.Append(tx, journal.Record{Kind: "x", By: journal.By{Agency: "balai"}})
			return err
		})
	}
	if err == nil {
		_, err = j.Sequence(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
}
