package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
)

// hallKeys is what a database knows of its hall's keys. A hall never makes a key
// over a database that another has signed for: its proofs and certificates
// would be nobody's.
type hallKeys struct {
	public map[string]string // by the key's name: the public half, once it was remembered
	kept   map[string]bool   // the database has the key itself
	head   []byte            // the newest signed head; a hall of an older version has remembered nothing else
}

// settingKey is where the public half of a key is remembered.
func settingKey(name string) string { return "key." + name }

func knownKeys(ctx context.Context, d *db.DB) (k hallKeys, err error) {
	k.public, k.kept = map[string]string{}, map[string]bool{}
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		for _, name := range keyNames {
			if k.public[name], err = readSetting(tx, settingKey(name)); err != nil {
				return err
			}
			body, err := readKey(tx, name)
			if err != nil {
				return err
			}
			k.kept[name] = body != ""
		}
		k.head, _, err = journal.Newest(tx)
		return err
	})
	return k, err
}

// missing refuses a folder without a key with which the database's hall signs,
// unless it comes from the database itself.
func (k hallKeys) missing(folder, name string, shared bool) error {
	path := filepath.Join(folder, name)
	_, err := os.Stat(path)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case k.public[name] == "" && k.head == nil, shared && k.kept[name]:
		return nil
	}
	first := ""
	if shared { // as after a move, until the first process has opened
		first = "start the process that has it first, whose keys the others then get from the database; or "
	}
	return fmt.Errorf("the key %s is missing, and the hall of this database has signed with it: %sput it back from a backup, or `balai restore` the whole hall. No new key was made", path, first)
}

// fits refuses a key that is not the one with which the database's hall signs.
// public is the key's public half, and those of the keys before it.
func (k hallKeys) fits(folder, name string, public []string) error {
	had := k.public[name]
	fit := had == "" || slices.Contains(public, had)
	if name == keyJournal && had == "" && k.head != nil {
		_, err := journal.OpenHead(k.head, public[0])
		fit = err == nil
	}
	if fit {
		return nil
	}
	return foreignKey(filepath.Join(folder, name))
}

// fit refuses keys of which one does not fit.
func (k hallKeys) fit(folder string, all keys) (err error) {
	for name, public := range all.public() {
		err = errors.Join(err, k.fits(folder, name, public))
	}
	return err
}

func foreignKey(path string) error {
	return fmt.Errorf("%s is not the key with which this database's hall signs: put the right one back from a backup; or, if the folder belongs to another hall, name the right one with --data", path)
}

// remember keeps the public halves of the keys that sign from now on.
func (k hallKeys) remember(ctx context.Context, d *db.DB, now keys) error {
	same := true
	for name, public := range now.public() {
		same = same && k.public[name] == public[0]
	}
	if same {
		return nil
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		for name, public := range now.public() {
			if err := writeSetting(tx, settingKey(name), public[0]); err != nil {
				return err
			}
		}
		return nil
	})
}

// public are the public halves of each key, the one that signs first.
func (k keys) public() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		if k.journalPublic != "" && !yield(keyJournal, []string{k.journalPublic}) {
			return
		}
		if k.certificate == nil {
			return
		}
		var ids []string
		for _, public := range k.certificate.Keys() {
			ids = append(ids, seal.KeyID(public))
		}
		yield(keyCertificate, ids)
	}
}

// keysFit is the doctor's look at the keys that are there; those that are
// missing it has seen. It makes none.
func keysFit(ctx context.Context, cfg Config, d *db.DB) error {
	known, err := knownKeys(ctx, d)
	if err != nil {
		return err
	}
	folder := cfg.keyFolder()
	k, err := (&Hall{cfg: cfg, base: &url.URL{}, clock: clock.System()}).keysThere(folder)
	if err != nil {
		return err
	}
	return known.fit(folder, k)
}
