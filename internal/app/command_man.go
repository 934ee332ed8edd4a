package app

import (
	"context"
	"fmt"
	"strings"
)

// runMan is `balai man`: the manual's page in roff, for a package to install.
// It says what `balai COMMAND --help` says.
func runMan(_ context.Context, args, _ []string, std Std) error {
	if err := words(args, 0, 0, ""); err != nil {
		return err
	}
	out := func(format string, a ...any) { fmt.Fprintf(std.Out, format+"\n", a...) }
	out(".TH BALAI 1 \"\" \"balai %s\" \"User Commands\"", roff(Version))
	out(".SH NAME\nbalai \\- a public hall in one binary\n.SH SYNOPSIS\n.B balai\n.I COMMAND\n[argument ...]")
	out(".SH DESCRIPTION\nA government's digital front door and the machinery behind it.\n.SH COMMANDS")
	for _, u := range uses {
		out(".TP\n.B %s\n%s\n.br\n%s", roff(u.name), roff(u.args), roff(u.does))
	}
	out(".SH SETTINGS\nA flag goes before the environment, the environment before the file that \\fB\\-\\-config\\fR names.")
	for _, s := range settings {
		flag := "\\fB\\-\\-" + roff(s.name) + "\\fR, "
		if s.secret == neverSeen {
			flag = ""
		}
		env := roff(envName(s.name))
		if s.secret != open {
			env += ", " + roff(envName(s.name)+"_FILE")
		}
		out(".TP\n%s%s\n%s", flag, env, roff(s.doc))
	}
	out(".SH EXIT STATUS\n0 done, 1 failed with a sentence on standard error, 2 the command was not understood. A command with others names them above.")
	out(".SH FILES\n.TP\n.I /etc/balai/balai.conf\nsettings of the service\n.TP\n.I /var/lib/balai\nthe hall's data and keys")
	return nil
}

// roff escapes what the typesetter would take for its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
