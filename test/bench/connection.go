package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

// held is how many visitors keep a connection open.
const held = 10000

// connections prints what a hall and the standard library's server keep for each open connection.
func (b bench) connections() error {
	fmt.Printf("\n### Open connections\n\n%d connections, each of which has been answered the home page once and is kept open.\n", held)
	fmt.Println("\n| server | before | with them | each |\n|---|---|---|---|")
	data, err := os.MkdirTemp("", "balai-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	h, err := b.start(data, "")
	if err != nil {
		return err
	}
	h.calm()
	err = h.keep("the hall, its home page")
	h.stop()
	if err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	f := &hall{cmd: exec.Command(self, "-floor", "text", address), address: address}
	f.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if err := f.cmd.Start(); err != nil {
		return err
	}
	defer f.stop()
	if err := reachable(address, 5*time.Second); err != nil {
		return err
	}
	return f.keep("floor: net/http, a text")
}

// keep opens the connections, 16 at once, and prints one row.
func (h *hall) keep(name string) error {
	ask := request("GET", hostOf(h.address), "/", "", "")
	warm, err := dial(h.address)
	if err != nil {
		return err
	}
	for range 200 {
		if _, _, err := warm.ask(ask); err != nil {
			return err
		}
	}
	before := h.memory()
	open := make([]net.Conn, 0, held)
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for len(open) < held {
		c, err := dial(h.address)
		if err != nil {
			return fmt.Errorf("after %d connections (ulimit -n must be over %d): %w", len(open), held+100, err)
		}
		if _, _, err := c.ask(ask); err != nil {
			return err
		}
		open = append(open, c.conn)
		c.in = nil
	}
	with := h.memory()
	fmt.Printf("| %s | %.0f MB | %.0f MB | %.1f kB |\n", name, before, with, (with-before)*1000/held)
	return nil
}
