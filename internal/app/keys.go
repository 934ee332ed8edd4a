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
	"balai/internal/spine/keep"
)

// Names of the hall's keys: files in its folder of keys, rows of app_key.
const (
	keyJournal     = "journal"
	keyCertificate = "certificate.pem"
)

var keyNames = []string{keyJournal, keyCertificate}

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
	known, err := knownKeys(ctx, h.db)
	if err != nil {
		return k, err
	}
	for _, name := range keyNames { // before any is made
		if err := known.missing(folder, name, shared); err != nil {
			return k, err
		}
	}
	// Keys that are there have to fit before the database takes up one of them:
	// it would hand a stranger's on, and know the right one no more.
	if there, err := h.keysThere(folder); err != nil {
		return k, err
	} else if err := known.fit(folder, there); err != nil {
		return k, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return k, fmt.Errorf("the folder of keys cannot be made: %w", err)
	}
	for _, name := range keyNames {
		if shared {
			if err := h.shareKey(ctx, folder, name); err != nil {
				return k, err
			}
		}
		if err := h.loadKey(&k, folder, name); err != nil {
			return k, err
		}
	}
	if err := known.fit(folder, k); err != nil {
		return k, err
	}
	return k, known.remember(ctx, h.db, k)
}

// keysThere reads the keys that a folder has, and makes none.
func (h *Hall) keysThere(folder string) (k keys, err error) {
	for _, name := range keyNames {
		switch _, err := os.Stat(filepath.Join(folder, name)); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return k, err
		}
		if err := h.loadKey(&k, folder, name); err != nil {
			return k, err
		}
	}
	return k, nil
}

// loadKey reads a key of a folder, which is made where there is none.
func (h *Hall) loadKey(k *keys, folder, name string) (err error) {
	path := filepath.Join(folder, name)
	if name == keyCertificate {
		k.certificate, err = seal.LoadSigner(path, h.site().MS, h.clock.Now())
		return err
	}
	origin := h.cfg.Get("origin")
	if origin == "" {
		origin = h.base.Hostname() + "/journal"
	}
	k.journal, k.journalPublic, err = journal.LoadKey(path, origin)
	return err
}

// shareKey makes a key of the folder that of the database. A new one comes
// into the folder when the database has it, and not before: a start that is
// killed in between, while another process was faster, leaves no second key.
// One that was in the folder has signed before, and two keys for one hall are
// a mistake to be told.
func (h *Hall) shareKey(ctx context.Context, folder, name string) error {
	path := filepath.Join(folder, name)
	mine, err := os.ReadFile(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	switch {
	case fresh:
		mine, err = h.newKey(ctx, folder, name)
	case err == nil:
		err = h.loadKey(&keys{}, folder, name) // a broken one is not handed on
	}
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
	case fresh:
		return keep.WriteFile(path, []byte(kept))
	case kept == string(mine):
		return nil
	}
	return foreignKey(path)
}

// sharedKey is the key that every process over a database signs with, "" where
// it has none.
func sharedKey(ctx context.Context, d *db.DB, name string) (body string, err error) {
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		body, err = readKey(tx, name)
		return err
	})
	return body, err
}

// newKey is the key for a folder that has none: the database's, or one that is
// made beside it.
func (h *Hall) newKey(ctx context.Context, folder, name string) ([]byte, error) {
	body, err := sharedKey(ctx, h.db, name)
	if err != nil || body != "" {
		return []byte(body), err
	}
	apart, err := os.MkdirTemp(folder, "new-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(apart) // what a kill leaves has never signed
	if err := h.loadKey(&keys{}, apart, name); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(apart, name))
}
