package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"balai/internal/domain/certificate/seal"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/journal"
	"balai/internal/spine/keep"
)

// only insists that a verb's one command is named.
func only(args []string, name string) ([]string, error) {
	switch {
	case len(args) == 0:
		return nil, misused("%s is missing", name)
	case args[0] != name:
		return nil, misused("there is no command %q here", args[0])
	}
	return args[1:], nil
}

// scratch opens a hall in a temporary folder, for commands that only look at
// how it is built.
func scratch(ctx context.Context, demo bool) (h *Hall, done func(), err error) {
	dir, err := os.MkdirTemp("", "balai-")
	if err != nil {
		return nil, nil, err
	}
	drop := func() { _ = os.RemoveAll(dir) } // a temporary folder; nothing of worth is in it
	name := "serve"
	if demo {
		name = "demo"
	}
	cfg, err := parseConfig(name, []string{"--data", dir, "--db", filepath.Join(dir, "balai.db") + "?durable=off"}, nil)
	if err == nil {
		h, err = Open(ctx, cfg, slog.New(slog.DiscardHandler), clock.System())
	}
	if err != nil {
		drop()
		return nil, nil, err
	}
	return h, func() { _ = h.Close(); drop() }, nil
}

// openOffline opens a hall's parts over its data without serving.
func openOffline(ctx context.Context, cfg Config, std Std) (*Hall, error) {
	cfg.who = "a command of balai"
	return Open(ctx, cfg, logger(cfg, std), clock.System())
}

// runAdmin is `balai admin invite --name NAME [--post POST]`. It founds the
// hall where there is none, so that its first officer is there when it opens.
func runAdmin(ctx context.Context, args, environ []string, std Std) error {
	args, err := only(args, "invite")
	if err != nil {
		return err
	}
	name, rest := takeFlag(args, "name")
	post, rest := takeFlag(rest, "post")
	if err := settingsOnly(rest, environ); err != nil {
		return err
	}
	if err := needed("name", name); err != nil {
		return err
	}
	cfg, _, err := hallConfig(rest, environ)
	if err != nil {
		return err
	}
	if post == "" {
		post = "balai/administrator"
	}
	h, err := openOffline(ctx, cfg, std)
	if err != nil {
		return err
	}
	defer h.Close()
	link, err := h.identity.Invite(ctx, name, post)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s\n", link)
	fmt.Fprintf(std.Err, "The link works once. Give it only to the person it names.\nIt is for the hall in %s.\n", cfg.Get("data"))
	return nil
}

// takeFlag removes --name VALUE or --name=VALUE from args.
func takeFlag(args []string, name string) (value string, rest []string) {
	for i := 0; i < len(args); i++ {
		trimmed := strings.TrimPrefix(strings.TrimPrefix(args[i], "-"), "-")
		switch {
		case trimmed == args[i]:
			rest = append(rest, args[i])
		case trimmed == name && i+1 < len(args):
			value = args[i+1]
			i++
		case strings.HasPrefix(trimmed, name+"="):
			value = strings.TrimPrefix(trimmed, name+"=")
		default:
			rest = append(rest, args[i])
		}
	}
	return value, rest
}

// runCert is `balai cert verify FILE [--key F]`: 0 sound, 1 not sound, 2
// cannot tell.
func runCert(_ context.Context, args, _ []string, std Std) error {
	args, err := only(args, "verify")
	if err != nil {
		return err
	}
	keyFile, rest := takeFlag(args, "key")
	if err := words(rest, 1, 1, "the certificate's file"); err != nil {
		return err
	}
	file, err := os.ReadFile(rest[0])
	if err != nil {
		fmt.Fprintf(std.Err, "cannot tell: %v\n", err)
		return exit(2)
	}
	keys, err := readKeys(keyFile)
	if err != nil {
		fmt.Fprintf(std.Err, "cannot tell: %v\n", err)
		return exit(2)
	}
	found := seal.Verify(file, keys)
	l := englishTexts()
	fmt.Fprintln(std.Out, l("certificate.file."+string(found.Why)))
	if found.Verdict != seal.Sound {
		return exit(found.Verdict)
	}
	var v any
	if json.Unmarshal(found.Payload, &v) == nil {
		enc := json.NewEncoder(std.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	return nil
}

// readKeys reads the trusted keys; without a file, those of a demo or a hall
// in the folder below.
func readKeys(path string) (seal.Keys, error) {
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return seal.ParseKeys(text)
	}
	for _, p := range []string{demoData + "/demo.json", serveData + "/key/certificate.pem"} {
		text, err := os.ReadFile(p)
		if err == nil {
			return seal.ParseKeys(text)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return nil, nil
}

// runJournal is `balai journal verify [--url URL | --data DIR]`.
func runJournal(ctx context.Context, args, environ []string, std Std) error {
	args, err := only(args, "verify")
	if err != nil {
		return err
	}
	fs := flag.NewFlagSet("balai journal verify", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	url := fs.String("url", "", "base URL of a hall; checks what it serves, as an outsider")
	vkey := fs.String("key", "", "the journal's public key (C2SP vkey); default: that of the data folder")
	data := fs.String("data", "", "data folder; default .balai/demo, then .balai/serve")
	dsn := fs.String("db", "", "database; default balai.db in the data folder")
	if err := fs.Parse(args); err != nil {
		return misuse{reason: err.Error(), line: true}
	}
	if err := words(fs.Args(), 0, 0, ""); err != nil {
		return err
	}
	dir := *data
	for _, d := range []string{demoData, serveData} {
		if dir == "" && isHall(d) {
			dir = d
		}
	}
	if *vkey == "" {
		if dir == "" {
			return misused("there is no hall in %s or %s below this folder, so name the journal's key with --key, or a folder with --data", demoData, serveData)
		}
		path := filepath.Join(dir, "key", "journal")
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("no journal's key in %s: %w", dir, err)
		}
		_, key, err := journal.LoadKey(path, "")
		if err != nil {
			return err
		}
		*vkey = key
	}
	var head journal.Head
	audit := journal.Audit{VKey: *vkey}
	if *url != "" {
		h, err := audit.URL(ctx, *url)
		if err != nil {
			return err
		}
		head = h
	} else {
		if dir == "" {
			return misused("there is no hall in %s or %s below this folder, so name its folder with --data, or its address with --url", demoData, serveData)
		}
		if *dsn == "" {
			*dsn = keep.DatabaseOf(dir)
			if _, err := os.Stat(*dsn); err != nil && !strings.Contains(*dsn, "://") {
				return fmt.Errorf("no database in %s: %w", dir, err)
			}
		}
		d, err := db.Open(ctx, *dsn, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		defer d.Close()
		if head, err = audit.DB(ctx, d); err != nil {
			return err
		}
	}
	fmt.Fprintf(std.Out, "sound: %d entries, root %s\n", head.Size, head.Root)
	return nil
}

func englishTexts() func(key string, kv ...any) string {
	texts, err := loadTexts()
	if err != nil {
		return func(key string, _ ...any) string { return key }
	}
	return texts.For("en").T
}
