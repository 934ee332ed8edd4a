//go:build unix

package backoffice

import (
	"os"
	"syscall"
	"testing"
)

// A service that keeps its own files to itself still writes results that the
// agency's account, which shares the folder's group, can read.
func TestResultsAreTheAgencysToRead(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := writeTable(root, "events.csv", [][]string{{"seq"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := appendTable(root, "result.csv", 0, [][]string{{"line"}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"events.csv", "result.csv"} {
		info, err := root.Stat(name)
		if err != nil || info.Mode().Perm() != dropMode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}
