package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"balai/internal/spine/clock"
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
	listeners, err := listen(cfg.Get("listen"))
	if err != nil {
		return err
	}
	h, err := Open(ctx, cfg, log, c)
	if err != nil {
		closeAll(listeners)
		return err
	}
	defer h.Close()
	if h.demo != nil {
		if err := h.demo.prepare(ctx); err != nil {
			closeAll(listeners)
			return err
		}
	}
	server := &http.Server{Handler: h.router, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	background := make(chan error, 1)
	go func() { background <- h.Run(work) }()
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }()
	}
	fmt.Fprintf(std.Out, "balai: ready %s\n", cfg.Get("base-url"))
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
	return outcome
}

// listen opens the address, and for an IPv4 loopback the same port on ::1,
// since browsers may resolve localhost to either.
func listen(addr string) ([]net.Listener, error) {
	first, err := net.Listen("tcp", addr)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && strings.Contains(op.Err.Error(), "address already in use") {
			return nil, fmt.Errorf("%s is already in use; stop the other program or choose another port with --listen", addr)
		}
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
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

func closeAll(ls []net.Listener) {
	for _, l := range ls {
		_ = l.Close()
	}
}

func logger(cfg Config, std Std) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Get("log-level"))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{Level: level}))
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
		return nil, fmt.Errorf("--today %q is not a date such as 2026-11-23", today)
	}
	real, err := clock.ParseDay(clock.Day(clock.System().Now()))
	if err != nil {
		return nil, err
	}
	return clock.Offset(clock.System(), want.Sub(real)), nil
}
