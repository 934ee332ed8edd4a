package app

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// configForms are the shapes in which `balai config` prints the table of
// settings, whatever their values.
var configForms = map[string]func(io.Writer){"--list": configText, "--file": configFile, "--markdown": configMarkdown}

// printConfig is `balai config`: what is in force, or what can be set.
func printConfig(_ context.Context, args, environ []string, std Std) error {
	if len(args) > 0 && configForms[args[0]] != nil {
		if err := words(args[1:], 0, 0, ""); err != nil {
			return err
		}
		configForms[args[0]](std.Out)
		return nil
	}
	asJSON, args := takeSwitch(args, "json")
	demo, args := takeSwitch(args, "demo")
	verb := "serve"
	if demo {
		verb = "demo"
	}
	cfg, err := parseConfig(verb, args, environ)
	if len(cfg.from) == 0 { // nothing was read
		return err
	}
	// Settings that do not fit are shown too, and then why.
	if perr := cfg.print(std, asJSON); perr != nil {
		return perr
	}
	return err
}

func configText(out io.Writer) {
	for _, s := range settings {
		if s.secret == neverSeen {
			fmt.Fprintf(out, "%s  %s or %s_FILE\n    %s\n", s.name, envName(s.name), envName(s.name), s.doc)
			continue
		}
		more := ""
		if s.secret == mayBe {
			more = " or " + envName(s.name) + "_FILE"
		}
		only := ""
		if s.demoOnly {
			only = " (demo only)"
		}
		fmt.Fprintf(out, "--%s  %s%s  default %q%s\n    %s\n", s.name, envName(s.name), more, s.fallback, only, s.doc)
	}
}

// configFile is a configuration file in which every line is still to be
// uncommented.
func configFile(out io.Writer) {
	fmt.Fprint(out, "# The settings of `balai serve --config`. A line without # holds; an environment\n# variable (BALAI_LISTEN for listen) goes before it. Restart after a change.\n")
	for _, s := range settings {
		if s.demoOnly {
			continue
		}
		fmt.Fprintf(out, "\n# %s.\n", strings.TrimSuffix(s.doc, "."))
		if s.secret != neverSeen {
			fmt.Fprintf(out, "#%s = %s\n", s.name, s.fallback)
		}
		if s.secret != open {
			fmt.Fprintf(out, "#%s%s = \n", s.name, fileSuffix)
		}
	}
}

// configMarkdown is the table of docs/operate.md.
func configMarkdown(out io.Writer) {
	fmt.Fprint(out, "| setting | environment | default | what it is |\n|---|---|---|---|\n")
	for _, s := range settings {
		name, env, fallback, doc := "`"+s.name+"`", "`"+envName(s.name)+"`", "", s.doc
		if s.secret != open {
			env += ", `" + envName(s.name) + "_FILE`"
		}
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		if s.secret == neverSeen {
			doc += "; never as a flag"
		}
		if s.demoOnly {
			doc += " (demo only)"
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", name, env, fallback, strings.ReplaceAll(doc, "|", "\\|"))
	}
}

// printSettings lists the settings that a command's help names.
func printSettings(out io.Writer, demo bool) {
	for _, s := range settings {
		switch {
		case s.demoOnly && !demo:
		case s.secret == neverSeen:
			fmt.Fprintf(out, "  %s or %s_FILE\n      %s\n", envName(s.name), envName(s.name), s.doc)
		default:
			fmt.Fprintf(out, "  --%s, default %q\n      %s\n", s.name, s.fallback, s.doc)
		}
	}
}
