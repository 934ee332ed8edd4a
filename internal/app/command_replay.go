package app

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"balai/internal/domain/service/replay"
	"balai/internal/spine/clock"
	"balai/internal/spine/fault"
)

// changes is the exit status where the folder would change something.
const changes = 3

// replaying is what somebody asks of `balai service replay`.
type replaying struct {
	service, dir string
	since        int64
	keep         int // changed cases that are shown
	made         int
	seed         uint64
	lines        bool
	population   bool
	files        replayFiles
}

// replayService is `balai service replay SERVICE --against DIR`: 0 nothing
// changes, 3 something does, 1 it could not be told.
func replayService(ctx context.Context, args, environ []string, std Std) error {
	ask, more, err := readReplaying(args)
	if err != nil {
		return err
	}
	h, err := openData(ctx, more, environ, std)
	if err != nil {
		return err
	}
	defer h.Close()
	pair, err := h.against(ctx, ask, std)
	if err != nil {
		return err
	}
	if ask.population {
		return h.replayPopulation(ctx, pair, std)
	}
	return h.replayCases(ctx, ask, pair, std)
}

// mostMade bounds the made cases of one run.
const mostMade = 10_000_000

func readReplaying(args []string) (ask replaying, more []string, err error) {
	flags := map[string]string{}
	for _, name := range []string{"against", "since", "limit", "made", "seed", "csv", "json", "html"} {
		flags[name], args = takeFlag(args, name)
	}
	ask.lines, args = takeSwitch(args, "table")
	ask.population, args = takeSwitch(args, "population")
	ask.files = replayFiles{flags["csv"], flags["json"], flags["html"]}
	first, more, err := leading(args, 1, "SERVICE")
	if err != nil {
		return ask, nil, err
	}
	ask.service, ask.dir = first[0], flags["against"]
	if err := needed("against", ask.dir); err != nil {
		return ask, nil, err
	}
	if ask.population && (ask.lines || ask.files != replayFiles{} || flags["since"] != "" || flags["made"] != "") {
		return ask, nil, misused("--population looks at people and not at cases: leave out --since, --made, --table and files")
	}
	if day := flags["since"]; day != "" {
		at, err := clock.ParseDay(day)
		if err != nil {
			return ask, nil, aDay("since", day)
		}
		ask.since = clock.Micro(at)
	}
	if ask.keep, err = count("limit", flags["limit"], 10, 100_000); err != nil {
		return ask, nil, err
	}
	if ask.made, err = count("made", flags["made"], 0, mostMade); err != nil {
		return ask, nil, err
	}
	seed, err := count("seed", flags["seed"], 1, 1<<31-1)
	ask.seed = uint64(seed)
	return ask, more, err
}

// count reads a whole number from 0 to most.
func count(flag, text string, fallback, most int) (int, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, misused("--%s %q is not a whole number from 0 to %d", flag, text, most)
	}
	return n, nil
}

// takeSwitch removes --name from args.
func takeSwitch(args []string, name string) (on bool, rest []string) {
	for _, a := range args {
		if a == "--"+name || a == "-"+name {
			on = true
		} else {
			rest = append(rest, a)
		}
	}
	return on, rest
}

// against reads the changed definition beside that in force.
func (h *Hall) against(ctx context.Context, ask replaying, std Std) (p replay.Pair, err error) {
	if _, err := h.service.Current(ask.service); fault.CodeOf(err) == fault.Missing {
		return p, fmt.Errorf("this hall has no service %s", ask.service)
	}
	base := h.definitions()
	if f, err := base.Open(ask.service + "/service.yaml"); err == nil {
		_ = f.Close()
	} else if base, err = h.service.Files(ctx, ask.service); err != nil { // released by hand
		return p, err
	}
	folder, err := replay.OpenFolder(ask.dir, ask.service, base)
	if err != nil {
		return p, err
	}
	if n := len(folder.Problems); n > 0 {
		for _, problem := range folder.Problems {
			fmt.Fprintln(std.Out, problem)
		}
		return p, fmt.Errorf("lint found something wrong (%d), so nothing was replayed", n)
	}
	return h.service.Pair(folder.Def)
}

// replayCases works the past cases out, and those that are made up.
func (h *Hall) replayCases(ctx context.Context, ask replaying, pair replay.Pair, std Std) error {
	sources := []replay.Source{h.service.Past(ask.service, ask.since)}
	if ask.made > 0 {
		people, err := h.somePeople(ctx, pair.Old)
		if err != nil {
			return err
		}
		maker, err := replay.NewMaker(pair.Old, ask.seed, clock.Day(h.clock.Now()), people)
		if err != nil {
			return err
		}
		sources = append(sources, maker.Source(ask.made))
	}
	files, err := ask.files.create()
	if err != nil {
		return err
	}
	defer files.drop()
	report := replay.NewReport(pair, ask.keep)
	shown := newProgress(std, h.clock)
	err = replay.Run(ctx, pair, sources, func(c replay.Change) error {
		report.Add(c)
		shown.step("cases")
		return files.add(c)
	})
	shown.end()
	if err != nil {
		return err
	}
	report.Print(std.Out, pair, ask.lines)
	if err := files.end(report, func(w io.Writer) error { return report.Page(ctx, w, pair, h.texts) }); err != nil {
		return err
	}
	if err := h.service.Replayed(ctx, pair.New.Agency, map[string]any{"service": ask.service, "digest": pair.New.Digest,
		"cases": report.Replayed.Past, "changed": report.Changed.Past}); err != nil {
		return err
	}
	if n := report.Gone[replay.Failed]; n > 0 {
		return fmt.Errorf("an expression failed in %d of the cases, so not all is told", n)
	}
	if report.Changed.All() > 0 {
		return exit(changes)
	}
	return nil
}
