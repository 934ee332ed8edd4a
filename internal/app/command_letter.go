package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"balai/internal/domain/letter"
	"balai/internal/spine/clock"
)

// runLetters is `balai letters batch --date DAY`: 0 the day's files are there,
// 1 they are not, 2 the command was not understood.
func runLetters(ctx context.Context, args, environ []string, std Std) error {
	const help = "balai letters batch --date 2026-11-23 [--data DIR] [--db DSN] [--out DIR] [--base-url URL]"
	if len(args) == 0 || args[0] != "batch" {
		return errUsage(std.Err, help)
	}
	day, rest := takeFlag(args[1:], "date")
	out, rest := takeFlag(rest, "out")
	data, rest := takeFlag(rest, "data")
	if _, err := clock.ParseDay(day); err != nil {
		return errUsage(std.Err, help)
	}
	for _, d := range []string{".balai/demo", ".balai/serve"} {
		if _, err := os.Stat(filepath.Join(d, "key", "journal")); data == "" && err == nil {
			data = d
		}
	}
	if data == "" {
		return errUsage(std.Err, "no data folder here, so name one with --data\n"+help)
	}
	if _, err := os.Stat(filepath.Join(data, "key", "journal")); err != nil {
		return fmt.Errorf("no hall in %s: %w", data, err)
	}
	rest = append([]string{"--data", data}, rest...)
	today, base := demoOf(data)
	if base != "" {
		rest = append([]string{"--base-url", base}, rest...)
	}
	if now := max(today, clock.Day(clock.System().Now())); day > now {
		return errUsage(std.Err, "the day "+day+" has not come yet: its letters are not all there\n"+help)
	}
	cfg, err := parseConfig("serve", rest, environ, std.Err)
	if err != nil {
		return err
	}
	cfg.specimen = base != ""
	h, err := openOffline(ctx, cfg, std)
	if err != nil {
		return err
	}
	defer h.Close()
	b, files, err := h.letter.Run(ctx, day)
	if err != nil {
		return err
	}
	if out == "" {
		out = filepath.Join(data, "post", day)
	}
	for _, f := range files {
		if err := writeWhole(filepath.Join(out, filepath.FromSlash(f.Name)), f); err != nil {
			return err
		}
	}
	fmt.Fprintf(std.Out, "letters %s: %d letters, %d pages, in %s\n", b.Day, b.Letters, b.Pages, out)
	return nil
}

// demoOf reads which day and address a demo country in the folder has; "" where
// it is none.
func demoOf(data string) (today, base string) {
	text, err := os.ReadFile(filepath.Join(data, "demo.json"))
	if err != nil {
		return "", ""
	}
	var f demoFile
	if json.Unmarshal(text, &f) != nil {
		return "", ""
	}
	return f.Today, f.BaseURL
}

// writeWhole replaces a file in one step, so that nobody prints half of it; one
// that is there already stays as it is.
func writeWhole(path string, f letter.File) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.Data) {
		return nil
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", f.Data, 0o600); err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return os.Rename(path+".new", path)
}
