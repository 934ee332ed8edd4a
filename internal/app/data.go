package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"balai/internal/spine/clock"
	"balai/internal/spine/keep"
)

// The data folders of demo and serve where none is named.
const (
	demoData  = ".balai/demo"
	serveData = ".balai/serve"
)

// addressFile keeps, in the data folder, the address under which the hall was
// opened last, for commands beside it.
const addressFile = "address"

// isHall tells whether a folder is a hall's data.
func isHall(dir string) bool {
	for _, name := range []string{filepath.Join("key", keyJournal), addressFile} { // the keys may lie elsewhere
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// hallHere is the one hall below this folder, "" where there is none. Of two,
// the person chooses: what a command does stays in the hall's record.
func hallHere() (string, error) {
	demo, serve := isHall(demoData), isHall(serveData)
	switch {
	case demo && serve:
		return "", misused("there is a hall in %s and one in %s: name which with --data", demoData, serveData)
	case demo:
		return demoData, nil
	case serve:
		return serveData, nil
	}
	return "", nil
}

// hallConfig reads the settings of a command over a hall's data: the folder
// that --data names, else the one hall below this folder, under the address at
// which it was opened last. found is false where there is no hall.
func hallConfig(args, environ []string) (cfg Config, found bool, err error) {
	cfg, err = parseConfig("serve", args, environ)
	if err != nil {
		return cfg, false, err
	}
	dir := cfg.Get("data")
	if !cfg.given["data"] {
		here, err := hallHere()
		if err != nil {
			return cfg, false, err
		}
		if here != "" {
			dir = here
		}
	}
	more := []string{"--data", dir}
	if !cfg.given["base-url"] && !cfg.given["listen"] {
		// One that the hall had before it had a certificate is not meant now.
		if base := addressOf(dir); base != "" && !(cfg.ownTLS() && strings.HasPrefix(base, "http:")) {
			more = append(more, "--base-url", base)
		}
	}
	given := cfg.given
	cfg, err = parseConfig("serve", append(more, args...), environ)
	_, demo := demoOf(dir)
	cfg.given, cfg.specimen = given, demo != ""
	return cfg, isHall(dir), err
}

// settingsOnly insists that there is nothing but settings: a flag that is not
// known is told before one that is missing.
func settingsOnly(args, environ []string) error {
	_, err := parseConfig("serve", args, environ)
	return err
}

// dataConfig is hallConfig where a hall is there: a command does not found one.
func dataConfig(args, environ []string) (Config, error) {
	cfg, found, err := hallConfig(args, environ)
	switch {
	case err != nil || found:
		return cfg, err
	case cfg.given["data"]:
		return cfg, misused("there is no hall in %s: name with --data the folder in which `balai demo` or `balai serve` keeps its data", cfg.Get("data"))
	}
	return cfg, misused("there is no hall in %s or %s below this folder: name its data folder with --data DIR", demoData, serveData)
}

// openData opens the hall that dataConfig finds.
func openData(ctx context.Context, args, environ []string, std Std) (*Hall, error) {
	cfg, err := dataConfig(args, environ)
	if err != nil {
		return nil, err
	}
	// An empty database beside the hall's keys would look like an old backup of it.
	if local := filepath.Join(cfg.Get("data"), "balai.db"); cfg.Get("db") == local {
		if _, err := os.Stat(local); errors.Is(err, fs.ErrNotExist) {
			return nil, misused("the hall in %s has its database elsewhere: name it with --db, as it was for `balai demo` or `balai serve`", cfg.Get("data"))
		}
	}
	return openOffline(ctx, cfg, std)
}

// addressOf is the address at which the hall of a folder was opened last, ""
// where nobody wrote it.
func addressOf(dir string) string {
	if text, err := os.ReadFile(filepath.Join(dir, addressFile)); err == nil {
		return strings.TrimSpace(string(text))
	}
	_, base := demoOf(dir)
	return base
}

// writeAddress keeps the address under which the hall is open.
func writeAddress(cfg Config) error {
	path := filepath.Join(cfg.Get("data"), addressFile)
	if err := keep.WriteFile(path, []byte(cfg.Get("base-url")+"\n")); err != nil {
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
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

// aDay insists that a flag is a day.
func aDay(flag, text string) error {
	if _, err := clock.ParseDay(text); err != nil {
		return misused("--%s %q is not a date such as 2026-11-23", flag, text)
	}
	return nil
}
