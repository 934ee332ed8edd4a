package definition

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// LintCLI prints the problems of one service, or of the whole catalogue when
// service is "", one a line as file:line: reason. It returns the exit code: 0
// where there is none, 1 otherwise.
func LintCLI(fsys fs.FS, service string, out io.Writer) int {
	c, problems := Load(fsys)
	bad := 0
	for _, p := range problems {
		if service == "" || strings.HasPrefix(p.File, service+"/") || !strings.Contains(p.File, "/") {
			fmt.Fprintln(out, p)
			bad++
		}
	}
	switch {
	case bad > 0:
		fmt.Fprintf(out, "%d %s: it cannot be released\n", bad, plural(bad, "problem"))
		return 1
	case service == "":
		fmt.Fprintf(out, "%d %s, no problem\n", len(c.Services), plural(len(c.Services), "service"))
		return 0
	case c.Service(service) == nil:
		fmt.Fprintf(out, "there is no service %s\n", service)
		return 1
	}
	fmt.Fprintf(out, "%s: no problem\n", service)
	return 0
}

// TestCLI lints and runs the sample cases as of a day and prints each
// difference. It returns the exit code: 0 where all agree, 1 otherwise.
func TestCLI(fsys fs.FS, service, today string, out io.Writer) int {
	c, problems := Load(fsys)
	code, ran := 0, 0
	for _, p := range problems {
		if service == "" || strings.HasPrefix(p.File, service+"/") || !strings.Contains(p.File, "/") {
			fmt.Fprintln(out, p)
			code = 1
		}
	}
	for _, s := range c.Services {
		if service != "" && s.ID != service {
			continue
		}
		ran++
		failed := map[string]bool{}
		for _, d := range s.Test(today) {
			fmt.Fprintln(out, d)
			failed[d.Case.Name] = true
			code = 1
		}
		fmt.Fprintf(out, "%s: %d of %d sample cases agree\n", s.ID, len(s.Cases)-len(failed), len(s.Cases))
	}
	if ran == 0 && code == 0 {
		fmt.Fprintf(out, "there is no service %s\n", service)
		code = 1
	}
	return code
}

// DiffCLI prints what differs between two catalogues' versions of a service.
// It returns the exit code: 0 whether or not they differ, 1 where either has a
// problem.
func DiffCLI(old, new fs.FS, service string, out io.Writer) int {
	text, err := Diff(old, new, service)
	if err != nil {
		fmt.Fprintln(out, strings.TrimPrefix(err.Error(), "definition: "))
		return 1
	}
	if text == "" {
		text = "nothing differs\n"
	}
	fmt.Fprint(out, text)
	return 0
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
