package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/keep"
)

// shutdownTime is how long requests that are under way may take to end.
const shutdownTime = 8 * time.Second

// serve opens the hall and answers until ctx ends.
func serve(ctx context.Context, cfg Config, std Std) error {
	log := logger(cfg, std)
	c, err := hallClock(cfg)
	if err != nil {
		return err
	}
	front, err := newFront(cfg, log, c)
	if err != nil {
		return err
	}
	listeners, err := listen(cfg.Get("listen"))
	if err != nil {
		return err
	}
	unplain, err := serveRedirect(cfg, log)
	if err != nil {
		closeAll(listeners)
		return err
	}
	defer unplain()
	h, err := Open(ctx, cfg, log, c)
	if err != nil {
		closeAll(listeners)
		return err
	}
	defer h.Close()
	if err := h.notes(ctx); err != nil {
		closeAll(listeners)
		return err
	}
	if h.demo != nil && cfg.Get("bank-url") == "" && cfg.Get("sandbox-bank-url") == "" {
		if h.sandbox, err = h.openSandbox(ctx); err != nil {
			closeAll(listeners)
			return err
		}
		defer h.closeSandbox(ctx)
	}
	if h.demo != nil {
		if err := h.demo.prepare(ctx); err != nil {
			closeAll(listeners)
			return err
		}
	}
	if h.tracer, err = newTracer(ctx, cfg, log); err != nil {
		closeAll(listeners)
		return err
	}
	server := &http.Server{Handler: front.visitors(h.router), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	background := make(chan error, 1)
	go func() { background <- h.Run(work) }()
	if h.demo == nil {
		go h.enrolLater(work)
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(front.over(l)) }()
	}
	if err := writeAddress(cfg); err != nil {
		log.Error("commands beside this hall will not know its address", "error", err)
	}
	fmt.Fprint(std.Out, h.welcome(ctx))
	var outcome error
	select {
	case <-ctx.Done():
	case outcome = <-failed:
	case outcome = <-background:
		background <- nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		_ = server.Close() // what still runs is cut; every acknowledged act is on the disk
	}
	stop()
	if err := <-background; outcome == nil && err != nil && !errors.Is(err, context.Canceled) {
		outcome = err
	}
	if err := h.tracer.close(end); err != nil {
		log.Warn("the last traces were not sent", "error", err)
	}
	return outcome
}

// notes tells the log, at the start, what somebody should look at.
func (h *Hall) notes(ctx context.Context) error {
	for _, says := range h.cfg.look {
		h.log.Warn(says)
	}
	if h.cfg.Demo {
		return nil // it has a date of its own
	}
	var at int64
	err := h.db.Read(ctx, func(tx *db.Tx) (err error) { at, err = journal.Written(tx); return err })
	if now := h.clock.Now(); clock.FromMicro(at).After(now.Add(time.Minute)) {
		h.log.Warn("the clock has stepped back, or was wrong before: the hall has written later than it is now. Acts take the clock's time, in a case never one before the last act's; deadlines of today are counted from the wrong day. Set the clock right",
			"written", clock.FromMicro(at).In(clock.Zone).Format(time.DateTime), "now", now.In(clock.Zone).Format(time.DateTime))
	}
	return err
}

// welcome says that the hall is open, in one write: who waits for its first
// line may read no more.
func (h *Hall) welcome(ctx context.Context) string {
	base, data := h.cfg.Get("base-url"), h.cfg.Get("data")
	if abs, err := filepath.Abs(data); err == nil {
		data = abs
	}
	says := "balai: ready " + base + "\n"
	if h.demo == nil {
		return says + "  data     " + data + "\n"
	}
	says += "  open     " + base + "\n" +
		"  sign in  " + base + "/demo: choose a person or an officer, nobody is real\n"
	if h.sandbox != nil {
		says += "  bank     " + h.sandbox.url + "/phone: scan and pay with money that is not real\n"
	}
	if done, total, err := h.demo.Progress(ctx); err == nil && done < total {
		says += fmt.Sprintf("  past     %d of %d past cases are lived through; the rest follow while you look around\n", done, total)
	}
	anew := "delete the folder to begin anew"
	if h.db.Engine() == "postgres" {
		anew = "to begin anew, delete the folder and empty the database " + keep.Named(h.cfg.Get("db"))
	}
	return says + "  data     " + data + " (stop with Ctrl-C; " + anew + ")\n"
}

// listen opens the address, and for an IPv4 loopback the same port on ::1,
// since browsers may resolve localhost to either.
func listen(addr string) ([]net.Listener, error) {
	first, err := listenOn(addr)
	if err != nil {
		return nil, err
	}
	tcp, ok := first.Addr().(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() || tcp.IP.To4() == nil {
		return []net.Listener{first}, nil
	}
	second, err := net.Listen("tcp", fmt.Sprintf("[::1]:%d", tcp.Port))
	if err != nil {
		return []net.Listener{first}, nil // a machine without IPv6, or the port is another's there
	}
	return []net.Listener{first, second}, nil
}

// listenOn opens the one address.
func listenOn(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	var op *net.OpError
	switch {
	case err == nil:
		return l, nil
	case errors.As(err, &op) && strings.Contains(op.Err.Error(), "address already in use"):
		return nil, fmt.Errorf("%s is already in use; stop the other program or choose another port with --listen", addr)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
}

func closeAll(ls []net.Listener) {
	for _, l := range ls {
		_ = l.Close()
	}
}

func logger(cfg Config, std Std) *slog.Logger {
	level := slog.LevelInfo
	if cfg.Demo {
		level = slog.LevelWarn
	}
	if text := cfg.Get("log-level"); text != "" {
		_ = level.UnmarshalText([]byte(text)) // complete has checked it
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Get("log-format") == "json" {
		return slog.New(slog.NewJSONHandler(std.Err, options))
	}
	return slog.New(slog.NewTextHandler(std.Err, options))
}

// hallClock is the machine's clock, moved by whole days in a demo that was
// told another date, so that a restart on the same day goes on in time.
func hallClock(cfg Config) (clock.Clock, error) {
	today := cfg.Get("today")
	if !cfg.Demo || today == "" {
		return clock.System(), nil
	}
	want, err := clock.ParseDay(today)
	if err != nil {
		return nil, misused("--today %q is not a date such as 2026-11-23", today)
	}
	real, err := clock.ParseDay(clock.Day(clock.System().Now()))
	if err != nil {
		return nil, err
	}
	return clock.Offset(clock.System(), want.Sub(real)), nil
}
