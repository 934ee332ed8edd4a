package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balai/internal/domain/payment"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/id"
	"balai/internal/spine/locale"
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

// A bank's folder is one process's at a time, whichever command opens it; the
// next is told whose it is and what to do, in both languages.
func TestBankIsOpenedOnce(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bank")
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	run := func(ctx context.Context, out io.Writer) error {
		return runBank(ctx, []string{"--data", data, "--listen", "127.0.0.1:0"}, nil, Std{Out: out, Err: io.Discard})
	}
	go func() { done <- run(ctx, in) }()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	over, end := context.WithTimeout(t.Context(), 10*time.Second) // who opens it after all does not stay
	defer end()
	h := &Hall{cfg: Config{values: map[string]string{"data": data, "listen": "127.0.0.1:0"}, who: "balai demo"}, log: slog.New(slog.DiscardHandler), clock: clock.System(), ids: id.NewSource(clock.System(), nil), payment: &payment.Part{}}
	_, beside := h.openSandbox(t.Context())
	holder := fmt.Sprintf("balai sandbox-bank (process %d)", os.Getpid())
	for name, err := range map[string]error{"command": run(over, io.Discard), "beside a demo": beside} {
		f, ok := fault.As(err)
		if !ok {
			t.Fatalf("%s: %v", name, err)
		}
		texts, lerr := loadTexts()
		if lerr != nil {
			t.Fatal(lerr)
		}
		for _, says := range []string{sentence(err), texts.For(locale.Malay).T(f.Key, f.Args...)} {
			for _, part := range []string{data, holder, "--data", "--bank-url"} {
				if !strings.Contains(says, part) {
					t.Errorf("%s lacks %q: %s", name, part, says)
				}
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
