// Package app joins the parts into one hall and gives it its commands. It is
// the only place that knows every part: part.go lists them, hall.go builds
// them, wire.go introduces them to each other.
package app

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
)

//go:embed text.yaml
var appTexts embed.FS

//go:embed policy.cedar
var hallPolicy string

// Version of the hall.
const Version = "0.1.0"

// Std is where a command reads and writes.
type Std struct {
	In       io.Reader
	Out, Err io.Writer
}

// verb is one command.
type verb struct {
	name, does string
	run        func(ctx context.Context, args, environ []string, std Std) error
}

func verbs() []verb {
	return []verb{
		{"demo", "open a demo country: everything works, nobody is real", runServe("demo")},
		{"serve", "open an empty hall", runServe("serve")},
		{"admin", "invite: make a one-time link for the first officer", runAdmin},
		{"service", "lint, test, preview, replay, release, rollback or diff a service's definition", runService},
		{"cert", "verify: tell whether a certificate's file is sound, without a network", runCert},
		{"letters", "batch: print a day's letters into one file with a manifest", runLetters},
		{"identity", "suspend, keys, scim-key: stop a person or a program at once; change the keys of the OpenID providers; let an agency say who works there", runIdentity},
		{"notify", "key, revoke, list, callback, callbacks, replay: keys with which agencies' systems send messages", runNotify},
		{"agency", "payments: let an agency take payments, and make keys for its system", runAgency},
		{"receipt", "verify: tell whether a receipt is real, without a network", runReceipt},
		{"ledger", "audit, export: read all books anew; take them along as plain-text accounting", runLedger},
		{"sandbox-bank", "a bank to try payments with, which moves no real money", runBank},
		{"journal", "verify: check the public journal of a hall or of a data folder", runJournal},
		{"offline", "pack, fill, reconcile: a counter without a network", runOffline},
		{"search", "eval: ask a set of questions of the catalogue and count what is found", runSearch},
		{"backup", "write the whole hall into one file, while it is open", runBackup},
		{"restore", "make a hall from a backup", runRestore},
		{"back-office", "keys of agencies' own systems, and what those are told", runBackOffice},
		{"move", "move the hall to another database", runMove},
		{"doctor", "say in plain words what is wrong with an installation", runDoctor},
		{"routes", "print every route with its policy", runRoutes},
		{"config", "show every setting, its value and where it is from", printConfig},
		{"notices", "print what others wrote in the binary, with its licences", runNotices},
		{"sbom", "print the binary's parts as CycloneDX JSON", runSBOM},
		{"man", "print the manual's page", runMan},
		{"version", "print the version", func(_ context.Context, args, _ []string, std Std) error {
			if err := words(args, 0, 0, ""); err != nil {
				return err
			}
			fmt.Fprintln(std.Out, "balai", Version)
			return nil
		}},
	}
}

// exit carries a command's own exit status.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// Main runs a command and returns the exit status: 0 done, 1 failed with a
// sentence on stderr, 2 the command was not understood. Who asks how a command
// is written is told so, and nothing is done.
func Main(ctx context.Context, args, environ []string, std Std) int {
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	if len(args) == 0 || asksHelp(args) {
		if len(usesOf(args)) > 0 {
			printUse(std.Out, args, true)
			return 0
		}
		usage(std.Out)
		return 0
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		err := v.run(ctx, args[1:], environ, std)
		var status exit
		var wrong misuse
		switch {
		case err == nil:
			return 0
		case errors.As(err, &status):
			return int(status)
		case errors.As(err, &wrong):
			fmt.Fprintf(std.Err, "balai: %s\n", err)
			printUse(std.Err, args, false)
			return 2
		}
		fmt.Fprintf(std.Err, "balai: %s\n", sentence(err))
		return 1
	}
	fmt.Fprintf(std.Err, "balai: there is no command %q; `balai help` lists them\n", args[0])
	return 2
}

func usage(out io.Writer) {
	fmt.Fprint(out, "balai: a public hall in one binary\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(out, "  balai %-11s %s\n", v.name, v.does)
	}
	fmt.Fprint(out, "\n`balai config --list` lists the settings of demo and serve; `balai COMMAND --help` tells how a command is written.\n")
}

func runServe(name string) func(context.Context, []string, []string, Std) error {
	return func(ctx context.Context, args, environ []string, std Std) error {
		cfg, err := parseConfig(name, args, environ)
		if err != nil {
			return err
		}
		return serve(ctx, cfg, std)
	}
}
