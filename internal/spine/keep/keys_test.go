package keep

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestReplacedKeysAreKept: keys in a folder of their own, renewed since the
// backup, are kept aside and not lost to it.
func TestReplacedKeysAreKept(t *testing.T) {
	h := newHall(t, "sqlite")
	h.Keys = filepath.Join(t.TempDir(), "keys")
	h.must(os.Rename(filepath.Join(h.Data, "key"), h.Keys))
	put := func(name, body string) { h.must(os.WriteFile(filepath.Join(h.Keys, name), []byte(body), 0o600)) }
	put("certificate.pem", "as in the backup")
	file := h.backup()
	put("certificate.pem", "renewed since")
	h.close()
	out, err := h.restore(Restoring{File: file, Replace: true})
	h.must(err)
	if got, err := os.ReadFile(filepath.Join(h.Keys, "certificate.pem")); err != nil || string(got) != "as in the backup" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := os.ReadFile(filepath.Join(out.Aside, "keys", "certificate.pem")); err != nil || string(got) != "renewed since" {
		t.Errorf("the renewed key: %q, %v", got, err)
	}
}

// TestReplacedKeysInsideTheFolder: a folder of keys that the operator has named
// within the hall's is kept aside with it.
func TestReplacedKeysInsideTheFolder(t *testing.T) {
	for _, name := range []string{"keys", "own/keys"} {
		h := newHall(t, "sqlite")
		h.Keys = filepath.Join(h.Data, name)
		h.must(os.MkdirAll(filepath.Dir(h.Keys), 0o700))
		h.must(os.Rename(filepath.Join(h.Data, "key"), h.Keys))
		file := h.backup()
		h.must(os.WriteFile(filepath.Join(h.Keys, "certificate.pem"), []byte("since"), 0o600))
		h.close()
		out, err := h.restore(Restoring{File: file, Replace: true})
		h.must(err)
		if got, err := os.ReadFile(filepath.Join(out.Aside, name, "certificate.pem")); err != nil || string(got) != "since" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, err := os.Stat(filepath.Join(h.Keys, "journal")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReplacedHallIsKeptWhole: whenever the power goes while the old hall is put
// aside, the next run puts the rest of it aside too.
func TestReplacedHallIsKeptWhole(t *testing.T) {
	for moved := range 4 {
		h := newHall(t, "sqlite")
		file := h.backup()
		h.close()
		old := map[string]string{}
		for _, name := range []string{"balai.db", "journal.head", "key/journal"} {
			text, err := os.ReadFile(filepath.Join(h.Data, name))
			h.must(err)
			old[name] = string(text)
		}
		// As far as a run comes that ends after so many names.
		x := &restore{Hall: h.Hall, Restoring: Restoring{File: file, Replace: true}}
		x.mark = &restoring{ID: "one", File: file, Aside: filepath.Join(h.Data, "replaced-1"), Clearing: true}
		h.must(x.writeMark())
		for _, name := range []string{"", "balai.db", "blob", "journal.head"}[:moved] {
			h.must(os.MkdirAll(x.mark.Aside, 0o700))
			_ = os.Rename(filepath.Join(h.Data, name), filepath.Join(x.mark.Aside, name)) // the first only makes the folder
		}
		// The next is ended while it fills, the last ends.
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Restore(ctx, h.Hall, Restoring{File: file, Progress: func(string, int64, int64) { cancel() }})
		if err == nil {
			t.Error("it was not ended")
		}
		out, err := h.restore(Restoring{File: file})
		h.must(err)
		for name, text := range old {
			if got, err := os.ReadFile(filepath.Join(out.Aside, name)); err != nil || string(got) != text {
				t.Errorf("after %d: the old %s is not kept: %d bytes, %v", moved, name, len(got), err)
			}
		}
		h.open()
		h.close()
	}
}
