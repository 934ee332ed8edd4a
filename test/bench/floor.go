package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// floor serves the least that the standard library, and the kit alone, can do.
func floor(ctx context.Context, kind, address string) error {
	var h http.Handler
	switch kind {
	case "text":
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Write([]byte("Selamat datang ke balai.\n"))
		})
	case "templ":
		h = templFloor()
	default:
		return errors.New("a floor is text or templ")
	}
	server := &http.Server{Addr: address, Handler: h}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// floor measures one in a process of its own on one core.
func (b bench) floor(kind string) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-floor", kind, address)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	if err := reachable(address, 5*time.Second); err != nil {
		return err
	}
	name := map[string]string{"text": "floor: net/http, a text", "templ": "floor: the layout without a database"}[kind]
	b.row(name, "", address, "/", "")
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// reachable waits until something listens.
func reachable(address string, within time.Duration) error {
	for end := time.Now().Add(within); ; {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(end) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}
