package keep

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever made the unfinished file's name first, in a folder that many may
// write, comes to hold nothing of what is written.
func TestUnfinishedFilesAreOurs(t *testing.T) {
	h := newHall(t, "sqlite")
	for name, write := range map[string]func(path string) error{
		"a key": func(path string) error { return WriteFile(path, []byte("secret")) },
		"a backup": func(path string) error {
			_, err := Backup(context.Background(), h.Hall, path, nil, quiet)
			return err
		},
	} {
		for kind, place := range map[string]func(old, new string) error{"file": os.Link, "link": os.Symlink} {
			dir := t.TempDir()
			theirs, path := filepath.Join(dir, "theirs"), filepath.Join(dir, "ours")
			err := errors.Join(os.WriteFile(theirs, nil, 0o666), place(theirs, path+".new"), write(path))
			if err != nil {
				t.Errorf("%s, where a %s was: %v", name, kind, err)
			}
			if got, err := os.ReadFile(theirs); err != nil || len(got) > 0 {
				t.Errorf("%s was written into another's %s: %d bytes, %v", name, kind, len(got), err)
			}
			if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
				t.Errorf("%s, where a %s was: %v %v", name, kind, info.Mode(), err)
			}
		}
	}
}

// What takes the backup's name while the backup is written stays as it is.
func TestBackupTakesNoOthersName(t *testing.T) {
	h := newHall(t, "sqlite")
	path := filepath.Join(t.TempDir(), "ours")
	_, err := Backup(context.Background(), h.Hall, path, nil, func(what string, _, _ int64) {
		if strings.Contains(what, "again") { // it is written, and has not its name yet
			_ = os.WriteFile(path, []byte("theirs"), 0o600) // read below
		}
	})
	got, read := os.ReadFile(path)
	if err == nil || read != nil || string(got) != "theirs" {
		t.Errorf("%v; the file holds %d bytes, %v", err, len(got), read)
	}
}
