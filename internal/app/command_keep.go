package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"balai/internal/spine/archive"
	"balai/internal/spine/blob"
	"balai/internal/spine/clock"
	"balai/internal/spine/db"
	"balai/internal/spine/keep"
)

// keptHall is the hall of a command's settings, for those that copy it whole.
func keptHall(cfg Config) keep.Hall {
	h := keep.Hall{Data: cfg.Get("data"), Keys: cfg.Get("keys"), DSN: cfg.Get("db"), Sets: migrations(), Balai: Version, Clock: clock.System(),
		Blobs: func(ctx context.Context, d *db.DB) (blob.Store, error) { return openBlobs(ctx, cfg, d) },
		Fits:  func(ctx context.Context, d *db.DB) error { return keysFit(ctx, cfg, d) }}
	if cfg.Get("keys") == "" && strings.Contains(h.DSN, "://") {
		h.Shared = sharedKey
	}
	return h
}

// loose parts the words of a command from its settings, each of which has a
// value.
func loose(args []string) (words, settings []string) {
	for i := 0; i < len(args); i++ {
		switch {
		case !strings.HasPrefix(args[i], "-"):
			words = append(words, args[i])
		case strings.Contains(args[i], "=") || i+1 == len(args):
			settings = append(settings, args[i])
		default:
			settings = append(settings, args[i], args[i+1])
			i++
		}
	}
	return words, settings
}

// runBackup is `balai backup FILE [--age RECIPIENT]...`.
func runBackup(ctx context.Context, args, environ []string, std Std) error {
	var recipients []string
	for {
		one, rest := takeFlag(args, "age")
		if one == "" {
			break
		}
		recipients = append(recipients, one)
		args = rest
	}
	names, settings := loose(args)
	if err := settingsOnly(settings, environ); err != nil {
		return err
	}
	if err := words(names, 1, 1, "the backup's file"); err != nil {
		return err
	}
	cfg, err := dataConfig(settings, environ)
	if err != nil {
		return err
	}
	say := newGauge(std, clock.System())
	k, err := keep.Backup(ctx, keptHall(cfg), names[0], recipients, say.show)
	say.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "backup: %s, %s, %d rows, %d files, journal of %d entries, read again and sound\n",
		k.Path, size(k.Size), k.Rows, k.Blobs, k.HeadSize)
	fmt.Fprintf(std.Out, "sha256: %s; note it elsewhere, and `balai restore --sha256` takes no other file\n", k.SHA256)
	if !k.Encrypted {
		fmt.Fprintln(std.Out, "It is not encrypted, and holds the hall's keys and what people have told the state: keep it as safe as the hall itself, or use --age RECIPIENT.")
	}
	for _, sha := range k.Missing {
		fmt.Fprintf(std.Err, "look: the hall itself no longer has the file %s, so the backup has it neither; `balai doctor --deep` lists such files\n", sha)
	}
	for _, table := range k.Foreign {
		fmt.Fprintf(std.Err, "look: the table %s is not Balai's and is not in the backup\n", table)
	}
	return nil
}

// runRestore is `balai restore FILE`.
func runRestore(ctx context.Context, args, environ []string, std Std) error {
	var r keep.Restoring
	r.Replace, args = takeSwitch(args, "replace")
	r.Accept, args = takeSwitch(args, "accept-loss")
	r.Identity, args = takeFlag(args, "identity")
	r.Head, args = takeFlag(args, "head")
	r.SHA256, args = takeFlag(args, "sha256")
	r.By, args = takeFlag(args, "by")
	r.Why, args = takeFlag(args, "why")
	names, settings := loose(args)
	if err := settingsOnly(settings, environ); err != nil {
		return err
	}
	if err := words(names, 1, 1, "the backup's file"); err != nil {
		return err
	}
	cfg, _, err := hallConfig(settings, environ)
	if err != nil {
		return err
	}
	say := newGauge(std, clock.System())
	r.File, r.Progress = names[0], say.show
	out, err := keep.Restore(ctx, keptHall(cfg), r)
	say.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "restored: %d rows, %d files, journal of %d entries with root %s, every table compared\n", out.Rows, out.Blobs, out.Head.Size, out.Head.Root)
	if out.Lost > 0 {
		fmt.Fprintf(std.Out, "lost: %d published entries, accepted by %s (%s) and written into the journal\n", out.Lost, out.By.Person, out.By.Post)
	}
	if out.Aside != "" {
		fmt.Fprintf(std.Out, "what was in the folder is kept in %s\n", out.Aside)
	}
	if out.Unknown {
		fmt.Fprintln(std.Out, "No published head was there to compare with. Where somebody has kept one, restore with --head FILE to be sure that nothing newer was published.")
	}
	for _, sha := range out.Missing {
		fmt.Fprintf(std.Err, "look: the backup has not the file %s, which the database names; the hall had lost it before\n", sha)
	}
	verb := "serve"
	if out.Demo {
		verb = "demo"
	}
	fmt.Fprintf(std.Out, "open it with: balai %s --data %s\n", verb, cfg.Get("data"))
	return nil
}

// runMove is `balai move --to DSN`, and `balai move --cancel`.
func runMove(ctx context.Context, args, environ []string, std Std) error {
	cancel, args := takeSwitch(args, "cancel")
	to, settings := takeFlag(args, "to")
	if err := settingsOnly(settings, environ); err != nil {
		return err
	}
	if !cancel {
		if err := needed("to", to); err != nil {
			return err
		}
	}
	cfg, err := dataConfig(settings, environ)
	if err != nil {
		return err
	}
	if cancel {
		if err := keep.Stay(ctx, keptHall(cfg)); err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "the hall stays in %s, and can be opened again\n", keep.Named(cfg.Get("db")))
		return nil
	}
	say := newGauge(std, clock.System())
	m, err := keep.Move(ctx, keptHall(cfg), to, say.show)
	say.end()
	if err != nil {
		return err
	}
	if m.Aside != "" {
		fmt.Fprintf(std.Out, "the older %s, which the hall had left, is kept as %s\n", m.To, m.Aside)
	}
	if m.Tables == 0 {
		fmt.Fprintf(std.Out, "moved to %s: an earlier run had copied and compared everything\n", m.To)
	} else {
		if m.Resumed > 0 {
			fmt.Fprintf(std.Out, "went on after %d rows that an earlier run had copied\n", m.Resumed)
		}
		fmt.Fprintf(std.Out, "moved to %s: %d rows in %d tables, each compared; %d files; journal of %d entries with root %s on both sides\n",
			m.To, m.Rows, m.Tables, m.Blobs, m.Head.Size, m.Head.Root)
	}
	fmt.Fprintf(std.Out, "The data folder %s knows: open the hall as before.\n", cfg.Get("data"))
	if cfg.given["db"] {
		fmt.Fprintln(std.Out, "Where --db or BALAI_DB names the old database, take that setting away; the old one says where the hall is and opens no more.")
	}
	return nil
}

// size is a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d KB", (n+1023)/1024)
}

// gauge tells how far a copy is, and how long it will take: on a terminal in
// one line that moves, elsewhere in a line every few seconds.
type gauge struct {
	*progress
	began     time.Time
	from, all int64 // how far it was when this work began, and what it comes to
	said      string
}

// linesEvery is how often a file or a pipe is told.
const linesEvery = 5 * time.Second

func newGauge(std Std, c clock.Clock) *gauge {
	return &gauge{progress: newProgress(std, c), all: -1}
}

// end clears the line and tells how long it took.
func (g *gauge) end() {
	if g.out != nil {
		fmt.Fprint(g.out, "\r\033[K")
	}
	fmt.Fprintf(g.err, "this took %.1f s\n", g.clock.Now().Sub(g.progress.began).Seconds())
}

var _ archive.Progress = (&gauge{}).show

func (g *gauge) show(what string, done, all int64) {
	now := g.clock.Now()
	fresh := all != g.all || done < g.from
	if fresh {
		g.all, g.from, g.began = all, done, now
	}
	line := fmt.Sprintf("%s: %d of %d", what, done, all)
	if took := now.Sub(g.began); done > g.from && took > 2*time.Second {
		left := time.Duration(float64(took) / float64(done-g.from) * float64(all-done))
		line += fmt.Sprintf(", about %s left", left.Round(time.Second))
	}
	every := progressEvery
	if g.out == nil {
		every = linesEvery
	}
	// What begins is told at once, so that a log names each part of the work.
	if line == g.said || now.Sub(g.last) < every && !(fresh && g.out == nil) {
		return
	}
	g.said, g.last = line, now
	if g.out == nil {
		fmt.Fprintln(g.err, line)
		return
	}
	fmt.Fprintf(g.out, "\r\033[K%s", line)
}
