package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"balai/internal/domain/bank"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
	"balai/internal/spine/hold"
	"balai/internal/spine/hook"
	"balai/internal/spine/id"
)

// bankData is the sandbox bank's folder where none is named.
const bankData = "balai-sandbox-bank"

// runBank is `balai sandbox-bank`: the bank that a demo opens beside itself, as a
// process of its own, so that several halls can have one, or one that outlives
// them.
func runBank(ctx context.Context, args, _ []string, std Std) error {
	data, rest := takeFlag(args, "data")
	listen, rest := takeFlag(rest, "listen")
	seedText, rest := takeFlag(rest, "seed")
	today, rest := takeFlag(rest, "today")
	if err := words(rest, 0, 0, ""); err != nil {
		return err
	}
	if data == "" {
		data = bankData
	}
	if listen == "" {
		listen = "127.0.0.1:8082"
	}
	if host, _, err := net.SplitHostPort(listen); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return misused("the bank plays with money that is not real, on this machine only: --listen 127.0.0.1:PORT")
	}
	seed := int64(1)
	if seedText != "" {
		n, err := strconv.ParseInt(seedText, 10, 64)
		if err != nil {
			return misused("--seed %q is not a whole number", seedText)
		}
		seed = n
	}
	c, err := hallClock(Config{Demo: true, values: map[string]string{"today": today}})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("the bank's folder cannot be made: %w", err)
	}
	file := filepath.Join(data, "secret")
	_, noBank := os.Stat(filepath.Join(data, "bank.db"))
	secret, err := bankSecret(file, c)
	if err != nil {
		return err
	}
	l, err := listenOn(listen)
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String()
	b, err := openBank(ctx, bank.Options{Path: filepath.Join(data, "bank.db"), Who: "balai sandbox-bank", Clock: c, Seed: seed, Admin: secret, BaseURL: address,
		Log: slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	if errors.Is(noBank, fs.ErrNotExist) {
		fmt.Fprintf(std.Out, "balai: a new bank, with its people's accounts and no merchant yet, was founded in %s\n", data)
	}
	fmt.Fprintf(std.Out, "balai: ready %s\n  phone    %s/phone\n  faults   %s/faults\n  a hall   BALAI_BANK_SECRET_FILE=%s balai demo --bank-url %s\n", address, address, address, file, address)
	work, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- b.Run(work) }()
	err = serveUntil(ctx, l, b.Handler())
	stop()
	if ran := <-done; !errors.Is(ran, context.Canceled) {
		err = errors.Join(err, ran)
	}
	return errors.Join(err, b.Close())
}

// openBank opens a bank, and says what to do where another program has it.
func openBank(ctx context.Context, o bank.Options) (*bank.Bank, error) {
	b, err := bank.Open(ctx, o)
	var taken *hold.Taken
	if !errors.As(err, &taken) {
		return b, err
	}
	folder := filepath.Dir(o.Path)
	if len(taken.By) == 0 {
		return nil, fault.New(fault.Conflict, "app.bank.taken", "folder", folder)
	}
	return nil, fault.New(fault.Conflict, "app.bank.taken.by", "folder", folder, "by", strings.Join(taken.By, ", "))
}

// bankSecret is with which halls make their agencies known there: made once, and
// kept in a file that they are pointed to.
func bankSecret(file string, c clock.Clock) (string, error) {
	text, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	secret := hook.NewSecret(id.NewSource(c, nil).Bytes(hook.SecretSize))
	return secret, os.WriteFile(file, []byte(secret+"\n"), 0o600)
}
