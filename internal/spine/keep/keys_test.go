package keep

import (
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
