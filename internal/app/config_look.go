package app

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// unknownVariables says which environment variables look like settings and are
// none: a name with a slip in it would else be a setting that never holds.
func unknownVariables(environ []string) (out []string) {
	var known []string
	for _, s := range settings {
		known = append(known, envName(s.name))
		if s.secret != open {
			known = append(known, envName(s.name+fileSuffix))
		}
	}
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "BALAI_") && !slices.Contains(known, name) {
			out = append(out, fmt.Sprintf("the environment variable %s is no setting and does nothing; `balai config --list` lists them", name))
		}
	}
	slices.Sort(out)
	return out
}

// openSecrets says which secrets of a settings file everybody on the machine
// can read.
func openSecrets(path string, lines map[string]fileLine) (out []string) {
	info, err := os.Stat(path)
	if path == "" || err != nil || info.Mode().Perm()&0o004 == 0 {
		return nil
	}
	for _, s := range settings {
		if s.secret == neverSeen && lines[s.name].value != "" {
			out = append(out, fmt.Sprintf("%s has the secret %s, and everybody on this machine can read the file: chmod o-r %s, or keep the secret in a file that %s%s names", path, s.name, path, s.name, fileSuffix))
		}
	}
	return out
}
