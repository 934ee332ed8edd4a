package keep

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// clear makes room in the folder: what was there goes aside, what an earlier
// run left goes away. Which of the two a file is, the mark tells: until all of
// the old hall is aside, nothing of the new one is there.
func (x *restore) clear(again bool) error {
	if x.mark.Clearing {
		return x.setAside()
	}
	if !again {
		return syncDir(x.Data)
	}
	for _, name := range []string{"key", "blob", headFile, databaseFile, "demo.json", localDB, localDB + "-wal", localDB + "-shm"} {
		if err := os.RemoveAll(filepath.Join(x.Data, name)); err != nil {
			return err
		}
	}
	return syncDir(x.Data)
}

// setAside keeps what is in the folder. A run that was ended in between goes on
// with what is left.
func (x *restore) setAside() error {
	aside := x.mark.Aside
	if err := os.MkdirAll(aside, 0o700); err != nil {
		return err
	}
	if x.Keys != "" && !within(x.Keys, x.Data) { // those within go with the rest
		if err := copyKeys(x.Keys, filepath.Join(aside, "keys")); err != nil {
			return err
		}
	}
	list, err := os.ReadDir(x.Data)
	if err != nil {
		return err
	}
	for _, e := range list {
		name := e.Name()
		if slices.Contains([]string{holdFile, restoreFile}, name) || strings.HasPrefix(name, restoreFile+".new") || strings.HasPrefix(name, "replaced-") {
			continue
		}
		if err := os.Rename(filepath.Join(x.Data, name), filepath.Join(aside, name)); err != nil {
			return err
		}
	}
	if err := errors.Join(syncDir(aside), syncDir(x.Data)); err != nil {
		return err
	}
	x.mark.Clearing = false
	return x.writeMark()
}

// copyKeys keeps the keys of a folder of their own aside: what the backup has
// takes their place, and one that was renewed since is nowhere else.
func copyKeys(from, to string) error {
	list, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, e := range list {
		if !e.Type().IsRegular() {
			continue
		}
		body, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			return err
		}
		if err := WriteFile(filepath.Join(to, e.Name()), body); err != nil {
			return err
		}
	}
	return nil
}
