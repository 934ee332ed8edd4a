package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"balai/internal/domain/letter"
	"balai/internal/spine/clock"
	"balai/internal/spine/keep"
)

// runLetters is `balai letters batch --date DAY`: 0 the day's files are there,
// 1 they are not, 2 the command was not understood.
func runLetters(ctx context.Context, args, environ []string, std Std) error {
	args, err := only(args, "batch")
	if err != nil {
		return err
	}
	day, rest := takeFlag(args, "date")
	out, rest := takeFlag(rest, "out")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := needed("date", day); err != nil {
		return err
	}
	if err := aDay("date", day); err != nil {
		return err
	}
	cfg, err := dataConfig(rest, environ)
	if err != nil {
		return err
	}
	data := cfg.Get("data")
	today, _ := demoOf(data)
	if now := max(today, clock.Day(clock.System().Now())); day > now {
		return misused("the day %s has not come yet: its letters are not all there", day)
	}
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
	fmt.Fprintf(std.Out, "letters %s: letters %d, pages %d, in %s\n", b.Day, b.Letters, b.Pages, out)
	return nil
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
	if err := keep.WriteFile(path, f.Data); err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return nil
}
