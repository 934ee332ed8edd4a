// Command agency is a small system of an agency's own, for the demo country:
// the Road Transport Department keeps its cases here and not in the hall.
//
// It shows what joining the hall takes. It reads the key from demo.json, signs
// what it hands in (hall.go), verifies what it is told (hook.go), keeps its
// cases in one file (book.go), and has a page for its officer (page.go). It
// imports nothing of the hall.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "agency:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("hall", ".balai/demo", "data folder of the running demo, in which demo.json is")
	listen := flag.String("listen", "127.0.0.1:8090", "loopback address of the officer's page and of the webhook")
	file := flag.String("file", "", "where the cases are kept; empty means .balai/agency.json beside the hall's folder")
	flag.Parse()
	host, _, err := net.SplitHostPort(*listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--listen %s is no loopback address: nobody signs in here", *listen)
	}
	if *file == "" {
		*file = filepath.Join(filepath.Dir(*dir), "agency.json")
	}
	h, err := readHall(filepath.Join(*dir, "demo.json"))
	if err != nil {
		return err
	}
	b, err := openBook(*file, h.BaseURL+" "+h.Key.API, h.Today)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	a := &agency{hall: h, book: b}
	here := "http://" + listener.Addr().String()
	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	if err := a.join(here + "/hook"); err != nil {
		return fmt.Errorf("the hall at %s: %w", h.BaseURL, err)
	}
	fmt.Printf("agency: %s keeps %d cases of its own, on %s\n", h.Key.Agency, len(b.list()), here)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	select {
	case <-ctx.Done():
	case err := <-failed:
		return err
	}
	end, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return server.Shutdown(end)
}

// agency is the system: its cases, and the hall it hands them in to.
type agency struct {
	hall *hall
	book *book
}

// join hands in what the hall may not have yet, says where this system is
// told, and reads what it missed while it was closed.
func (a *agency) join(hook string) error {
	if _, err := a.hall.send("PUT", "/webhook", map[string]any{"url": hook}); err != nil {
		return err
	}
	for _, c := range a.book.list() {
		if err := a.handIn(c); err != nil {
			return fmt.Errorf("%s: %w", c.Ref, err)
		}
	}
	for _, h := range firstHoldings {
		if _, err := a.hall.send("PUT", "/holdings/"+url.PathEscape(h["name"].(string)), h); err != nil {
			return err
		}
	}
	return a.catchUp()
}

// handIn tells the hall how a case stands, with what was written and given in
// it. All of it may be sent again: the hall keeps each once.
func (a *agency) handIn(c record) error {
	body := map[string]any{"their_ref": c.Ref, "person": c.Person, "title": c.Title, "service": c.Service, "state": c.State, "version": c.Version,
		"submitted_on": c.Submitted}
	if !c.Question.empty() && c.State == "waiting" {
		body["question"] = c.Question
	}
	if !c.Status.empty() {
		body["status"] = c.Status
	}
	if _, err := a.hall.send("PUT", "/cases/"+url.PathEscape(c.Ref), body); err != nil {
		return err
	}
	for _, m := range c.Messages {
		if m.Mine {
			if _, err := a.hall.send("POST", "/cases/"+url.PathEscape(c.Ref)+"/messages", map[string]any{"their_ref": c.Ref, "id": m.ID, "text": m.Text}); err != nil {
				return err
			}
		}
	}
	if c.Letter != "" {
		_, err := a.hall.send("POST", "/cases/"+url.PathEscape(c.Ref)+"/documents", map[string]any{"their_ref": c.Ref, "id": "letter-1",
			"title": both{"Surat kelulusan", "Letter of approval"}, "media_type": "application/pdf", "content": pdf("Jabatan Pengangkutan Jalan (contoh)", "Ruj. Kami: "+c.Ref, c.Letter)})
		return err
	}
	return nil
}

// catchUp reads the events after the last that was heard, whether or not a
// webhook brought them.
func (a *agency) catchUp() error {
	for {
		text, err := a.hall.send("GET", fmt.Sprintf("/events?after=%d", a.book.heardTo()), nil)
		if err != nil {
			return err
		}
		var page struct {
			Events []struct {
				ID   string
				Seq  int64
				Body json.RawMessage
			}
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return err
		}
		if len(page.Events) == 0 {
			return nil
		}
		for _, e := range page.Events {
			if err := a.book.hear(e.ID, e.Body); err != nil { // it is read again
				return err
			}
			if err := a.book.readTo(e.Seq); err != nil {
				return err
			}
		}
	}
}
