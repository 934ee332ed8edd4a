package app

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// Who names the wrong folder founds a new bank there, and is told so; a bank that is
// there is opened without a word.
func TestBankSaysThatItIsNew(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bank")
	first := func() string {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		out, in := io.Pipe()
		done := make(chan error, 1)
		go func() {
			done <- runBank(ctx, []string{"--data", data, "--listen", "127.0.0.1:0"}, nil, Std{Out: in, Err: io.Discard})
			in.Close()
		}()
		line, err := bufio.NewReader(out).ReadString('\n')
		stop()
		go func() { _, _ = io.Copy(io.Discard, out) }()
		if end := <-done; err != nil || end != nil {
			t.Fatal(err, end)
		}
		return line
	}
	if line := first(); !strings.Contains(line, "a new bank") || !strings.Contains(line, data) {
		t.Errorf("of a new one: %s", line)
	}
	if line := first(); !strings.HasPrefix(line, "balai: ready ") {
		t.Errorf("of one that is there: %s", line)
	}
}
