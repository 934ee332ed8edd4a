package keep

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"balai/internal/spine/journal"
)

// keysFit looks at the keys of the folder.
func (x *doctor) keysFit(context.Context) bool {
	for _, name := range []string{"journal", "certificate.pem"} {
		path := filepath.Join(x.keyFolder(), name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && x.Shared != nil:
			x.gone = append(x.gone, name)
			continue
		case errors.Is(err, fs.ErrNotExist):
			x.noKey(name)
			continue
		case err != nil:
			x.add(Wrong, "keys", "%s cannot be looked at: %v", path, err)
			continue
		case !info.Mode().IsRegular():
			x.add(Wrong, "keys", "%s is no file: move it away and restore the key from a backup", path)
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			x.add(Wrong, "keys", "%s cannot be read (%v): run this as the user who runs the hall", path, err)
			continue
		}
		if name == "journal" {
			if x.vkey, err = journal.PublicKey(string(text)); err != nil {
				x.add(Wrong, "keys", "%s is not a journal's key any more: restore it from a backup", path)
				continue
			}
		}
		if info.Mode().Perm()&0o077 != 0 {
			x.add(Wrong, "keys", "others on this machine can read %s: chmod 600 %s, and think about who may have read it", path, path)
			continue
		}
		x.add(OK, "keys", "%s is there, and only its owner reads it", path)
	}
	return true
}

func (x *doctor) noKey(name string) {
	x.add(Wrong, "keys", "there is no key %s: without it this is not the same hall; put it back from a backup. Only a hall that has never signed makes a new one",
		filepath.Join(x.keyFolder(), name))
}

// keysShared looks whether the database has what the folder has not, as it does
// for a process whose folder is new.
func (x *doctor) keysShared(ctx context.Context) bool {
	gone := x.gone
	x.gone = nil
	for _, name := range gone {
		path := filepath.Join(x.keyFolder(), name)
		body, err := x.Shared(ctx, x.db, name)
		if err == nil && body != "" && name == "journal" {
			x.vkey, err = journal.PublicKey(body)
		}
		switch {
		case err != nil:
			x.add(Wrong, "keys", "there is no key %s, and that of the database cannot be read: %s", path, x.say(err))
		case body == "":
			x.noKey(name)
		default:
			x.add(Look, "keys", "there is no key %s; the database has it, and the next start of the hall puts it there", path)
		}
	}
	return true
}

// keysOfHall looks whether the keys that are there are those with which the
// database's hall has signed.
func (x *doctor) keysOfHall(ctx context.Context) bool {
	if x.Fits == nil {
		return true
	}
	if err := x.Fits(ctx, x.db); err != nil {
		x.add(Wrong, "keys", "%s", x.say(err))
	}
	return true
}
