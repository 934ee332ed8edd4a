package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// said runs a command in a folder of its own and tells what came of it, with
// the files that it left.
func said(t *testing.T, args ...string) (code int, out, err string, left []string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var o, e bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // what would serve ends at once
	code = Main(ctx, args, nil, Std{In: strings.NewReader(""), Out: &o, Err: &e})
	list, rerr := os.ReadDir(".")
	if rerr != nil {
		t.Fatal(rerr)
	}
	for _, f := range list {
		left = append(left, f.Name())
	}
	return code, o.String(), e.String(), left
}

// TestHelp: each command tells on the standard output how it is written when
// asked, whatever stands beside, and does nothing.
func TestHelp(t *testing.T) {
	for _, v := range verbs() {
		if usesOf([]string{v.name}) == nil {
			t.Errorf("balai %s tells nothing about itself", v.name)
		}
	}
	for _, u := range uses {
		for _, ask := range [][]string{{"--help"}, {"-h"}, {"some", "--data", "x", "--help"}} {
			args := append(strings.Fields(u.name), ask...)
			code, out, err, left := said(t, args...)
			want := strings.TrimRight("balai "+u.name+" "+u.args, " ")
			if code != 0 || err != "" || len(left) > 0 || !strings.HasPrefix(out, want+"\n") || strings.Count(out, "\nbalai ") > 0 {
				t.Errorf("balai %s: exit %d, left %v\n%s%s", strings.Join(args, " "), code, left, out, err)
			}
		}
	}
	if code, out, _, _ := said(t, "help", "offline"); code != 0 || strings.Count(out, "balai offline ") != 3 {
		t.Errorf("balai help offline: exit %d\n%s", code, out)
	}
	if code, out, _, _ := said(t, "demo", "--help"); code != 0 || !strings.Contains(out, "--today") || !strings.Contains(out, "--listen") {
		t.Errorf("balai demo --help names no settings: exit %d\n%s", code, out)
	}
}

// TestMisuse: what was not understood is named, with how the command is
// written, and nothing is done.
func TestMisuse(t *testing.T) {
	for _, u := range uses {
		args := append(strings.Fields(u.name), "--nonsense")
		code, out, err, left := said(t, args...)
		if code != 2 || out != "" || len(left) > 0 || !strings.Contains(err, "nonsense") || !strings.Contains(err, "balai "+u.name) {
			t.Errorf("balai %s: exit %d, left %v\n%s%s", strings.Join(args, " "), code, left, out, err)
		}
	}
	for want, line := range map[string]string{
		`--date "29-11-2026" is not a date such as`:     "letters batch --date 29-11-2026",
		"--date is missing":                             "letters batch",
		"the certificate's file is missing":             "cert verify",
		`there is no command "look" here`:               "journal look",
		"--out is missing":                              "offline pack --service a/b --office c",
		"in .balai/demo or .balai/serve below":          "offline pack --service a/b --office c --out d.zip",
		`no hall in elsewhere: name with --data the fo`: "offline pack --service a/b --office c --out d.zip --data elsewhere",
		`"more" is one word too many`:                   "version more",
		`"29-11-2026" is not a date`:                    "demo --listen 127.0.0.1:0 --today 29-11-2026",
		"--part \"third\" is neither":                   "search eval x --part third",
	} {
		code, out, err, left := said(t, strings.Fields(line)...)
		if code != 2 || out != "" || len(left) > 0 || !strings.Contains(err, want) {
			t.Errorf("balai %s: exit %d, left %v, not %q\n%s%s", line, code, left, want, out, err)
		}
	}
}

// TestDatabaseElsewhere: a command over a hall whose database is on a server asks for
// it, and leaves no empty one beside the hall's keys.
func TestDatabaseElsewhere(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, addressFile), []byte("http://localhost:18109\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"ledger audit", "ledger export --format ledger", "agency payments enable jpj"} {
		code, out, err, _ := said(t, append(strings.Fields(line), "--data", dir)...)
		if code != 2 || out != "" || !strings.Contains(err, "name it with --db") {
			t.Errorf("balai %s: exit %d\n%s%s", line, code, out, err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
}

// TestHallHere: a command finds the one hall below its folder, at the address
// at which that was opened; between two it does not choose.
func TestHallHere(t *testing.T) {
	t.Chdir(t.TempDir())
	hall := func(dir, base string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "key"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "key", "journal"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := Config{values: map[string]string{"data": dir, "base-url": base}}
		if err := writeAddress(cfg); err != nil {
			t.Fatal(err)
		}
	}
	finds := func(want []string, args, environ []string) {
		t.Helper()
		cfg, found, err := hallConfig(args, environ)
		if got := []string{cfg.Get("data"), cfg.Get("base-url")}; err != nil || !found || !slices.Equal(got, want) {
			t.Errorf("%v %v: %v %v %v, not %v", args, environ, got, found, err, want)
		}
	}
	if cfg, found, err := hallConfig(nil, nil); found || err != nil || cfg.Get("data") != serveData {
		t.Errorf("in an empty folder: %s %v %v", cfg.Get("data"), found, err)
	}
	hall(demoData, "http://localhost:18109")
	finds([]string{demoData, "http://localhost:18109"}, nil, nil)
	finds([]string{demoData, "https://balai.example"}, []string{"--base-url", "https://balai.example"}, nil)
	finds([]string{demoData, "https://balai.example"}, nil, []string{"BALAI_BASE_URL=https://balai.example"})
	hall(serveData, "https://hall.example")
	if _, _, err := hallConfig(nil, nil); err == nil || !strings.Contains(err.Error(), "name which with --data") {
		t.Errorf("between two halls: %v", err)
	}
	finds([]string{serveData, "https://hall.example"}, []string{"--data", serveData}, nil)
}
