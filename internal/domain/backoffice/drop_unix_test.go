//go:build unix

package backoffice

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A pipe that stands where the hall reads or writes a file keeps nobody waiting.
func TestPipeKeepsNobodyWaiting(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"events.csv.part", "result.csv.part", "case.csv"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o660); err != nil {
			t.Fatal(err)
		}
	}
	for what, do := range map[string]func() error{
		"events": func() error { return writeTable(root, "events.csv", [][]string{{"seq"}}) },
		"result": func() error { _, err := appendTable(root, "result.csv.part", 0, [][]string{{"line"}}); return err },
		"file":   func() error { _, err := openFile(root, "case.csv", os.O_RDONLY); return err },
	} {
		done := make(chan error, 1)
		go func() { done <- do() }()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("%s: a pipe was taken for a file", what)
			}
		case <-time.After(20 * time.Second): // so that a hang is told
			t.Errorf("%s: it waits for the pipe's other end", what)
		}
	}
}

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
