package acceptance

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/balaitest"
)

// TestTrouble: what can be wrong with a machine is said in a plain sentence, with a non-zero exit and no stack.
func TestTrouble(t *testing.T) {
	bin := balaitest.Binary(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "balai.db"), bytes.Repeat([]byte("not a database "), 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	free := "127.0.0.1:0"
	for _, c := range []struct {
		name string
		args []string
		says string // one of its words, so that the sentence is about the trouble
	}{
		{"port in use", []string{bin, "serve", "--listen", taken.Addr().String(), "--data", t.TempDir()}, "port|address"},
		{"damaged database", []string{bin, "serve", "--listen", free, "--data", damaged}, "database"},
		{"unreachable PostgreSQL", []string{bin, "serve", "--listen", free, "--data", t.TempDir(), "--db", "postgres://nobody@127.0.0.1:9/none"}, "database|PostgreSQL"},
		{"a file where the folder should be", []string{bin, "serve", "--listen", free, "--data", file("data", "x")}, "folder|directory"},
		{"an option that is not", []string{bin, "serve", "--nothing"}, "nothing"},
		{"a verb that is not", []string{bin, "sing"}, "sing"},
		{"a date that is not", []string{bin, "demo", "--listen", free, "--data", t.TempDir(), "--today", "2026-02-30"}, "today|date"},
		{"a base URL that is not", []string{bin, "serve", "--listen", free, "--data", t.TempDir(), "--base-url", "ftp://x"}, "base-url|base URL"},
		// A file may not grow past one megabyte: to the database that is a full disk.
		{"full disk", []string{"bash", "-c", "ulimit -f 1024; exec \"$0\" \"$@\"", bin, "demo", "--listen", free, "--data", t.TempDir()}, "disk|space|full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			text := out.String()
			if ctx.Err() != nil {
				t.Fatalf("still running after 40 s:\n%.1000s", text)
			}
			if err == nil {
				t.Fatalf("exit 0:\n%.1000s", text)
			}
			if strings.Contains(text, "goroutine ") || strings.Contains(text, "panic:") {
				t.Fatalf("a stack instead of a sentence:\n%.1500s", text)
			}
			lines := strings.Split(strings.TrimSpace(text), "\n")
			last := lines[len(lines)-1]
			for _, word := range strings.Split(c.says, "|") {
				if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
					return
				}
			}
			t.Errorf("the last line does not tell (%s): %q", c.says, last)
		})
	}
}
