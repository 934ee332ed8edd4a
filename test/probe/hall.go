package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// hall is a demo country of the probe's own.
type hall struct {
	url, data string
	cmd       *exec.Cmd
}

// ready is how a hall says that it is open.
const ready = "balai: ready"

// open starts one on a free loopback port and waits until it is ready.
func open(ctx context.Context, bin string) (h *hall, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	_ = l.Close() // only its number was wanted
	data, err := os.MkdirTemp("", "balai-probe-")
	if err != nil {
		return nil, err
	}
	h = &hall{url: "http://" + strings.Replace(addr, "127.0.0.1", "localhost", 1), data: data}
	h.cmd = exec.CommandContext(ctx, bin, "demo", "--listen", addr, "--data", data, "--log-level", "error")
	h.cmd.Cancel = func() error { return h.cmd.Process.Signal(syscall.SIGTERM) }
	h.cmd.WaitDelay = 10 * time.Second
	h.cmd.Stderr = os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err == nil {
		err = h.cmd.Start()
	}
	if err != nil {
		_ = os.RemoveAll(data) // nothing is in it
		return nil, fmt.Errorf("%s: %w", bin, err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, ready) {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // it must not wait for a reader
			return h, nil
		}
		if err != nil {
			h.close()
			return nil, fmt.Errorf("%s did not open: %w", bin, err)
		}
	}
}

func (h *hall) close() {
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	_ = h.cmd.Wait() // it was asked to end
	_ = os.RemoveAll(h.data)
}
