package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"balai/internal/domain/service"
	"balai/internal/domain/service/offline"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/id"
	"balai/internal/spine/journal"
	"balai/internal/spine/locale"
)

// runOffline is the counter without a network.
func runOffline(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("pack, fill or reconcile is missing")
	}
	switch args[0] {
	case "pack":
		return packOffline(ctx, args[1:], environ, std)
	case "fill":
		return fillOffline(ctx, args[1:], std)
	case "reconcile":
		return reconcileOffline(ctx, args[1:], environ, std)
	}
	return misused("there is no command %q here", args[0])
}

func packOffline(ctx context.Context, args, environ []string, std Std) error {
	of, rest := takeFlag(args, "service")
	unit, rest := takeFlag(rest, "office")
	out, rest := takeFlag(rest, "out")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := needed("service", of, "office", unit, "out", out); err != nil {
		return err
	}
	h, err := openData(ctx, rest, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	signer, vkey, err := journal.LoadKey(filepath.Join(h.cfg.Get("data"), "key", "offline"), h.base.Hostname()+"/offline")
	if err != nil {
		return err
	}
	data, m, err := h.service.MakePack(ctx, of, unit, signer, vkey)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, data, 0o644); err != nil { // it holds nothing about anybody
		return err
	}
	fmt.Fprintf(std.Out, "%s: %s release %d, %d numbers, until %s\nkey %s\n", m.Pack, m.Service, m.Release, m.Entries, m.Until[:10], vkey)
	return nil
}

func fillOffline(ctx context.Context, args []string, std Std) error {
	to, rest := takeFlag(args, "to")
	listen, rest := takeFlag(rest, "listen")
	key, rest := takeFlag(rest, "key")
	if err := words(rest, 1, 1, "the pack's file"); err != nil {
		return err
	}
	data, err := os.ReadFile(rest[0])
	if err != nil {
		return err
	}
	pack, err := offline.Open(data, key)
	if err != nil {
		return err
	}
	if to == "" {
		to = pack.Manifest.Pack + ".jsonl"
	}
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if host, _, err := net.SplitHostPort(listen); err != nil || !net.ParseIP(host).IsLoopback() {
		return misused("the form is served on this machine only: --listen 127.0.0.1:PORT")
	}
	texts, err := loadTexts()
	if err != nil {
		return err
	}
	c := clock.System()
	f, err := offline.NewFiller(pack, to, texts, c, id.NewSource(c, nil))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if key == "" {
		fmt.Fprintf(std.Err, "signed by %s; give --key to check that this is your office's key\n", pack.Key)
	}
	fmt.Fprintf(std.Out, "http://%s\n", l.Addr())
	fmt.Fprintf(std.Err, "entries go to %s; stop with Ctrl-C\n", to)
	return errors.Join(serveUntil(ctx, l, f.Handler()), f.Close())
}

// serveUntil serves until ctx ends.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Shutdown(context.WithoutCancel(ctx)) }) // Serve tells
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func reconcileOffline(ctx context.Context, args, environ []string, std Std) error {
	as, rest := takeFlag(args, "as")
	rest, more, err := leading(rest, 1, "the file of the forms")
	if err != nil {
		return err
	}
	if err := needed("as", as); err != nil {
		return err
	}
	file, err := os.Open(rest[0])
	if err != nil {
		return err
	}
	defer file.Close()
	h, err := openData(ctx, more, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	officer, err := h.officerOf(ctx, as)
	if err != nil {
		return err
	}
	report, err := h.service.Reconcile(ctx, officer, file)
	h.printReport(std.Out, report)
	if err != nil {
		return err
	}
	if !report.Done() {
		return exit(1)
	}
	return nil
}

// officerOf is a person in their first post.
func (h *Hall) officerOf(ctx context.Context, person string) (a actor.Actor, err error) {
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		at := clock.Micro(h.clock.Now())
		posts, err := h.directory.PostsOf(tx, person, at)
		if err != nil {
			return err
		}
		if len(posts) == 0 {
			return fmt.Errorf("%s holds no post", person)
		}
		p, _, err := h.directory.InPost(tx, person, posts[0].ID, at)
		who, _ := h.directory.Person(tx, person)
		a = actor.Actor{Person: person, Name: who.Name, Post: p.Post, Role: p.Role, Agency: p.Agency, Unit: p.Unit, State: p.State, Title: p.Title}
		return err
	})
	return a, err
}

// printReport is the table of what became of each entry, in both languages.
func (h *Hall) printReport(out io.Writer, r service.OfflineReport) {
	ms, en := h.texts.For(locale.Malay), h.texts.For(locale.English)
	both := func(key string, args ...any) string { return ms.T(key, args...) + " / " + en.T(key, args...) }
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	counts := map[string]int{}
	for _, row := range r.Rows {
		counts[row.State]++
		why := row.Why.MS + " / " + row.Why.EN
		if row.Clock {
			why += " " + both("app.offline.clock")
		}
		if row.Before {
			why += " " + both("app.offline.before")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.Number, row.State, cmp.Or(row.Ref, row.Other, "-"), why)
	}
	_ = w.Flush() // of a table on the terminal
	for _, n := range r.Missing {
		fmt.Fprintf(out, "%s  missing  -  %s\n", n, both("app.offline.missing"))
	}
	for _, n := range r.Damaged {
		fmt.Fprintf(out, "row %d  damaged  -  %s\n", n, both("app.offline.damaged"))
	}
	for _, id := range r.Open {
		fmt.Fprintf(out, "log %s  open  -  %s\n", id, both("app.offline.open"))
	}
	fmt.Fprintf(out, "%d made, %d duplicate, %d possible, %d not_found, %d lacking, %d refused, %d closed, %d missing\n", counts[service.OfflineMade],
		counts[service.OfflineDuplicate], counts[service.OfflinePossible], counts[service.OfflineNotFound], counts[service.OfflineLacking],
		counts[service.OfflineRefused], counts[service.OfflineClosed], len(r.Missing))
}
