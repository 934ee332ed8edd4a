package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
)

// Names of the hall's keys: files in its folder of keys, rows of app_key.
const (
	keyJournal     = "journal"
	keyCertificate = "certificate.pem"
)

// keyFolder is where the hall's keys lie.
func (c Config) keyFolder() string {
	if c.Get("keys") != "" {
		return c.Get("keys")
	}
	return filepath.Join(c.Get("data"), "key")
}

// keys are the hall's signing keys, made at its first start.
type keys struct {
	journal, journalPublic string
	certificate            *seal.Signer
}

// openKeys reads the keys. Several processes over one PostgreSQL have to sign
// alike, so a folder without keys gets those of the database, unless the
// operator keeps them in a folder of their own (the setting keys).
func (h *Hall) openKeys(ctx context.Context) (k keys, err error) {
	folder, shared := h.cfg.keyFolder(), h.db.Engine() == "postgres" && h.cfg.Get("keys") == ""
	made := map[string]bool{} // what this start is about to make
	for _, name := range []string{keyJournal, keyCertificate} {
		if _, err := os.Stat(filepath.Join(folder, name)); errors.Is(err, fs.ErrNotExist) {
			made[name] = true
		} else if err != nil {
			return k, err
		}
		if !shared {
			continue
		}
		if err := h.takeKey(ctx, folder, name, made); err != nil {
			return k, err
		}
	}
	if k, err = h.loadKeys(folder); err != nil || !shared {
		return k, err
	}
	for _, name := range []string{keyJournal, keyCertificate} {
		if err := h.shareKey(ctx, folder, name, made[name]); err != nil {
			return k, err
		}
	}
	return h.loadKeys(folder) // another process may have been faster at the first start
}

func (h *Hall) loadKeys(folder string) (k keys, err error) {
	origin := h.cfg.Get("origin")
	if origin == "" {
		origin = h.base.Hostname() + "/journal"
	}
	if k.journal, k.journalPublic, err = journal.LoadKey(filepath.Join(folder, keyJournal), origin); err != nil {
		return k, err
	}
	k.certificate, err = seal.LoadSigner(filepath.Join(folder, keyCertificate), h.site().MS, h.clock.Now())
	return k, err
}

// takeKey writes a key of the database into a folder that has none.
func (h *Hall) takeKey(ctx context.Context, folder, name string, missing map[string]bool) error {
	if !missing[name] {
		return nil
	}
	var body string
	err := h.db.Read(ctx, func(tx *db.Tx) (err error) {
		body, err = readKey(tx, name)
		return err
	})
	if err != nil || body == "" {
		return err
	}
	missing[name] = false
	return writeKey(filepath.Join(folder, name), body)
}

// shareKey hands a key of the folder to the database. fresh is one that this
// start has made: it gives way to that of a process which was faster. Any other
// has signed before, and two keys for one hall are a mistake to be told.
func (h *Hall) shareKey(ctx context.Context, folder, name string, fresh bool) error {
	path := filepath.Join(folder, name)
	mine, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kept string
	err = h.db.Write(ctx, func(tx *db.Tx) (err error) {
		kept, err = keepKey(tx, name, string(mine))
		return err
	})
	switch {
	case err != nil:
		return err
	case kept == string(mine):
		return nil
	case fresh:
		return writeKey(path, kept)
	}
	return fmt.Errorf("%s is not the key with which this database's hall signs; the folder belongs to another hall: name another data folder with --data, or move this file away", path)
}

// writeKey replaces a key in one step, for its owner only.
func writeKey(path, body string) error {
	if err := os.WriteFile(path+".new", []byte(body), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
