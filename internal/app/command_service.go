package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"balai/catalogue"
	"balai/internal/domain/service/definition"
	"balai/internal/spine/actor"
	"balai/internal/spine/clock"
)

// runService is the team's command.
func runService(ctx context.Context, args, environ []string, std Std) error {
	if len(args) == 0 {
		return misused("what to do with a service is missing")
	}
	rest := args[1:]
	switch args[0] {
	case "lint", "test":
		if err := words(rest, 0, 2, ""); err != nil {
			return err
		}
	case "diff":
		if err := words(rest, 3, 3, "OLD, NEW or SERVICE"); err != nil {
			return err
		}
	}
	switch args[0] {
	case "lint":
		return code(definition.LintCLI(folder(rest), argument(rest, 1), std.Out))
	case "test":
		return code(definition.TestCLI(folder(rest), argument(rest, 1), clock.Day(clock.System().Now()), std.Out))
	case "diff":
		return code(definition.DiffCLI(os.DirFS(rest[0]), os.DirFS(rest[1]), rest[2], std.Out))
	case "preview":
		return previewService(ctx, rest, environ, std)
	case "replay":
		return replayService(ctx, rest, environ, std)
	case "release":
		return releaseService(ctx, rest, environ, std)
	case "rollback":
		return rollbackService(ctx, rest, environ, std)
	}
	return misused("there is no command %q here", args[0])
}

// folder is the first argument as a catalogue, or the binary's own.
func folder(args []string) fs.FS {
	if dir := argument(args, 0); dir != "" {
		return os.DirFS(dir)
	}
	return catalogue.FS
}

// argument is the i-th one, "" where there is none.
func argument(args []string, i int) string {
	if len(args) > i && !strings.HasPrefix(args[i], "-") {
		return args[i]
	}
	return ""
}

// leading parts a command's first n words from the flags behind them.
func leading(args []string, n int, what string) (first, more []string, err error) {
	if len(args) < n {
		return nil, nil, words(args, n, n, what)
	}
	return args[:n], args[n:], words(args[:n], n, n, what)
}

// code is a status as an error; 0 is none.
func code(status int) error {
	if status == 0 {
		return nil
	}
	return exit(status)
}

// previewService opens the demo with a folder's definitions, in a data folder
// that is thrown away.
func previewService(ctx context.Context, args, environ []string, std Std) error {
	var from fs.FS = catalogue.FS
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		from, args = os.DirFS(args[0]), args[1:]
	}
	data, err := os.MkdirTemp("", "balai-preview-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	cfg, err := parseConfig("demo", append(args, "--data", data), environ)
	if err != nil {
		return err
	}
	if status := definition.LintCLI(from, "", std.Err); status != 0 {
		return exit(status)
	}
	cfg.catalogue = from
	return serve(ctx, cfg, std)
}

func releaseService(ctx context.Context, args, environ []string, std Std) error {
	notes, rest := takeFlag(args, "notes")
	answers, rest := takeFlag(rest, "answers")
	rest, more, err := leading(rest, 2, "DIR or SERVICE")
	if err != nil {
		return err
	}
	if err := needed("notes", notes, "answers", answers); err != nil { // what changed, and which feedback it answers
		return err
	}
	cfg, _, err := hallConfig(more, environ)
	if err != nil {
		return err
	}
	if definition.TestCLI(os.DirFS(rest[0]), rest[1], clock.Day(clock.System().Now()), std.Err) != 0 {
		return errors.New("not released: it does not lint, or its sample cases do not pass")
	}
	h, err := openOffline(ctx, cfg, std)
	if err != nil {
		return err
	}
	defer h.Close()
	r, err := h.service.Publish(ctx, os.DirFS(rest[0]), rest[1], notes, answers, actor.System(strings.SplitN(rest[1], "/", 2)[0]))
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s: release %d is in force; running cases finish on theirs\n", r.Service, r.Number)
	return nil
}

func rollbackService(ctx context.Context, args, environ []string, std Std) error {
	notes, rest := takeFlag(args, "notes")
	rest, more, err := leading(rest, 2, "SERVICE or NUMBER")
	if err != nil {
		return err
	}
	if err := needed("notes", notes); err != nil {
		return err
	}
	number, err := strconv.ParseInt(rest[1], 10, 64)
	if err != nil {
		return misused("%q is not a release's number", rest[1])
	}
	h, err := openData(ctx, more, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	r, err := h.service.Rollback(ctx, rest[0], number, notes, actor.System(strings.SplitN(rest[0], "/", 2)[0]))
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "%s: release %d is in force, with the files of release %d\n", r.Service, r.Number, number)
	return nil
}
