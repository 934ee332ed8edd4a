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
)

// TestProcessesSignAlike: over one PostgreSQL every data folder comes to the
// same keys, also when the first starts race; a folder of another hall is
// refused, and keys that the operator keeps never reach the database.
func TestProcessesSignAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		opened := func(dir, own string) (keys, error) {
			h := &Hall{cfg: Config{values: map[string]string{"data": dir, "keys": own, "site-name-ms": "Balai"}}, base: &url.URL{Scheme: "http", Host: "localhost:1"},
				log: slog.New(slog.DiscardHandler), clock: clock.NewManual(morning), db: d}
			if err := os.MkdirAll(h.cfg.keyFolder(), 0o700); err != nil {
				t.Fatal(err)
			}
			return h.openKeys(ctx)
		}
		kept := func() (n int) {
			err := d.Read(ctx, func(tx *db.Tx) error { return tx.QueryRow("select count(*) from app_key").Scan(&n) })
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		apart := t.TempDir()
		own, err := opened(t.TempDir(), apart)
		if err != nil || kept() != 0 {
			t.Fatalf("a folder of keys: %v, %d in the database", err, kept())
		}

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
		alike := true
		for _, k := range all[1:] {
			alike = alike && k.journal == all[0].journal && k.certificate.PEM() == all[0].certificate.PEM()
		}
		if d.Engine() != "postgres" {
			if alike || kept() != 0 {
				t.Error("the keys of halls with a file each are their own")
			}
			return
		}
		if !alike {
			t.Error("processes over one database sign with different keys")
		}
		if info, err := os.Stat(filepath.Join(dirs[2], "key", keyJournal)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key's file: %v", err)
		}
		// A first start that ends before its keys are shared leaves none behind.
		act := func(q string) {
			t.Helper()
			if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(q); return err }); err != nil {
				t.Fatal(err)
			}
		}
		ended := t.TempDir()
		act("update app_key set name = 'kept-' || name")
		act("alter table app_key add constraint never check (name = '') not valid")
		if _, err := opened(ended, ""); err == nil || !strings.Contains(err.Error(), "check constraint") {
			t.Fatal("keys were shared that could not be: ", err)
		}
		act("alter table app_key drop constraint never")
		act("update app_key set name = substr(name, 6)")
		if k, err := opened(ended, ""); err != nil || k.journal != all[0].journal {
			t.Errorf("the start after one that was ended: %v", err)
		}
		again, err := opened(dirs[3], "")
		if err != nil || again.journal != all[0].journal {
			t.Errorf("a second start: %v", err)
		}
		other := t.TempDir()
		if _, err := opened(other, filepath.Join(other, "key")); err != nil {
			t.Fatal(err)
		}
		if _, err := opened(other, ""); err == nil || !strings.Contains(err.Error(), "belongs to another hall") {
			t.Errorf("a folder of another hall: %v", err)
		}
		if still, err := opened(t.TempDir(), apart); err != nil || still.journal != own.journal {
			t.Errorf("the operator's own folder: %v", err)
		}
	}, settingMigration())
}
